// Amounts in a currency without a rate are in no sum: the report says so, with the currency and the count, whatever the source.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { control, startCompany } from './company.mjs'
import { Folder } from './program.mjs'

const today = ['--today', '2026-03-31']
let folder
before(() => {
  folder = new Folder()
})
after(() => folder.remove())

const report = async (portal, ...more) => JSON.parse(await folder.must(['report', 'sales_dynamics', '--portal', portal, '--period', '2026-Q1', '--format', 'json', ...more]))
test('a portal with deals in dollars, and nobody gave a rate', async () => {
  writeFileSync(folder.map, `
portal: {name: Shop, zone: Europe/Moscow, currency: RUB}
pipelines:
  deals:
    - name: Sales
      stages: [New, {name: Won, semantic: S}, {name: Lost, semantic: F}]
files:
  - file: deals*.csv
    entity: deals
    fields: {id: id, title: title, stage: stage, amount: amount, currency: currency, created_at: created, closed_at: closed}
`)
  writeFileSync(folder.deals, 'id,title,stage,amount,currency,created,closed\n1,a,Won,100,RUB,2026-01-10,2026-02-01\n2,b,Won,10,USD,2026-01-10,2026-02-01\n' +
    '3,c,New,20,USD,2026-01-11,\n4,d,New,,USD,2026-01-11,\n5,e,New,5,EUR,2026-01-11,\n6,f,New,0,KZT,2026-01-11,\n')
  await folder.importDeals()
  // Without an amount, or with none of money, nothing is missing from a sum.
  assert.deepEqual((await report('shop')).notes, ['Нет курса к RUB, в суммы не вошли: USD (карточек: 2), EUR (карточек: 1). Задайте курс: svodka settings set currency_rates.'])
  assert.match((await report('shop', '--language', 'en')).notes[0], /Without a rate to RUB, in no sum: USD \(cards: 2\), EUR \(cards: 1\)/)
  assert.match(await folder.must(['report', 'sales_dynamics', '--portal', 'shop', '--period', '2026-Q1', '--format', 'table', '--language', 'en']), /Without a rate to RUB/)
  await folder.must(['settings', 'set', '--portal', 'shop', 'currency_rates', 'USD=90'])
  assert.match((await report('shop')).notes[0], /вошли: EUR \(карточек: 1\)\./)
  await folder.must(['settings', 'set', '--portal', 'shop', 'currency_rates', 'USD=90,EUR=100,KZT=0.2'])
  assert.deepEqual((await report('shop')).notes, [])
})

test('amoCRM: the account changed its currency, what was read before has the old one', async () => {
  const address = (await startCompany(folder, 'amocrm', today)).split(/\s/)[0]
  const origin = new URL(address).origin
  const secret = path.join(folder.path, 'token.txt')
  writeFileSync(secret, 'emulator-token\n')
  const connect = ['connect', 'amocrm', '--portal', 'amo', '--url', origin, '--token-file', secret]
  await folder.must(connect)
  await folder.must(['sync', '--portal', 'amo'])
  assert.deepEqual((await report('amo')).notes, [])
  await control(address, { currency: 'USD' })
  await folder.must(['sync', '--portal', 'amo'])
  const { notes } = await report('amo')
  assert.match(notes[0], /Нет курса к USD, в суммы не вошли: RUB \(карточек: \d+\)/)
})
