// Two portals in one report: ticked in the header, added up, compared with each alone, their cards in one list.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessibility, card, openBrowser, settled, signIn, startBoth } from './harness.mjs'

let server
let browser
let page
const shot = async (name) => process.env.SVODKA_E2E_SHOTS && page.screenshot({ path: `${process.env.SVODKA_E2E_SHOTS}/portals-${name}.png` })
const number = (text) => Number(text.replace(/\D/g, ''))
const at = (portal) => `${server.address}#/${portal}/sales_dynamics?period=2025-01-01..2025-12-31`

before(
  async () => {
    server = await startBoth()
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

async function won(portal) {
  await page.goto(at(portal))
  await settled(page)
  return number(await card(page, 'deals_won'))
}

test('ticked portals are added up, and the foot says how fresh each is', { timeout: 240_000 }, async () => {
  const shop = await won('shop')
  const acme = await won('acme')
  assert.ok(acme > 10 && shop > 10, `${acme} and ${shop}`)
  await page.click('header .portal')
  await page.waitForSelector('[data-portal=shop]')
  await page.check('[role=dialog] li:has([data-portal=shop]) input')
  await shot('choice')
  await page.click('[role=dialog] .show')
  await page.waitForURL(/#\/acme,shop\/|#\/acme%2Cshop\//)
  await page.goto(at('acme,shop'))
  await settled(page)
  assert.equal(number(await card(page, 'deals_won')), acme + shop)
  const foot = await page.locator('[data-test=portals-foot]').innerText()
  assert.match(foot, /Acme/)
  assert.match(foot, /Shop/)
  await shot('page')
  await page.mouse.move(2, 2)
  await page.waitForFunction(() => document.querySelector('#sv-tooltip')?.checkVisibility() !== true)
  assert.deepEqual(await accessibility(page), [])
})

test('portals stand side by side by one choice, and a table begins with them', { timeout: 240_000 }, async () => {
  await page.goto(at('acme,shop'))
  await settled(page)
  const bars = page.locator('[data-widget=stage_count]')
  await bars.locator('select', { has: page.locator('option', { hasText: /^Портал$/ }) }).selectOption({ label: 'Портал' })
  await settled(page)
  assert.match(page.url(), /w\.stage_count\.level=3/)
  assert.equal(await page.locator('[data-widget=by_employee] tr[data-row][aria-level="1"]').count(), 2)
  const table = await page.locator('[data-widget=by_employee]').textContent()
  assert.match(table, /Acme/)
  assert.match(table, /Shop/)
  await shot('compared')
  assert.deepEqual(await accessibility(page), [])
})

test('the list beneath a figure names the portal of each card; nothing is written to several portals', { timeout: 240_000 }, async () => {
  await page.goto(at('acme,shop'))
  await settled(page)
  await page.locator('[data-widget=deal_cards] [data-measure=deals_won] .value').click()
  await page.waitForSelector('[data-test=records] [role=row], [data-test=records] tr')
  const text = await page.locator('[data-test=records]').innerText()
  assert.match(text, /Портал/)
  assert.match(text, /Acme|Shop/)
  assert.equal(await page.locator('[data-test=records] [data-test=mark]').count(), 0)
  await shot('records')
})
