// The grammar of the report page, end to end: real emulator, real server, real browser.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessibility, card, holds, markPlace, openBrowser, settled, start } from './harness.mjs'

let server
let browser
let page
const report = (query = '') => `${server.address}#/demo/sales_dynamics${query ? `?${query}` : ''}`
const query = () => page.evaluate(() => Object.fromEntries(new URLSearchParams(location.hash.split('?')[1] ?? '')))
const chips = () => page.locator('[data-chip]').allInnerTexts()
async function open(address) {
  await page.goto('about:blank')
  await page.goto(address)
  await settled(page)
}

before(
  async () => {
    server = await start()
    browser = await openBrowser(server.address)
    page = browser.page
  },
  { timeout: 300_000 },
)
after(async () => {
  await browser?.close()
  await server?.stop()
})

test('the first sign-in takes the code, then an own name and password', async () => {
  await page.goto(server.address)
  if (server.code) {
    await page.fill('input[name=code]', 'nonsense')
    await page.click('button[type=submit]')
    await page.waitForSelector('[role=alert]')
    await page.fill('input[name=code]', server.code)
    await page.click('button[type=submit]')
    await page.fill('input[name=name]', 'Администратор')
  }
  await page.fill('input[name=email]', 'admin@example.test')
  await page.fill('input[name=password]', 'correct horse battery')
  await page.click('button[type=submit]')
  await settled(page)
  assert.match(page.url(), /#\/demo\/sales_dynamics/)
  await holds(async () => assert.match(await page.locator('h1').innerText(), /Динамика продаж|Sales dynamics/))
})

test('later the password opens the page that was asked for', async () => {
  const other = await openBrowser(server.address)
  try {
    await other.page.goto(report('period=last_year'))
    await other.page.fill('input[name=email]', 'admin@example.test')
    await other.page.fill('input[name=password]', 'correct horse battery')
    await other.page.click('button[type=submit]')
    await settled(other.page)
    assert.match(other.page.url(), /period=last_year/)
  } finally {
    await other.close()
  }
})

test('every widget is drawn', async () => {
  await open(report('period=last_year'))
  await holds(async () => assert.equal(await page.locator('[data-widget] .state[role=alert]').count(), 0, await page.locator('[data-widget] .state[role=alert]').allInnerTexts().then(String)))
  await holds(async () => assert.ok((await page.locator('[data-widget]').count()) >= 8))
  await holds(async () => assert.notEqual(await card(page, 'deals_created'), '—'))
})

test('a month takes one click, and Back undoes it', async () => {
  await open(report('period=last_year'))
  const year = await card(page, 'deals_created')
  await page.click('[data-test=period]')
  await page.locator('[data-month]').nth(3).click()
  await settled(page)
  await holds(async () => assert.match((await query()).period, /^\d{4}-04$/))
  await holds(async () => assert.notEqual(await card(page, 'deals_created'), year))
  await page.goBack()
  await settled(page)
  await holds(async () => assert.equal((await query()).period, 'last_year'))
  await holds(async () => assert.equal(await card(page, 'deals_created'), year))
})

test('a click on a row filters everything but its own widget; a second click releases', async () => {
  await open(report('period=last_year&w.by_employee.expanded='))
  const all = await card(page, 'deals_created')
  const rows = page.locator('[data-widget=by_employee] tbody tr')
  const before = await rows.count()
  // A department without others below it: a filter by a department means those below it too.
  const row = page.locator('[data-widget=by_employee] tbody tr[data-row="5"]')
  const member = row.locator('.row-member')
  await member.click()
  await settled(page)
  await holds(async () => assert.equal(await rows.count(), before, 'the source widget keeps its marks'))
  await holds(async () => assert.equal((await chips()).length, 1))
  await holds(async () => assert.notEqual(await card(page, 'deals_created'), all))
  const inTable = await row.locator('td[data-measure=deals_created] .figure').innerText()
  await holds(async () => assert.equal(await card(page, 'deals_created'), inTable, 'cross-filter equals the row'))
  await page.locator('[data-widget=by_employee] tbody tr[data-row="7"] .row-member').click({ modifiers: ['Control'] })
  await settled(page)
  await holds(async () => assert.match((await chips())[0], /,/))
  await page.locator('[data-chip] button').first().click()
  await settled(page)
  await holds(async () => assert.equal((await chips()).length, 0))
  await holds(async () => assert.equal(await card(page, 'deals_created'), all))
})

test('Esc and Back release a selection', async () => {
  await open(report('period=last_year'))
  const bar = page.locator('[data-widget=stage_count] button.name').first()
  await bar.click()
  await settled(page)
  await holds(async () => assert.equal((await chips()).length, 1))
  await page.keyboard.press('Escape')
  await settled(page)
  await holds(async () => assert.equal((await chips()).length, 0))
  await page.goBack()
  await settled(page)
  await holds(async () => assert.equal((await chips()).length, 1))
  await page.goBack()
  await settled(page)
  await holds(async () => assert.equal((await chips()).length, 0))
})

test('a bar of a chart filters by its month', async () => {
  await open(report('period=last_year&w.dynamics.grain=month'))
  await page.locator('[data-widget=dynamics]').scrollIntoViewIfNeeded()
  await page.waitForFunction(() => document.querySelector('[data-widget=dynamics] .echart')?.chart)
  const place = await markPlace(page, 'dynamics', 2)
  await page.mouse.click(place.x, place.y)
  await settled(page)
  await holds(async () => assert.match((await query())['x.dynamics.month'] ?? '', /^\d{4}-03-01$/))
  await holds(async () => assert.equal((await chips()).length, 1))
})

test('rows open by plus, and a table opens whole', async () => {
  await open(report('period=last_year'))
  const rows = page.locator('[data-widget=by_employee] tbody tr')
  const closed = await rows.count()
  await page.locator('[data-widget=by_employee] .plus').first().click()
  await holds(async () => assert.ok((await rows.count()) > closed))
  const opened = await rows.count()
  await page.reload()
  await settled(page)
  await holds(async () => assert.equal(await rows.count(), opened, 'the address remembers'))
})

test('drill: the grain, a step down with the path in the title, and up again', async () => {
  await open(report('period=last_year'))
  const frame = page.locator('[data-widget=dynamics]')
  await frame.locator('[data-grain=quarter]').click()
  await settled(page)
  await holds(async () => assert.equal((await query())['w.dynamics.grain'], 'quarter'))
  await open(report('period=last_year&w.deal_matrix.path=pipeline:0'))
  await holds(async () => assert.equal(await page.locator('[data-widget=deal_matrix] .crumbs').count(), 1))
  await page.locator('[data-widget=deal_matrix] .crumbs button').first().click()
  await settled(page)
  await holds(async () => assert.equal((await query())['w.deal_matrix.path'], undefined))
})

test('focus mode fills the screen and comes back to the same place', async () => {
  await open(report('period=last_year'))
  const frame = page.locator('[data-widget=stage_count]')
  await frame.scrollIntoViewIfNeeded()
  await frame.locator('button.name').first().click()
  await settled(page)
  // In the middle of the screen: a click on what is out of sight would scroll by itself.
  await frame.locator('[data-test=focus]').evaluate((button) => button.scrollIntoView({ block: 'center' }))
  const before = await page.evaluate(() => scrollY)
  await frame.locator('[data-test=focus]').click()
  await holds(async () => {
    const box = await frame.boundingBox()
    assert.ok(box.width >= 1300 && box.height >= 850)
  })
  await page.keyboard.press('Escape')
  await page.waitForFunction(() => !location.hash.includes('focus='))
  await holds(async () => assert.equal(await page.evaluate(() => scrollY), before))
  await holds(async () => assert.equal((await chips()).length, 1, 'the selection is kept'))
})

test('focus mode names what is compared and shows the chips that there is room for', async () => {
  await open(report('period=last_year&compare=year_ago'))
  const frame = page.locator('[data-widget=stage_count]')
  await frame.scrollIntoViewIfNeeded()
  await frame.locator('button.name').first().click()
  await settled(page)
  await frame.locator('button.name').nth(1).click({ modifiers: ['Control'] })
  await settled(page)
  await frame.locator('[data-test=focus]').click()
  await frame.locator('.focus-line [data-chip]').first().waitFor()
  await holds(async () => assert.equal(await frame.locator('.focus-line [data-test=more-chips]').count(), 0))
  await holds(async () => assert.match(await frame.locator('.focus-line').innerText(), /(год|year).*2024|202\d/))
  await holds(async () => assert.ok(await frame.locator('.focus-line .chips').evaluate((box) => box.offsetWidth > 500)))
  await page.keyboard.press('Escape')
  await page.waitForFunction(() => !location.hash.includes('focus='))
})

test('a figure opens its records, and they add up to it', async () => {
  await open(report('period=last_year'))
  const figure = (await card(page, 'deals_won')).replace(/\D/g, '')
  await page.locator('[data-measure=deals_won].main').click()
  await page.waitForSelector('[data-test=records] [role=table]')
  await holds(async () => assert.equal(Number(await page.locator('[data-test=records] [role=table]').getAttribute('aria-rowcount')) - 1, Number(figure)))
  await page.waitForSelector('[data-test=records] .card-link')
  const heading = page.locator('[data-test=records] .head-row .sort').nth(1)
  await heading.click()
  await page.waitForSelector('[data-test=records] [aria-sort]')
  await page.keyboard.press('Escape')
  await page.waitForSelector('[data-test=records]', { state: 'detached' })
})

test('records: found by title, looked at without leaving, widths kept', async () => {
  await open(report('period=last_year'))
  await page.locator('[data-measure=deals_won].main').click()
  const panel = page.locator('[data-test=records]')
  await panel.locator('.card-link').first().waitFor()
  const all = Number(await panel.locator('[role=table]').getAttribute('aria-rowcount'))
  const name = await panel.locator('.card-link span').nth(2).innerText()
  await panel.locator('[data-test=records-search]').fill(name)
  await page.waitForFunction((before) => Number(document.querySelector('[data-test=records] [role=table]')?.getAttribute('aria-rowcount')) < before, all)
  await panel.locator('.peek').first().focus()
  await page.keyboard.press('Enter')
  const preview = panel.locator('[data-test=preview]')
  await holds(async () => assert.match(await preview.locator('h3').innerText(), new RegExp(name.slice(0, 8).replace(/[^\p{L}\d ]/gu, '.'), 'u')))
  await holds(async () => assert.equal(await preview.locator('.ribbon [aria-current=step]').count(), 1, 'the ribbon shows one present stage'))
  const grip = panel.locator('.head-row .grip').nth(1)
  await grip.focus()
  const saved = page.waitForResponse((response) => response.url().endsWith('/settings') && response.request().method() === 'PUT' && !!response.request().postDataJSON().widths)
  await page.keyboard.press('ArrowRight')
  const width = await grip.getAttribute('aria-valuenow')
  await saved
  await page.keyboard.press('Escape')
  await page.reload()
  await settled(page)
  await page.locator('[data-measure=deals_won].main').click()
  await panel.locator('.card-link').first().waitFor()
  await holds(async () => assert.equal(await panel.locator('.head-row .grip').nth(1).getAttribute('aria-valuenow'), width))
  await page.keyboard.press('Escape')
})

test('records: Esc undoes the search, then the preview, then the panel, and the focus goes home; fresh data leave all of it', async () => {
  await open(report('period=last_year'))
  const opener = page.locator('[data-measure=deals_created].main')
  await opener.focus()
  await page.keyboard.press('Enter')
  const panel = page.locator('[data-test=records]')
  await panel.locator('.card-link').first().waitFor()
  const all = Number(await panel.locator('[role=table]').getAttribute('aria-rowcount'))
  await panel.locator('[data-test=records-search]').fill('1')
  await page.waitForFunction((before) => Number(document.querySelector('[data-test=records] [role=table]')?.getAttribute('aria-rowcount')) < before, all)
  await panel.locator('.peek').first().focus()
  await page.keyboard.press('Enter')
  await panel.locator('[data-test=preview]').waitFor()
  const answered = page.waitForResponse((response) => response.url().includes('/reports/sales_dynamics'))
  await page.evaluate(() => document.querySelector('[data-test=refresh]').click())
  await answered
  await settled(page)
  await holds(async () => assert.equal(await panel.locator('[data-test=records-search]').inputValue(), '1'))
  await holds(async () => assert.equal(await panel.locator('[data-test=preview]').count(), 1))
  await page.keyboard.press('Escape')
  await panel.locator('[data-test=preview]').waitFor({ state: 'detached' })
  await page.keyboard.press('Escape')
  await holds(async () => assert.equal(await panel.locator('[data-test=records-search]').inputValue(), ''))
  await page.keyboard.press('Escape')
  await page.waitForSelector('[data-test=records]', { state: 'detached' })
  await holds(async () => assert.ok(await opener.evaluate((element) => element === document.activeElement), 'the focus is where it was'))
})

test('a stale link opens without the condition that is gone, and says so in words', async () => {
  await page.goto('about:blank')
  await page.goto(report('f.sorce=1&f.pipeline=0'))
  await page.waitForSelector('[data-test=trouble]')
  await holds(async () => assert.match(await page.locator('[data-test=trouble]').innerText(), /условие/))
  await page.click('[data-test=open-without]')
  await settled(page)
  await holds(async () => assert.deepEqual(await query(), { 'f.pipeline': '0' }))
})

test('a cell of a matrix filters by both its sides', async () => {
  await open(report('period=last_year'))
  const figure = page.locator('[data-widget=deal_matrix] tbody td.link:not(.total-col)').first()
  await figure.click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Отфильтровать отчёт' }).click()
  await settled(page)
  await holds(async () => assert.deepEqual(Object.keys(await query()).filter((key) => key.startsWith('x.')).map((key) => key.split('.')[1]), ['deal_matrix', 'deal_matrix']))
  await holds(async () => assert.equal((await chips()).length, 2))
})

test('while the server is away a new period stays dimmed and is named', async () => {
  await open(report('period=last_year'))
  const refuse = (route) => route.abort()
  await page.route('**/reports/**', refuse)
  await page.click('[data-test=period]')
  await page.locator('[data-month]').nth(3).click()
  await page.waitForSelector('[data-test=behind]')
  await holds(async () => assert.equal(await page.locator('[data-widget=deal_cards]').evaluate((box) => box.classList.contains('refreshing')), true))
  await page.unroute('**/reports/**', refuse)
  // The page asks again by itself.
  await page.waitForSelector('[data-test=behind]', { state: 'detached' })
  await settled(page)
  await holds(async () => assert.match(await page.locator('.period-line b').innerText(), /апрель/i))
})

test('arrows walk a grid, Enter opens a figure, keys expand a row', async () => {
  await open(report('period=last_year'))
  const table = page.locator('[data-widget=by_employee] table')
  await table.locator('[data-cell="1:0"]').focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  await holds(async () => assert.equal(await page.evaluate(() => document.activeElement.dataset.cell), '1:0', 'there is nothing above a name'))
  const rows = await table.locator('tbody tr').count()
  await page.keyboard.press('ArrowRight')
  await page.waitForFunction((before) => document.querySelectorAll('[data-widget=by_employee] tbody tr').length > before, rows)
  await page.keyboard.press('ArrowRight')
  await holds(async () => assert.equal(await page.evaluate(() => document.activeElement.dataset.cell), '1:1'))
  await page.keyboard.press('End')
  await table.locator('tfoot [data-cell]').first().focus()
  await page.keyboard.press('Enter')
  await page.waitForSelector('[data-test=records]')
  await page.keyboard.press('Escape')
  await page.waitForSelector('[data-test=records]', { state: 'detached' })
})

test('fresh data change figures in place: nothing moves, nothing blinks, focus stays', async () => {
  await open(report('period=last_year'))
  const list = page.locator('[data-widget=all_deals] .scroller')
  await list.scrollIntoViewIfNeeded()
  await list.evaluate((box) => (box.scrollTop = 3000))
  await page.waitForFunction(() => !document.querySelector('[data-widget=all_deals] .lines .skeleton'))
  await page.locator('[data-widget=all_deals] .card-link').nth(4).focus()
  const where = () => page.evaluate(() => ({ page: scrollY, list: document.querySelector('[data-widget=all_deals] .scroller').scrollTop, focus: document.activeElement?.textContent }))
  const before = await where()
  await page.evaluate(() => {
    window.blinks = []
    new MutationObserver((all) => all.forEach((one) => one.addedNodes.forEach((node) => node.nodeType === 1 && (node.matches('.skeleton') || node.querySelector('.skeleton')) && window.blinks.push(node.className)))).observe(document.body, { subtree: true, childList: true })
  })
  const answered = page.waitForResponse((response) => response.url().includes('/reports/sales_dynamics'))
  // As when the server tells of a new version while the page was hidden.
  await page.evaluate(() => document.querySelector('[data-test=refresh]').click())
  await answered
  await page.waitForTimeout(600)
  await holds(async () => assert.deepEqual({ ...(await where()), focus: before.focus }, before))
  await holds(async () => assert.deepEqual(await page.evaluate(() => window.blinks), []))
})

test('a cell of a matrix opens as many cards as it says', async () => {
  await open(report('period=last_year'))
  const cell = page.locator('[data-widget=deal_matrix] tbody td.link[data-measure]').first()
  await cell.scrollIntoViewIfNeeded()
  const figure = ((await cell.locator('.figure').textContent()) ?? '').replace(/\D/g, '')
  await cell.click()
  await page.waitForSelector('[data-test=records] [role=table]')
  await holds(async () => assert.equal(Number(await page.locator('[data-test=records] [role=table]').getAttribute('aria-rowcount')) - 1, Number(figure)))
  await page.keyboard.press('Escape')
})

test('the menu of a mark has records, filter and copy', async () => {
  await open(report('period=last_year'))
  await page.locator('[data-widget=stage_count] button.name').first().click({ button: 'right' })
  await holds(async () => {
    const entries = await page.locator('[role=menu] [role=menuitem]').allInnerTexts()
    assert.ok(entries.length >= 4, entries.join())
  })
  await page.keyboard.press('Escape')
  await holds(async () => assert.equal(await page.locator('[role=menu]').count(), 0))
})

test('filters: a pipeline from the list, the tree of people, reset', async () => {
  await open(report('period=last_year'))
  await page.click('[data-filter=pipeline]')
  await page.locator('.picker .node', { hasText: 'Основные продажи' }).locator('input').check()
  await settled(page)
  await holds(async () => assert.ok((await query())['f.pipeline']))
  await page.keyboard.press('Escape')
  await page.click('[data-filter=employee]')
  await page.waitForSelector('.picker .node.group')
  await page.locator('.picker .node.group input').last().check()
  await settled(page)
  await holds(async () => assert.equal((await chips()).length, 2))
  await holds(async () => assert.match((await query())['f.department'] ?? '', /^\^\d+$/, 'a whole department is one filter with all below it'))
  await holds(async () => assert.equal((await query())['f.employee'], undefined))
  await page.keyboard.press('Escape')
  await page.click('[data-test=reset]')
  await settled(page)
  await holds(async () => assert.equal((await chips()).length, 0))
})

test('a range tells what it would leave before it is applied', async () => {
  await open(report('period=last_year'))
  const all = await card(page, 'deals_created')
  await page.click('[data-test=filters]')
  const amount = page.locator('section', { has: page.locator('h3', { hasText: /^\s*(Сумма|Amount)\s*$/ }) }).first()
  await amount.locator('h3 button').first().click()
  await amount.locator('[data-test=range-from]').fill('100 000')
  const note = amount.locator('.note b')
  await page.waitForFunction((all) => { const now = document.querySelector('.range .note b')?.textContent; return now && now !== all }, all)
  const left = await note.innerText()
  await amount.locator('[data-test=range-from]').press('Enter')
  await settled(page)
  await holds(async () => assert.equal((await query())['f.amount'], '100000~'))
  await holds(async () => assert.equal(await card(page, 'deals_created'), left))
  await page.keyboard.press('Escape')
  await holds(async () => assert.match((await chips())[0], /100.000/))
})

test('a stage of a past period lists as many cards as its bar says', async () => {
  await open(report('period=last_year'))
  const frame = page.locator('[data-widget=stage_count]')
  await frame.scrollIntoViewIfNeeded()
  // The first bar that is not empty; its figure is drawn when it comes into sight.
  const bar = frame.locator('.row', { has: page.locator('.marks', { hasText: /[1-9]/ }) }).first()
  await bar.waitFor()
  const said = (await bar.locator('.marks').textContent()).replace(/\D/g, '')
  await bar.locator('button.name').click()
  await settled(page)
  await holds(async () => {
    const list = await page.locator('[data-widget=all_deals] .count').textContent()
    assert.equal(list.split('·')[0].replace(/\D/g, ''), said)
    assert.match(list, /31 дек\.? 2025/)
  })
})

test('the count beside a range follows what was clicked', async () => {
  await open(report('period=last_year&x.new_and_repeat_by_employee.source=WEB'))
  const left = await card(page, 'deals_created')
  await page.click('[data-test=filters]')
  const amount = page.locator('section', { has: page.locator('h3', { hasText: /^\s*(Сумма|Amount)\s*$/ }) }).first()
  await amount.locator('h3 button').first().click()
  await page.waitForFunction((left) => document.querySelector('.range .note b')?.textContent === left, left)
  await page.keyboard.press('Escape')
})

test('stages stand under their pipelines, and a column keeps the width it was given', async () => {
  await open(report('period=last_year'))
  await holds(async () => assert.ok((await page.locator('[data-widget=stage_count] .group').count()) >= 2))
  const head = page.locator('[data-widget=by_employee] thead th[data-measure=won_amount]')
  await head.scrollIntoViewIfNeeded()
  const before = (await head.boundingBox()).width
  const cell = page.locator('[data-widget=by_employee] tbody td[data-measure=won_amount]').first()
  await cell.focus()
  const saved = page.waitForResponse((response) => response.url().endsWith('/settings') && response.request().method() === 'PUT')
  for (let n = 0; n < 4; n++) await cell.press('Shift+ArrowRight')
  await saved
  await holds(async () => assert.ok((await head.boundingBox()).width > before + 20))
  await page.reload()
  await settled(page)
  await holds(async () => assert.ok((await head.boundingBox()).width > before + 20, 'after a reload too'))
})

test('comparison adds changes everywhere', async () => {
  await open(report('period=last_year'))
  await page.click('.compare')
  await page.locator('[role=menuitem]').nth(1).click()
  await settled(page)
  await holds(async () => assert.equal((await query()).compare, 'previous'))
  await holds(async () => assert.ok((await page.locator('[data-widget=deal_cards] .pill').count()) > 3))
  await holds(async () => assert.ok((await page.locator('[data-widget=by_employee] .delta').count()) > 3))
})

test('while the period lasts, tooltips of a card, a table and a chart name the days compared', async () => {
  await open(report('period=this_year&compare=year_ago'))
  const now = new Date()
  const year = now.getFullYear()
  if (new Date(now.getTime() + 2 * 86_400_000).getFullYear() !== year) return // A year that ends is whole.
  const days = new RegExp(`1 (янв|Jan).* – .* ${year} · (до этого|before): 1 (янв|Jan).* – .* ${year - 1}`)
  const tip = async (selector) => {
    await page.locator(selector).first().scrollIntoViewIfNeeded()
    await page.locator(selector).first().hover()
    await page.waitForFunction(() => document.querySelector('#sv-tooltip')?.style.display === 'block')
    const text = await page.locator('#sv-tooltip').innerText()
    await page.mouse.move(1, 1)
    await page.waitForFunction(() => document.querySelector('#sv-tooltip')?.style.display === 'none')
    return text
  }
  await holds(async () => assert.match(await tip('[data-widget=deal_cards] [data-measure=won_amount].main'), days))
  await holds(async () => assert.match(await tip('[data-widget=by_employee] td.link'), days))
  await page.locator('[data-widget=dynamics]').scrollIntoViewIfNeeded()
  const place = await markPlace(page, 'dynamics', 0)
  await page.mouse.move(place.x, place.y)
  await page.waitForFunction(() => /1 (янв|Jan).* – 31 (янв|Jan).*· (до этого|before): 1 (янв|Jan).* – 31/.test(document.querySelector('.sv-tip-days')?.textContent ?? ''))
})

test('the bar is one line on the screens of laptops, in Russian, with a comparison', async () => {
  try {
    for (const width of [1440, 1366]) {
      await page.setViewportSize({ width, height: 900 })
      await open(report('period=this_quarter&compare=previous'))
      await holds(async () => assert.ok(await page.locator('.top .bar').evaluate((bar) => bar.offsetHeight < 60), `${width} px`))
    }
  } finally {
    await page.setViewportSize({ width: 1366, height: 900 })
  }
})

test('an empty report names the filter that empties it and drops it by one click', async () => {
  await open(report('period=last_year&f.source=NO_SUCH_SOURCE'))
  await page.waitForSelector('[data-test=empty]')
  await page.locator('[data-test=empty] .btn-primary').click()
  await settled(page)
  await holds(async () => assert.equal((await query())['f.source'], undefined))
  await open(report('period=2001'))
  await holds(async () => assert.equal(await page.locator('[data-test=empty] .history').count(), 1, 'an empty period offers the history'))
  await holds(async () => assert.equal(await page.locator('[data-widget]').count(), 0))
  await open(report('period=last_year&f.pipeline=!0'))
  await holds(async () => assert.match((await chips()).join(), /кроме|except/))
})

test('the list of deals is virtual and loads as it scrolls', async () => {
  await open(report('period=last_year&s.matrix_of=created'))
  const list = page.locator('[data-widget=all_deals]')
  await list.scrollIntoViewIfNeeded()
  await holds(async () => assert.ok((await list.locator('.lines > .row').count()) < 60))
  await list.locator('.scroller').evaluate((box) => (box.scrollTop = box.scrollHeight))
  await page.waitForFunction(() => {
    const rows = document.querySelectorAll('[data-widget=all_deals] .lines > .row')
    return rows.length > 0 && !document.querySelector('[data-widget=all_deals] .lines .skeleton')
  })
})

test('the list of deals is searched and narrowed; the address keeps it, and one click takes it off', async () => {
  await open(report('period=last_year'))
  const list = page.locator('[data-widget=all_deals]')
  await list.scrollIntoViewIfNeeded()
  const rows = async () => Number(await list.locator('[role=table]').getAttribute('aria-rowcount')) - 1
  const fewer = (before) => page.waitForFunction((was) => Number(document.querySelector('[data-widget=all_deals] [role=table]')?.getAttribute('aria-rowcount')) - 1 < was, before)
  const all = await rows()
  await list.locator('[data-narrow=stage]').click()
  const first = page.locator('[data-test=narrow] .values label').first()
  const count = Number((await first.locator('.num').innerText()).replace(/\D/g, ''))
  await first.locator('input').check()
  await fewer(all)
  await holds(async () => assert.equal(await rows(), count, 'as many rows as the value promised'))
  await page.keyboard.press('Escape')
  await holds(async () => assert.equal(await list.locator('[data-narrowed=stage]').count(), 1))
  const name = await list.locator('.card-link span').first().innerText()
  await list.locator('[data-test=list-search]').fill(name.toUpperCase())
  if (count > 1) await page.waitForFunction(() => new URLSearchParams(location.hash.split('?')[1]).get('w.all_deals.search'))
  await settled(page)
  await holds(async () => assert.ok((await rows()) >= 1 && (await rows()) <= count))
  const kept = await query()
  assert.ok(kept['w.all_deals.search'] && kept['w.all_deals.n.stage'])
  await list.locator('[data-test=list-search]').fill('')
  await list.locator('[data-test=narrow-reset]').click()
  await page.waitForFunction((was) => Number(document.querySelector('[data-widget=all_deals] [role=table]')?.getAttribute('aria-rowcount')) - 1 === was, all)
})

test('whatever opens under a button stands whole on the screen: on a phone, and on a low one', async () => {
  const inside = async (name) => {
    await page.locator('.sv-window').waitFor()
    await holds(async () => {
      const at = await page.locator('.sv-window').evaluate((box) => {
        const { left, top, right, bottom, width } = box.getBoundingClientRect()
        return { left, top, right: innerWidth - right, bottom: innerHeight - bottom, width }
      })
      for (const side of ['left', 'top', 'right', 'bottom']) assert.ok(at[side] >= 7, `${name}: ${side} ${at[side]}`)
      assert.ok(at.width >= 290, `${name}: ${at.width} px wide`)
    })
    await page.keyboard.press('Escape')
    await page.locator('.sv-window').waitFor({ state: 'detached' })
  }
  try {
    for (const size of [{ width: 390, height: 800 }, { width: 780, height: 400 }]) {
      await page.setViewportSize(size)
      await open(report('period=last_year'))
      for (const button of ['[data-test=period]', '[data-test=views]']) {
        await page.locator(button).click()
        await inside(button)
      }
      await page.locator('[data-measure=won_amount].main').click()
      const panel = page.locator('[data-test=records]')
      await panel.locator('.card-link').first().waitFor()
      const columns = await panel.locator('[data-narrow]').evaluateAll((all) => all.map((one) => one.dataset.narrow))
      assert.ok(columns.length > 5)
      for (const column of columns) {
        await panel.locator(`[data-narrow="${column}"]`).click()
        await inside(column)
      }
      await page.keyboard.press('Escape')
      await panel.waitFor({ state: 'detached' })
    }
  } finally {
    await page.setViewportSize({ width: 1366, height: 900 })
  }
})

test('records are narrowed by what their columns show, and the number of the head follows', async () => {
  await open(report('period=last_year'))
  await page.locator('[data-measure=won_amount].main').click()
  const panel = page.locator('[data-test=records]')
  await panel.locator('.card-link').first().waitFor()
  await holds(async () => assert.equal(await panel.locator('[aria-sort=descending]').count(), 1, 'the measure brings its own order'))
  const before = await panel.locator('[data-test=records-amount]').innerText()
  await panel.locator('[data-narrow=amount]').click()
  await page.locator('[data-test=narrow-from]').fill('100 000')
  await page.keyboard.press('Enter')
  await panel.locator('[data-narrowed=amount]').waitFor()
  await page.waitForFunction((was) => document.querySelector('[data-test=records-amount]')?.textContent?.trim() !== was, before)
  await page.keyboard.press('Escape')
  await page.locator('[data-test=narrow]').waitFor({ state: 'detached' })
  await panel.locator('[data-test=narrow-reset]').click()
  await page.waitForFunction((was) => document.querySelector('[data-test=records-amount]')?.textContent?.trim() === was.trim(), before)
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'detached' })
})

test('a saved view brings the choice back, and the report opens with the default one', async () => {
  await open(report('period=last_year&compare=previous'))
  await page.locator('[data-test=views]').click()
  const menu = page.locator('[data-test=views-menu]')
  await menu.locator('[data-test=view-name]').fill('Прошлый год')
  await menu.locator('[data-test=view-save]').click()
  await menu.locator('.star').click()
  await menu.locator('.star.lit').waitFor()
  await page.keyboard.press('Escape')
  await open(report())
  await page.waitForFunction(() => location.hash.includes('period=last_year'))
  await settled(page)
  await holds(async () => assert.deepEqual(await query(), { period: 'last_year', compare: 'previous' }))
  await page.locator('[data-test=views]').click()
  await menu.locator('li .btn-icon').last().click()
  await menu.locator('.danger').click()
  await menu.locator('li').waitFor({ state: 'detached' })
  await page.keyboard.press('Escape')
})

test('language and theme change at once and are remembered', async () => {
  await open(report('period=last_year'))
  if (await page.evaluate(() => document.documentElement.lang === 'en')) await page.click('[data-test=language]')
  await page.waitForFunction(() => document.documentElement.lang === 'ru')
  await page.click('[data-test=language]')
  await page.waitForFunction(() => document.documentElement.lang === 'en' && document.querySelector('h1')?.textContent === 'Sales dynamics')
  await settled(page)
  await page.click('.theme')
  const saved = page.waitForResponse((response) => response.url().endsWith('/settings') && response.request().method() === 'PUT' && response.request().postDataJSON().theme === 'dark')
  await page.locator('[role=menuitem]').nth(1).click()
  await holds(async () => assert.ok(await page.evaluate(() => document.documentElement.classList.contains('dark'))))
  await saved
  await page.reload()
  await settled(page)
  await holds(async () => assert.ok(await page.evaluate(() => document.documentElement.classList.contains('dark') && document.documentElement.lang === 'en')))
})

test('no accessibility violations: dark, then light', async () => {
  await open(report('period=last_year&compare=previous'))
  await holds(async () => assert.deepEqual(await accessibility(page), []))
  await page.click('.theme')
  await page.locator('[role=menuitem]').nth(0).click()
  await page.click('[data-test=language]')
  await page.waitForFunction(() => document.documentElement.lang === 'ru')
  await settled(page)
  await holds(async () => assert.deepEqual(await accessibility(page), []))
})

test('a phone has the whole report without sideways scrolling', async () => {
  await page.setViewportSize({ width: 390, height: 844 })
  await open(report('period=last_year'))
  await holds(async () => assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390))
  await page.click('[data-test=filters]')
  await page.waitForSelector('h3:has-text("Воронка")')
  await page.keyboard.press('Escape')
  const columns = () => page.locator('[data-widget=deal_cards] .card').evaluateAll((all) => new Set(all.map((one) => Math.round(one.getBoundingClientRect().left))).size)
  await holds(async () => assert.equal(await columns(), 2))
  await holds(async () => assert.deepEqual(await accessibility(page), []))
  await page.setViewportSize({ width: 1366, height: 900 })
})

test('the foot of the report leads to the check against the CRM: it runs, agrees, and finds what was changed behind our back', async () => {
  await open(report())
  await page.locator('[data-test=check-verdict] a').click()
  await page.waitForURL(/#\/demo\/check/)
  await page.locator('[data-test=verdict] h2').waitFor()
  await page.selectOption('select', '24')
  await page.locator('[data-test=run]').click()
  await page.waitForFunction(() => document.querySelectorAll('[data-test=month]').length > 0 && !document.querySelector('[data-test=running]'), undefined, { timeout: 60_000 })
  const months = await page.locator('[data-test=month]').count()
  assert.ok(months >= 2, `${months} months`)
  await holds(async () => assert.equal(await page.locator('[data-test=month].off').count(), 0))
  await holds(async () => assert.match(await page.locator('[data-test=verdict]').innerText(), /совпада/))
  await holds(async () => assert.deepEqual(await accessibility(page), []))
})

test('nothing left the server, nothing was thrown', () => {
  assert.deepEqual(browser.strangers, [])
  assert.deepEqual(browser.complaints, [])
})
