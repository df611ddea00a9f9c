// Every report of the catalogue in the browser, and the gestures of the widgets that R2 does not have.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessibility, holds, openBrowser, settled, signIn, start } from './harness.mjs'

const reports = ['manager_efficiency', 'marketing', 'head_of_sales', 'activity', 'pipeline_now', 'classics', 'growth', 'clients', 'lead_plan', 'data_quality']
let server
let browser
let page
const address = (report, query = 'period=last_year') => `${server.address}#/demo/${report}?${query}`
const query = () => page.evaluate(() => Object.fromEntries(new URLSearchParams(location.hash.split('?')[1] ?? '')))
const widget = (id) => page.locator(`[data-widget=${id}]`)
const shot = async (name) => process.env.SVODKA_E2E_SHOTS && page.screenshot({ path: `${process.env.SVODKA_E2E_SHOTS}/catalogue-${name}.png`, fullPage: true })
async function open(report, more) {
  await page.goto('about:blank')
  await page.goto(address(report, more))
  await settled(page)
}
/** Down the page and up again: widgets out of sight are drawn when they come into it. */
async function scrollThrough() {
  await page.evaluate(async () => {
    for (let y = 0; y < document.documentElement.scrollHeight; y += 500) {
      window.scrollTo(0, y)
      await new Promise((done) => setTimeout(done, 60))
    }
  })
  await settled(page)
}

before(
  async () => {
    server = await start()
    browser = await openBrowser(server.address)
    page = browser.page
    await signIn(page, server)
  },
  { timeout: 300_000 },
)
after(async () => {
  await browser?.close()
  await server?.stop()
})

for (const report of reports) {
  test(`${report}: every widget is drawn, at three widths, without violations`, { timeout: 180_000 }, async () => {
    await page.setViewportSize({ width: 1366, height: 900 })
    await open(report)
    await scrollThrough()
    await holds(async () => assert.deepEqual(await page.locator('[data-widget] .state[role=alert]').allInnerTexts(), []))
    assert.ok((await page.locator('[data-widget]').count()) >= 5)
    await page.mouse.move(2, 2)
    await holds(async () => assert.deepEqual(await accessibility(page), []))
    await shot(report)
    for (const width of [390, 2560]) {
      await page.setViewportSize({ width, height: 900 })
      await settled(page)
      await holds(async () => assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), `${report} is wider than ${width} px`))
    }
    await page.setViewportSize({ width: 1366, height: 900 })
    assert.deepEqual(browser.strangers, [])
  })
}

test('the menu of the title goes from report to report with the period', async () => {
  await open('marketing')
  await page.click('.title-button')
  await page.getByRole('menuitem', { name: 'Рост' }).click()
  await settled(page)
  await holds(async () => assert.match(page.url(), /\/growth\?/))
  assert.equal((await query()).period, 'last_year')
})

test('a stage of a funnel filters the page and opens its cards', async () => {
  await open('marketing')
  await scrollThrough()
  const all = await page.locator('[data-widget=lead_cards] [data-measure=leads_created] .value').innerText()
  const row = widget('lead_funnel').locator('.row').nth(1)
  const count = await row.locator('.figure').innerText()
  await row.locator('.name').click()
  await settled(page)
  await holds(async () => assert.equal(await page.locator('[data-chip]').count(), 1))
  await holds(async () => assert.notEqual(await page.locator('[data-widget=lead_cards] [data-measure=leads_in_work] .value').innerText(), all))
  await page.keyboard.press('Escape')
  await settled(page)
  await row.locator('.figure').click()
  const panel = page.locator('[data-test=records]')
  await panel.locator('.card-link').first().waitFor()
  await holds(async () => assert.equal(Number(await panel.locator('[role=table]').getAttribute('aria-rowcount')) - 1, Number(count.replace(/\D/g, ''))))
  await page.keyboard.press('Escape')
})

test('what changed most: shown changes and the rest make the change of the whole; a row filters', async () => {
  await open('growth', 'period=last_year&w.changes.measure=deals_won')
  const number = (text) => Number(text.replace(/[^\d−-]/g, '').replace('−', '-'))
  const box = widget('changes')
  await holds(async () => {
    const changes = (await box.locator('.row .figure').allInnerTexts()).map(number)
    const now = number(await box.locator('.whole b').innerText())
    const was = number(await box.locator('.whole .muted').innerText())
    assert.ok(changes.length > 2)
    assert.equal(changes.reduce((sum, one) => sum + one, 0), now - was)
  })
  const before = await box.locator('.row').count()
  await box.locator('.row .name').first().click()
  await settled(page)
  await holds(async () => assert.equal(await page.locator('[data-chip]').count(), 1))
  assert.equal(await box.locator('.row').count(), before, 'the source keeps its marks')
  await page.goBack()
  await settled(page)
  await holds(async () => assert.equal(await page.locator('[data-chip]').count(), 0))
})

test('what the change of the pipeline is made of: bars lead from the opening to the closing, and each opens its deals', async () => {
  await open('pipeline_now', 'period=last_year&w.bridge.measure=count')
  const number = (text) => Number(text.replace(/[^\d−-]/g, '').replace('−', '-'))
  const box = widget('bridge')
  await holds(async () => {
    const figures = (await box.locator('.row .figure').allInnerTexts()).map(number)
    assert.ok(figures.length > 4, figures)
    assert.equal(figures.slice(0, -1).reduce((sum, one) => sum + one, 0), figures.at(-1))
  })
  const bar = box.locator('[data-bar=won] .figure')
  const won = Math.abs(number(await bar.innerText()))
  assert.ok(won > 0)
  await bar.click()
  const panel = page.locator('[data-test=records]')
  await panel.locator('.card-link').first().waitFor()
  await holds(async () => assert.equal(Number(await panel.locator('[role=table]').getAttribute('aria-rowcount')) - 1, won))
  await page.keyboard.press('Escape')
})

test('the win curve rises, and is a table too whose figures open the cohort', async () => {
  await open('growth', 'period=last_year')
  const box = widget('win_curve')
  await box.locator('.buttons button[aria-label*="аблиц"], .buttons button[aria-label*="able"]').first().click()
  await settled(page)
  const shares = (await box.locator('tbody tr td:nth-child(2) .figure').allInnerTexts()).filter((text) => /\d/.test(text)).map((text) => Number(text.replace(',', '.').replace(/[^\d.]/g, '')))
  assert.ok(shares.length > 10 && shares.at(-1) > 0, shares)
  assert.deepEqual(shares, [...shares].sort((a, b) => a - b))
  const cohort = Number((await box.locator('.note').innerText()).replace(/\D/g, '').slice(0, -2))
  await box.locator('tbody tr td:nth-child(2) .figure').nth(5).click()
  const panel = page.locator('[data-test=records]')
  await panel.locator('.card-link').first().waitFor()
  await holds(async () => assert.equal(Number(await panel.locator('[role=table]').getAttribute('aria-rowcount')) - 1, cohort))
  await page.keyboard.press('Escape')
})

test('a report that compares by itself can be told not to', async () => {
  await open('growth')
  await holds(async () => assert.match(await page.locator('.btn.compare').innerText(), /Год назад/))
  await page.click('.btn.compare')
  await page.getByRole('menuitem').first().click()
  await settled(page)
  await holds(async () => assert.equal((await query()).compare, 'none'))
  await holds(async () => assert.match(await page.locator('.btn.compare').innerText(), /Без сравнения/))
})

test('a point filters the page; as a table the same figures are reached by keyboard', async () => {
  await open('activity')
  const box = widget('against_result')
  await box.scrollIntoViewIfNeeded()
  await settled(page)
  const place = await holds(() =>
    page.evaluate(() => {
      const plot = document.querySelector('[data-widget=against_result] .echart')
      const option = plot.chart.getOption()
      const at = option.series.findIndex((one) => one.id === 'members')
      const [x, y] = plot.chart.convertToPixel({ seriesIndex: at }, option.series[at].data[0].value)
      const where = plot.getBoundingClientRect()
      return { x: where.left + x, y: where.top + y }
    }),
  )
  await page.mouse.click(place.x, place.y)
  await settled(page)
  await holds(async () => assert.equal(await page.locator('[data-chip]').count(), 1))
  await page.keyboard.press('Escape')
  await settled(page)
  await box.getByRole('button', { name: 'Таблицей' }).click()
  await box.locator('tbody tr .figure').first().focus()
  await page.keyboard.press('Enter')
  await page.locator('[data-test=records] .card-link').first().waitFor()
  await page.keyboard.press('Escape')
})
