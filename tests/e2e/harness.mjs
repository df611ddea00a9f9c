// Starts the emulator and the server on a fresh data folder, loads a small company, and opens a browser that may talk to nobody else.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const requireWeb = createRequire(join(root, 'web/package.json'))
const { chromium } = requireWeb('playwright-core')
const axe = readFileSync(requireWeb.resolve('axe-core/axe.min.js'), 'utf8')

const binary = process.env.SVODKA_BIN ?? join(root, 'build/release/svodka')
const emulator = process.env.SVODKA_EMULATOR ?? join(root, 'build/release/svodka-emulator')
const browserPath = process.env.SVODKA_CHROMIUM ?? '/usr/bin/chromium'
const deals = process.env.SVODKA_E2E_DEALS ?? '1000'

function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer()
    probe.on('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => done(port))
    })
  })
}

/** Runs a command to its end; its output is shown only when it fails. */
function run(command, args) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (piece) => (said += piece))
    child.on('error', fail)
    child.on('exit', (code) => (code === 0 ? done(said) : fail(new Error(`${command} ${args.join(' ')} ended with ${code}\n${said}`))))
  })
}

/** Starts a server and waits until it has said what `pattern` looks for. */
function serve(command, args, pattern, limit = 120_000) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const ready = new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`${command} said nothing like ${pattern}\n${said}`)), limit)
    const hear = (piece) => {
      said += piece
      const match = pattern.exec(said)
      if (match) {
        clearTimeout(timer)
        done(match)
      }
    }
    child.stdout.setEncoding('utf8').on('data', hear)
    child.stderr.setEncoding('utf8').on('data', hear)
    child.on('error', fail)
    child.on('exit', (code) => fail(new Error(`${command} ended with ${code}\n${said}`)))
  })
  ready.catch(() => undefined)
  return { ready, stop: () => stopChild(child), said: () => said }
}

function stopChild(child) {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done()
    const force = setTimeout(() => child.kill('SIGKILL'), 8000)
    child.on('exit', () => {
      clearTimeout(force)
      done()
    })
    child.kill('SIGTERM')
  })
}

/** A server on an empty folder, and emulators to connect: nothing is set up yet. */
export async function startEmpty() {
  for (const file of [binary, emulator, browserPath]) if (!existsSync(file)) throw new Error(`${file} is not there: build it first`)
  const folder = mkdtempSync(join(tmpdir(), 'svodka-e2e-'))
  const stops = []
  const stop = async () => {
    for (const one of stops.reverse()) await one()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const common = ['--listen', '127.0.0.1:0', '--deals', deals, '--seed', '5', '--speed', '0', '--limits-off', '--webhook-file']
    const bitrix = serve(emulator, ['serve', ...common, join(folder, 'bitrix')], /http:\/\/127\.0\.0\.1:(\d+)/)
    const amo = serve(emulator, ['serve', '--crm', 'amocrm', ...common, join(folder, 'amo')], /http:\/\/127\.0\.0\.1:(\d+)/)
    stops.push(bitrix.stop, amo.stop)
    await Promise.all([bitrix.ready, amo.ready])
    const port = await freePort()
    const server = serve(binary, ['--data', join(folder, 'data'), 'serve', '--listen', `127.0.0.1:${port}`], /one-time code (\S+)/)
    stops.push(server.stop)
    const [, code] = await server.ready
    return { address: `http://127.0.0.1:${port}/`, code, folder, webhook: readFileSync(join(folder, 'bitrix'), 'utf8').trim(), amo: new URL(readFileSync(join(folder, 'amo'), 'utf8').trim().split(/\s/)[0]).origin, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A server with two portals that are loaded: `acme` of Bitrix24 and `shop` of amoCRM. */
export async function startBoth() {
  for (const file of [binary, emulator, browserPath]) if (!existsSync(file)) throw new Error(`${file} is not there: build it first`)
  const folder = mkdtempSync(join(tmpdir(), 'svodka-e2e-'))
  const stops = []
  const stop = async () => {
    for (const one of stops.reverse()) await one()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const common = ['--listen', '127.0.0.1:0', '--deals', deals, '--seed', '5', '--speed', '0', '--limits-off', '--webhook-file']
    const bitrix = serve(emulator, ['serve', ...common, join(folder, 'bitrix')], /http:\/\/127\.0\.0\.1:(\d+)/)
    const amo = serve(emulator, ['serve', '--crm', 'amocrm', '--token', 'emulator-token', ...common, join(folder, 'amo')], /http:\/\/127\.0\.0\.1:(\d+)/)
    stops.push(bitrix.stop, amo.stop)
    await Promise.all([bitrix.ready, amo.ready])
    while (!['bitrix', 'amo'].every((name) => existsSync(join(folder, name)))) await new Promise((done) => setTimeout(done, 50))
    writeFileSync(join(folder, 'token'), 'emulator-token')
    const origin = new URL(readFileSync(join(folder, 'amo'), 'utf8').trim().split(/\s/)[0]).origin
    const { lead_pipelines: leads } = await (await fetch(`${origin}/_truth`)).json()
    const data = ['--data', join(folder, 'data')]
    await run(binary, [...data, 'connect', 'bitrix24', '--portal', 'acme', '--name', 'Acme', '--webhook-file', join(folder, 'bitrix')])
    await run(binary, [...data, 'connect', 'amocrm', '--portal', 'shop', '--name', 'Shop', '--url', origin, '--token-file', join(folder, 'token'), '--lead-pipelines', leads.join(',')])
    for (const portal of ['acme', 'shop']) await run(binary, [...data, 'sync', '--portal', portal])
    const port = await freePort()
    const server = serve(binary, [...data, 'serve', '--listen', `127.0.0.1:${port}`], /one-time code (\S+)/)
    stops.push(server.stop)
    const [, code] = await server.ready
    return { address: `http://127.0.0.1:${port}/`, code, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

export async function start() {
  // While the page is being worked on: a server that runs already, whose administrator the suite made before.
  if (process.env.SVODKA_E2E_ADDRESS) return { address: process.env.SVODKA_E2E_ADDRESS, code: null, stop: async () => undefined }
  for (const file of [binary, emulator, browserPath]) if (!existsSync(file)) throw new Error(`${file} is not there: build it first (./run build release) or name it by SVODKA_BIN, SVODKA_EMULATOR, SVODKA_CHROMIUM`)
  if (!existsSync(join(root, 'web/dist/index.html'))) throw new Error('web/dist is not built: run npm run build in web/')
  const folder = mkdtempSync(join(tmpdir(), 'svodka-e2e-'))
  const data = join(folder, 'data')
  const webhookFile = join(folder, 'webhook')
  const stops = []
  const stop = async () => {
    for (const one of stops.reverse()) await one()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const company = serve(emulator, ['serve', '--listen', '127.0.0.1:0', '--deals', deals, '--seed', '5', '--speed', '0', '--limits-off', '--webhook-file', webhookFile], /http:\/\/127\.0\.0\.1:(\d+)/)
    stops.push(company.stop)
    const [, emulatorPort] = await company.ready
    await run(binary, ['--data', data, 'connect', 'bitrix24', '--portal', 'demo', '--webhook-file', webhookFile])
    await run(binary, ['--data', data, 'sync', '--portal', 'demo'])
    const port = await freePort()
    const server = serve(binary, ['--data', data, 'serve', '--listen', `127.0.0.1:${port}`], /one-time code (\S+)/)
    stops.push(server.stop)
    const [, code] = await server.ready
    const address = `http://127.0.0.1:${port}/`
    return { address, code, emulatorAddress: `http://127.0.0.1:${emulatorPort}`, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A browser on an empty profile. `strangers` collects every request that left the server under test. */
export async function openBrowser(address, { width = 1366, height = 900, theme = 'light', language = 'ru-RU', touch = false } = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'svodka-e2e-browser-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: browserPath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    viewport: { width, height },
    colorScheme: theme,
    locale: language,
    hasTouch: touch,
    reducedMotion: 'reduce',
  })
  const strangers = []
  const complaints = []
  context.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(address) && !/^(data|blob|about):/.test(url)) strangers.push(url)
  })
  const page = context.pages()[0] ?? (await context.newPage())
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) complaints.push(message.text())
  })
  const close = async () => {
    await context.close()
    rmSync(profile, { recursive: true, force: true })
  }
  return { page, context, strangers, complaints, close }
}

/** Waits until the report stands: head there, nothing loading, nothing dimmed. */
export async function settled(page) {
  await page.waitForFunction(
    () => document.querySelector('[data-widget], [data-test=empty]') && !document.querySelector('.line.busy, main[data-late]') && !document.querySelector('[data-widget][aria-busy="true"]') && !document.querySelector('.skeleton-cards, .skeleton-rows, .skeleton-bars'),
    undefined,
    { timeout: 90_000 },
  )
}

/**
 * Asks again until the assertions in `check` hold, and fails with the last complaint. A page answers in its own time: what a
 * click leads to is waited for, never looked at once.
 */
export async function holds(check, limit = 15_000) {
  const end = Date.now() + limit
  for (;;) {
    try {
      return await check()
    } catch (trouble) {
      if (Date.now() > end) throw trouble
      await new Promise((done) => setTimeout(done, 100))
    }
  }
}

/** The administrator's first sign-in by the one-time code (a later one by the password), up to the first report. */
export async function signIn(page, server) {
  await page.goto(server.address)
  if (server.code) {
    await page.fill('input[name=code]', server.code)
    await page.click('button[type=submit]')
    await page.fill('input[name=name]', 'Администратор')
  }
  await page.fill('input[name=email]', 'admin@example.test')
  await page.fill('input[name=password]', 'correct horse battery')
  await page.click('button[type=submit]')
  await settled(page)
}

/** The text of a card's figure. */
export const card = (page, measure) => page.locator(`[data-widget=deal_cards] [data-measure=${measure}] .value`).innerText()

/** Serious trouble found by axe on the page as it stands. */
export async function accessibility(page) {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const found = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })
    return found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`).join(' | ')}`)
  })
}

/** The place on the screen of a mark of a chart: canvas has no elements. */
export async function markPlace(page, widget, pointIndex, share = 0.5) {
  return page.evaluate(
    ({ widget, pointIndex, share }) => {
      const box = document.querySelector(`[data-widget="${widget}"] .echart`)
      const option = box.chart.getOption()
      const series = option.series.findIndex((one) => one.type === 'bar' && !one.silent)
      const value = option.series[series].data[pointIndex].value
      const [x, y] = box.chart.convertToPixel({ seriesIndex: series }, [pointIndex, value * share])
      const place = box.getBoundingClientRect()
      return { x: place.left + x, y: place.top + y }
    },
    { widget, pointIndex, share },
  )
}
