// Setting up in the browser, from an empty installation: Bitrix24, amoCRM, sources. Every page is looked at by axe in both themes
// and at the width of a phone. SVODKA_E2E_SHOTS=FOLDER keeps pictures of them all.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { accessibility, holds, openBrowser, settled, startEmpty } from './harness.mjs'

const shots = process.env.SVODKA_E2E_SHOTS
let server, browser, page

/** Axe in both themes, no sideways scrolling on a phone; pictures when asked for. */
async function look(name, { languages = ['ru'] } = {}) {
  for (const theme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 900 })
      await holds(async () => assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${name}: scrolls sideways at ${width}`))
      if (shots) await page.screenshot({ path: join(shots, `${name}-${theme}-${width}-ru.png`), fullPage: true })
    }
    await holds(async () => assert.deepEqual(await accessibility(page), [], `${name} ${theme}`))
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  await page.setViewportSize({ width: 1440, height: 900 })
  if (shots && languages.includes('en')) {
    await page.click('[data-test=language]')
    await page.waitForFunction(() => document.documentElement.lang === 'en')
    await page.waitForTimeout(1500)
    await page.screenshot({ path: join(shots, `${name}-light-1440-en.png`), fullPage: true })
    await page.click('[data-test=language]')
    await page.waitForFunction(() => document.documentElement.lang === 'ru')
    await page.waitForTimeout(1000)
  }
}
const go = (hash) => page.goto(`${server.address}#${hash}`)

before(
  async () => {
    server = await startEmpty()
    browser = await openBrowser(server.address, { width: 1440 })
    page = browser.page
  },
  { timeout: 300_000 },
)
after(async () => {
  await browser?.close()
  await server?.stop()
})

test('an empty installation begins with the choice of a source', async () => {
  await page.goto(server.address)
  await page.fill('input[name=code]', server.code)
  await page.click('button[type=submit]')
  await page.fill('input[name=name]', 'Администратор')
  await page.fill('input[name=email]', 'admin@example.test')
  await page.fill('input[name=password]', 'correct horse battery')
  await page.click('button[type=submit]')
  await page.waitForSelector('[data-test=kind-bitrix24]')
  await look('choose', { languages: ['en'] })
})

test('Bitrix24: a wrong webhook is told, a right one leads to a load', async () => {
  await page.click('[data-test=kind-bitrix24]')
  await page.waitForSelector('[data-test=field-webhook]')
  await look('webhook', { languages: ['en'] })
  await holds(async () => assert.equal(await page.getAttribute('[data-test=field-webhook]', 'type'), 'password'))
  await page.fill('[data-test=field-webhook]', server.webhook.replace('emulator-secret', 'wrong-secret'))
  await page.click('[data-test=check]')
  await page.waitForSelector('[data-test=item-accepted][data-state=fail]')
  await holds(async () => assert.equal(await page.locator('[data-test=start]').count(), 0))
  await look('refused')
  await page.click('[data-test=other]')
  await page.fill('[data-test=field-webhook]', server.webhook)
  await page.click('[data-test=check]')
  await page.waitForSelector('[data-test=item-accepted][data-state=ok]')
  await page.waitForSelector('[data-test=volumes]')
  await holds(async () => assert.equal((await page.content()).includes('emulator-secret'), false))
  assert.equal(page.url().includes('secret'), false)
  await look('checked', { languages: ['en'] })
  await page.fill('[data-test=name]', 'Перегородкин')
  await page.click('[data-test=start]')
  await page.waitForURL(/settings/)
  await page.waitForSelector('[data-test^=question-]', { timeout: 120_000 })
  await look('questions', { languages: ['en'] })
})

test('amoCRM: the pipelines of leads are suggested, and the source works', async () => {
  await go('/sources/add')
  await page.click('[data-test=kind-amocrm]')
  await page.fill('[data-test=field-url]', server.amo)
  await page.fill('[data-test=field-token]', 'emulator-token')
  await look('token')
  await page.click('[data-test=check]')
  await page.waitForSelector('[data-test^=pipeline-]')
  await page.waitForSelector('[data-test=volumes]')
  await holds(async () => assert.equal(await page.locator('[data-test^=pipeline-] input:checked').count(), 1))
  await look('amo-checked', { languages: ['en'] })
  await page.fill('[data-test=name]', 'Магазин')
  await page.click('[data-test=start]')
  await page.waitForURL(/settings/)
  await go('/sources')
  await page.waitForFunction(() => document.querySelectorAll('article').length === 2 && document.querySelector('[data-tone=live]') !== null, undefined, { timeout: 120_000 })
  await look('sources', { languages: ['en'] })
})

test('a file becomes a source: columns, preview, summary', async () => {
  await go('/sources/file')
  const text = 'Номер сделки;Название;Этап;Бюджет;Ответственный;Создана\n1;Стол;Победа;1 234,50;Анна;10.01.2025\n2;Стул;Отказ;1-2-3;Борис;11.01.2025\n'
  await look('file')
  await page.setInputFiles('[data-test=file-input]', { name: 'Сделки.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
  await page.waitForSelector('[data-test=preview]')
  await holds(async () => assert.equal(await page.inputValue('[data-test="target-Бюджет"]'), 'amount'))
  await holds(async () => assert.equal(await page.locator('[data-test=rejects] li').count(), 1))
  await look('file-preview', { languages: ['en'] })
  await page.click('[data-test=import]')
  await page.waitForSelector('[data-test=summary]')
  await holds(async () => assert.equal(await page.innerText('[data-test=rejected]'), '1'))
  await look('file-done')
  await go('/sources')
})

test('a list of calls goes into the CRM: our side is asked, the calls are told, the next list finds all remembered', async () => {
  const rows = ['Номер абонента;Тип услуги;Номер собеседника;Дата;Время;Длит., мин:сек',
    '+7 900 000-00-01;Исходящий вызов;8 (999) 111-22-33;02.03.2026;10:15:00;3:10',
    '+7 900 000-00-01;Входящий вызов;89991112244;02.03.2026;11:00:05;0:45',
    '+7 900 000-00-01;SMS исходящее;89991112233;03.03.2026;09:31:00;1']
  for (const again of [false, true]) {
    await go('/sources')
    await go('/sources/file')
    await page.setInputFiles('[data-test=file-input]', { name: 'Детализация.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\n')) })
    await page.waitForSelector('[data-test=preview]')
    await holds(async () => assert.equal(await page.inputValue('[data-test=entity]'), 'calls'))
    if (!again) await page.selectOption('[data-test=into]', { label: 'CRM «Перегородкин» (только список звонков)' })
    const side = page.locator('[data-test="side-+7 900 000-00-01"]')
    await side.waitFor()
    if (again) {
      await page.waitForSelector('[data-test=remembered]')
      await holds(async () => assert.match(await side.inputValue(), /^#/))
    } else {
      await holds(async () => assert.equal(await side.inputValue(), '?'))
      await look('calls-preview', { languages: ['en'] })
      await side.selectOption({ index: 2 })
      await holds(async () => assert.match(await side.inputValue(), /^#/))
    }
    await page.click('[data-test=import]')
    await page.waitForSelector('[data-test=call-list]')
    await holds(async () => assert.equal(await page.innerText('[data-test=list-calls]'), '2'))
    await holds(async () => assert.equal(await page.innerText('[data-test=list-with_employee]'), '2'))
    await holds(async () => assert.equal(await page.innerText('[data-test=stored]'), again ? '0' : '2'))
    if (!again) await look('calls-done', { languages: ['en'] })
  }
  await go('/sources')
})

test('a source is removed only by its name', async () => {
  const source = page.locator('article', { hasText: 'Магазин' })
  await source.getByRole('button', { name: /Действия/ }).click()
  await page.getByRole('menuitem', { name: 'Удалить' }).click()
  await page.waitForSelector('dialog[open]')
  await holds(async () => assert.equal(await page.isDisabled('[data-test=remove-confirm]'), true))
  await page.fill('[data-test=remove-name]', 'Магазин')
  await look('remove')
  await page.click('[data-test=remove-confirm]')
  await page.waitForFunction(() => document.querySelectorAll('article').length === 2)
})

test('the report of what was set up opens', async () => {
  await page.locator('article[data-tone=live] a.btn-primary').first().click()
  await settled(page)
  assert.deepEqual(browser.strangers, [])
  assert.deepEqual(browser.complaints, [])
})
