// Two portals of different base currencies in one answer: the request names the common one, each portal's amounts go by its own
// dated rates. What must come out is counted here, in whole cents.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { Folder } from './program.mjs'

let folder
const period = { from: '2025-01-01', to: '2026-01-01' }
const both = ['--portal', 'rub', '--portal', 'eur']
const ask = async (request) => JSON.parse(await folder.must(['query', ...both, JSON.stringify({ period, ...request })]))
const map = (currency, rates) => `
portal: {name: ${currency}, zone: Europe/Moscow, currency: ${currency}}
pipelines:
  deals:
    - name: Sales
      stages: [New, {name: Won, semantic: S}, {name: Lost, semantic: F}]
rates:
${rates.map(([code, day, rate]) => `  - {currency: ${code}, day: ${day}, rate: ${rate}}`).join('\n')}
files:
  - file: ${currency}.csv
    entity: deals
    fields: {id: id, title: title, stage: stage, amount: amount, currency: currency, created_at: created, closed_at: closed}
    stage_dates: {Won: closed, Lost: closed}
`
/** Cents of one currency in another: halves away from zero. */
const convert = (cents, rate, per) => (2n * BigInt(cents) * BigInt(rate) + BigInt(per)) / (2n * BigInt(per))
const money = (cents) => `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`

before(async () => {
  folder = new Folder()
  const give = async (portal, currency, rates, lines) => {
    const file = path.join(folder.path, `${currency}.csv`), yaml = path.join(folder.path, `${currency}.yaml`)
    writeFileSync(file, `id,title,stage,amount,currency,created,closed\n${lines.join('\n')}\n`)
    writeFileSync(yaml, map(currency, rates))
    await folder.must(['import', '--portal', portal, '--map', yaml, file])
  }
  await give('rub', 'RUB', [['EUR', '2024-12-01', 92], ['EUR', '2025-06-01', 97.3]],
    ['1,a,Won,500,RUB,2025-02-10,2025-03-05', '2,b,Won,70.50,EUR,2025-02-10,2025-07-12', '3,c,Won,1000,RUB,2025-02-10,2025-07-14', '4,d,New,777,RUB,2025-08-01,'])
  await give('eur', 'EUR', [['RUB', '2024-12-01', 0.0105], ['RUB', '2025-06-01', 0.0111]],
    ['1,a,Won,200,EUR,2025-02-01,2025-03-07', '2,b,Won,105.37,RUB,2025-02-01,2025-07-08', '3,c,New,10.10,EUR,2025-08-01,'])
})
after(() => folder.remove())

test('the currency named is that of all amounts, each by its own day', async () => {
  assert.equal((await folder.mustFail(['query', ...both, JSON.stringify({ measures: ['won_amount'] })])).code, 'currencies_differ')
  const euro = await ask({ measures: ['won_amount'], dimensions: ['portal'], totals: true, currency: 'EUR' })
  const rub = convert(50000, 100, 9200) + 7050n + convert(100000, 10, 973)
  const eur = 20000n + convert(10537, 111, 10000)
  assert.deepEqual(euro.rows.map(([portal, amount]) => [portal?.id ?? null, amount]), [['rub', money(rub)], ['eur', money(eur)], [null, money(rub + eur)]])
  assert.equal(euro.columns[1].unit, 'EUR')
  assert.equal(euro.notes.currency, 'EUR')
  // An amount that was in the named currency from the first is what it was, though the portal's base cannot hold it to the kopeck.
  const rouble = await ask({ measures: ['won_amount'], dimensions: ['portal'], currency: 'RUB' })
  assert.deepEqual(rouble.rows.map((row) => row[1]), [money(50000n + convert(7050, 973, 10) + 100000n), money(convert(20000, 10000, 105) + 10537n)])
  // A state goes by the last rate of its day, the list of its cards adds up to it.
  const open = { measures: ['in_work_amount'], currency: 'EUR', as_of: '2025-12-31' }
  const expected = money(convert(77700, 10, 973) + 1010n)
  assert.equal((await ask(open)).rows[0][0], expected)
  const list = JSON.parse(await folder.must(['records', ...both, JSON.stringify({ period, ...open, cell: { measure: 'in_work_amount' } })]))
  assert.equal(list.total, 2)
  assert.equal(list.totals.measure, expected)
})

test('a currency that a portal has no rate of is refused by name, until the rate is entered', async () => {
  const request = JSON.stringify({ period, measures: ['won_amount'], dimensions: ['portal'], currency: 'USD' })
  const refused = await folder.mustFail(['query', ...both, request])
  assert.equal(refused.code, 'no_common_rate')
  assert.match(refused.message, /USD.*rub: RUB, eur: EUR/)
  // Whole roubles for a dollar, so that the sum is the same whichever amount is rounded first.
  await folder.must(['settings', 'set', '--portal', 'rub', 'currency_rates', 'USD=100,EUR=100'])
  await folder.must(['settings', 'set', '--portal', 'eur', 'currency_rates', 'USD=0.5,RUB=0.01'])
  const table = JSON.parse(await folder.must(['query', ...both, request]))
  assert.deepEqual(table.rows.map((row) => row[1]), [money(500n + 7050n + 1000n), money(40000n + convert(10537, 2, 100))])
})

test('a report of such portals is in one of their currencies and offers the others', async () => {
  const build = async (...more) => JSON.parse(await folder.must(['report', 'sales_dynamics', ...both, '--period', '2025', '--format', 'json', ...more]))
  const document = await build()
  assert.equal(document.portal.currency, 'RUB')
  assert.deepEqual(document.portal.currencies, ['RUB', 'EUR'])
  const widgets = (one) => one.sections.flatMap((section) => section.widgets)
  assert.deepEqual(widgets(document).filter((widget) => widget.error).map((widget) => [widget.id, widget.error]), [])
  const won = (one) => widgets(one).find((widget) => widget.id === 'deal_cards').data.cards.find((card) => card.measure === 'won_amount').value.v
  const euro = await build('--currency', 'EUR')
  assert.equal(euro.portal.currency, 'EUR')
  assert.equal(won(euro), (await ask({ measures: ['won_amount'], currency: 'EUR' })).rows[0][0])
  assert.notEqual(won(euro), won(document))
  // Rows of tables and choices of bars are portals too.
  const levels = (id) => {
    const widget = widgets(document).find((one) => one.id === id)
    return (widget.state?.levels ?? widget.data.levels).map((level) => level.dimension)
  }
  assert.equal(levels('by_employee')[0], 'portal')
  assert.equal(levels('new_and_repeat_by_employee').at(-1), 'portal')
})
