// Sizes of the web application's files and the time from the data to the painted page.
// `node bench/web.mjs DIST BIN_FOLDER` prints [{name, value, unit}]; what cannot be measured here is said on stderr.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const [dist, binaries] = process.argv.slice(2)
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
  add('web.dist', filesOf(dist).reduce((total, path) => total + statSync(path).size, 0) / 1000, 'kB')
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** Opens the report several times in Chromium: from the last byte of the report to the first frame without a busy widget. */
async function painting() {
  process.env.SVODKA_BIN ??= join(binaries, 'svodka')
  process.env.SVODKA_EMULATOR ??= join(binaries, 'svodka-emulator')
  const { openBrowser, settled, start } = await import('../tests/e2e/harness.mjs')
  const server = await start()
  const browser = await openBrowser(server.address)
  try {
    const { page } = browser
    await page.addInitScript(() => {
      const busy = '.line.busy, [data-widget][aria-busy="true"], .skeleton-cards, .skeleton-rows, .skeleton-bars'
      const look = () => {
        if (document.querySelector('[data-widget]') && !document.querySelector(busy)) {
          requestAnimationFrame(() => (window.paintedAt = performance.now()))
        } else {
          requestAnimationFrame(look)
        }
      }
      requestAnimationFrame(look)
    })
    await page.goto(server.address)
    await page.fill('input[name=code]', server.code)
    await page.click('button[type=submit]')
    await page.fill('input[name=name]', 'Bench')
    await page.fill('input[name=email]', 'bench@example.test')
    await page.fill('input[name=password]', 'correct horse battery')
    await page.click('button[type=submit]')
    await settled(page)
    const whole = []
    const afterData = []
    for (let turn = 0; turn < 7; turn += 1) {
      await page.goto('about:blank')
      await page.goto(`${server.address}#/demo/sales_dynamics`)
      await settled(page)
      await page.waitForFunction(() => window.paintedAt !== undefined)
      const times = await page.evaluate(() => ({
        painted: window.paintedAt,
        data: Math.max(...performance.getEntriesByType('resource').filter((one) => one.name.includes('/reports/sales_dynamics')).map((one) => one.responseEnd)),
      }))
      whole.push(times.painted)
      afterData.push(Math.max(0, times.painted - times.data))
    }
    add('web.painted', median(whole), 'ms')
    add('web.painted_after_data', median(afterData), 'ms')
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
