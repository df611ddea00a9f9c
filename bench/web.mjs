// Sizes of the web application's files, and what Chromium takes to open the report and to filter it by a click.
// `node bench/web.mjs DIST BIN_FOLDER` prints [{name, value, unit}]; what cannot be measured here is said on stderr.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const [dist, binaries] = process.argv.slice(2)
const kTurns = 5
const lines = []
const add = (name, value, unit) => lines.push({ name, value: Math.round(value * 10) / 10, unit })

function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesOf(path) : [path]
  })
}

/** Files that the page asks for at once: what index.html names. */
function sizes() {
  const files = filesOf(dist).filter((path) => ['.js', '.css'].includes(extname(path)))
  const index = readFileSync(join(dist, 'index.html'), 'utf8')
  for (const kind of ['js', 'css']) {
    const all = files.filter((path) => extname(path) === `.${kind}`)
    const sum = (paths, size) => paths.reduce((total, path) => total + size(readFileSync(path)), 0) / 1000
    const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }).length
    add(`web.${kind}.all.gzip`, sum(all, (bytes) => gzipSync(bytes).length), 'kB')
    add(`web.${kind}.first.gzip`, sum(all.filter((path) => index.includes(path.split('/').pop())), (bytes) => gzipSync(bytes).length), 'kB')
    add(`web.${kind}.all.brotli`, sum(all, brotli), 'kB')
  }
  add('web.js.charts.gzip', files.filter((path) => /echarts-/.test(path)).reduce((total, path) => total + gzipSync(readFileSync(path)).length, 0) / 1000, 'kB')
  add('web.dist', filesOf(dist).reduce((total, path) => total + statSync(path).size, 0) / 1000, 'kB')
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]

const kBusy = '.line.busy, [data-widget][aria-busy="true"], .skeleton-cards, .skeleton-rows, .skeleton-bars, .echart:empty'

/**
 * Runs in the page: what is still busy, `sight` on the screen and `whole` anywhere (widgets out of sight are drawn after those in
 * sight), and the frame after each was busy no more since `watch(start)`.
 */
function installWatch(busy) {
  const late = () => document.querySelector(`${busy}, main[data-late]`) !== null || !document.querySelector('[data-widget]')
  const inSight = () =>
    !document.querySelector('[data-widget]') ||
    [...document.querySelectorAll(busy)].some((one) => {
      const { top, bottom } = one.getBoundingClientRect()
      return bottom > 0 && top < innerHeight
    })
  window.watchPainting = (mustBeBusy) =>
    new Promise((done) => {
      let begun = !mustBeBusy
      const at = {}
      const look = () => {
        const seen = inSight()
        begun = begun || seen
        if (begun && !seen) at.sight ??= performance.now()
        if (begun && !seen && !late()) {
          requestAnimationFrame(() => done({ sight: at.sight, whole: performance.now() }))
          return
        }
        requestAnimationFrame(look)
      }
      requestAnimationFrame(look)
    })
  window.opening = window.watchPainting(false)
}

/** Runs in the page: clicks and tells when what is in sight, and when everything, was drawn anew. */
async function clickToPainted(selector) {
  const start = performance.now()
  const drawn = window.watchPainting(true)
  document.querySelector(selector).click()
  return { start, ...(await drawn) }
}

/** Runs in the page: when the last byte of the newest report had come. */
const lastData = () => Math.max(...performance.getEntriesByType('resource').filter((one) => one.name.includes('/reports/sales_dynamics')).map((one) => one.responseEnd))

/**
 * The report in Chromium over a small company: opening it, and a click that filters it. `painted`: to the first frame in which
 * every widget on the screen stands; `after_data`: of that, from the last byte of the report; `whole`: until those out of sight stand too; `script`, `main_thread`: processor time of the
 * page's thread (JavaScript alone; with style, layout and painting), which a busy machine does not stretch.
 */
async function painting() {
  process.env.SVODKA_BIN ??= join(binaries, 'svodka')
  process.env.SVODKA_EMULATOR ??= join(binaries, 'svodka-emulator')
  const { openBrowser, settled, start } = await import('../tests/e2e/harness.mjs')
  const server = await start()
  const browser = await openBrowser(server.address)
  try {
    const { page } = browser
    await page.goto(server.address)
    await page.fill('input[name=code]', server.code)
    await page.click('button[type=submit]')
    await page.fill('input[name=name]', 'Bench')
    await page.fill('input[name=email]', 'bench@example.test')
    await page.fill('input[name=password]', 'correct horse battery')
    await page.click('button[type=submit]')
    await settled(page)
    await page.addInitScript(installWatch, kBusy)
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
    const spent = async () => Object.fromEntries((await devtools.send('Performance.getMetrics')).metrics.map((one) => [one.name, one.value * 1000]))
    const opened = []
    const clicked = []
    for (let turn = 0; turn < kTurns; turn += 1) {
      await page.goto('about:blank')
      const empty = await spent()
      await page.goto(`${server.address}#/demo/sales_dynamics?period=last_year`)
      const { sight: painted, whole } = await page.evaluate(() => window.opening)
      const shown = await spent()
      // Counters start over with a new page; where they did not, the difference is what the page took.
      const took = (name) => (shown[name] >= empty[name] ? shown[name] - empty[name] : shown[name])
      opened.push({ painted, whole, after_data: Math.max(0, painted - (await page.evaluate(lastData))), script: took('ScriptDuration'), main_thread: took('TaskDuration') })
      await page.waitForTimeout(500)
      await page.evaluate(() => performance.clearResourceTimings())
      const before = await spent()
      const { start: from, sight, whole: drawn } = await page.evaluate(clickToPainted, '[data-widget=stage_count] button.name')
      const after = await spent()
      clicked.push({ painted: sight - from, whole: drawn - from, after_data: Math.max(0, sight - (await page.evaluate(lastData))), script: after.ScriptDuration - before.ScriptDuration, main_thread: after.TaskDuration - before.TaskDuration })
    }
    for (const [name, all] of Object.entries({ open: opened, click: clicked })) {
      for (const what of ['painted', 'after_data', 'whole', 'script', 'main_thread']) add(`web.${name}.${what}`, median(all.map((one) => one[what])), 'ms')
    }
  } finally {
    await browser.close()
    await server.stop()
  }
}

sizes()
try {
  await painting()
} catch (error) {
  console.error(`no time to a painted page: ${error.message}`)
}
console.log(JSON.stringify(lines))
