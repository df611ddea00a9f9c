// From a number to tasks in the CRM: forgotten deals are ticked, tasks are made, the emulator has them, the report changes.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessibility, card, holds, openBrowser, settled, signIn, start } from './harness.mjs'

let server
let browser
let page
const made = async () => (await (await fetch(`${server.emulatorAddress}/_stats`)).json()).by_method['crm.activity.todo.add'] ?? 0
const shot = async (name) => process.env.SVODKA_E2E_SHOTS && page.screenshot({ path: `${process.env.SVODKA_E2E_SHOTS}/${name}.png` })
const number = (text) => Number(text.replace(/\D/g, ''))

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

test('tasks on forgotten deals: preview, writing switched on, sent, and the report follows', { timeout: 240_000 }, async () => {
  await page.goto(`${server.address}#/demo/sales_dynamics?period=this_year`)
  await settled(page)
  const start = number(await card(page, 'deals_forgotten'))
  assert.ok(start > 5, `forgotten deals: ${start}`)
  await page.locator('[data-widget=deal_cards] [data-measure=deals_forgotten] .value').click()
  await page.waitForSelector('[data-test=records] [data-test=mark]')
  await page.click('[data-test=records] [data-test=mark-all]')
  await holds(async () => assert.equal(number(await page.locator('[data-test=action-bar] b').innerText()), start))
  await shot('bar')
  await page.click('[data-test=action-task]')
  await page.fill('[data-test=action-text]', 'Позвонить и договориться о следующем шаге')
  await page.waitForSelector('[data-test=writing-off]')
  await page.waitForSelector('[data-test=action-sum]')
  await shot('off')
  await holds(async () => assert.equal(await page.locator('[data-test=action-send]').isEnabled(), false))
  await holds(async () => assert.equal(await made(), 0))
  await page.click('[data-test=writing-on]')
  await page.waitForSelector('[data-test=writing-off]', { state: 'detached' })
  await page.waitForFunction(() => !document.querySelector('[data-test=action-send]').disabled)
  await holds(async () => assert.deepEqual(await accessibility(page), []))
  await shot('form')
  const planned = number(await page.locator('[data-test=action-send]').innerText())
  assert.ok(planned > 0 && planned <= start)
  // Taken back in time: nothing reaches the CRM.
  await page.click('[data-test=action-send]')
  await page.waitForSelector('[data-test=action-undo]')
  await shot('waits')
  await page.click('[data-test=action-undo]')
  await page.waitForSelector('[data-test=action-outcome][data-state=cancelled]')
  await holds(async () => assert.equal(await made(), 0))
  await page.click('[data-test=action-finish]')
  // And for good.
  await page.click('[data-test=action-task]')
  await page.fill('[data-test=action-text]', 'Позвонить и договориться о следующем шаге')
  await page.waitForFunction(() => document.querySelector('[data-test=action-send]') && !document.querySelector('[data-test=action-send]').disabled)
  await page.click('[data-test=action-send]')
  await page.waitForSelector('[data-test=action-outcome][data-state=done]', { timeout: 120_000 })
  await holds(async () => assert.equal(await made(), planned))
  await shot('done')
  await page.click('[data-test=action-finish]')
  await page.waitForSelector('[data-test=action-form]', { state: 'detached' })
  await page.keyboard.press('Escape')
  await page.waitForFunction(
    (wanted) => Number((document.querySelector('[data-widget=deal_cards] [data-measure=deals_forgotten] .value')?.textContent ?? '').replace(/\D/g, '')) === wanted,
    start - planned,
    { timeout: 60_000 },
  )
  assert.deepEqual(browser.strangers, [])
  assert.deepEqual(browser.complaints, [])
})
