import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { Folder } from './program.mjs'

let folder
before(async () => {
  folder = new Folder()
  const summary = JSON.parse(await folder.importDeals())
  // The row whose amount is no money is rejected, told, and nothing else is lost.
  assert.equal(summary.read, 5)
  assert.equal(summary.stored, 4)
  assert.equal(summary.unchanged, 0)
  assert.equal(summary.rejected, 1)
  const rejects = readFileSync(summary.rejects_file, 'utf8')
  assert.match(rejects, /deals\.csv,6,amount,about ten,/)
})
after(() => folder.remove())

test('why a row was not taken is said in the language of the terminal, under the same code', async () => {
  const own = new Folder()
  const reasons = async (env) => {
    const { rejects_file: file } = JSON.parse(await own.must(['import', '--portal', 'shop', '--map', own.map, own.deals], { env: { LC_ALL: '', LC_MESSAGES: '', LANG: '', SVODKA_LANGUAGE: '', ...env } }))
    const [, line] = readFileSync(file, 'utf8').trim().split(/\r?\n/)
    return line
  }
  try {
    assert.match(await reasons({ LANG: 'ru_RU.UTF-8' }), /,about ten,bad_number,"?не число/)
    assert.match(await reasons({ LANG: 'en_GB.UTF-8' }), /,about ten,bad_number,"?not a number/)
    assert.match(await reasons({ LANG: 'en_GB.UTF-8', SVODKA_LANGUAGE: 'ru' }), /не число/)
    assert.match(await reasons({ LC_ALL: 'C', LANG: 'ru_RU.UTF-8' }), /not a number/)
  } finally {
    await own.remove()
  }
})

test('an import tells how far it has come: rows of as many as the bytes let expect', async () => {
  const own = new Folder()
  try {
    const big = path.join(own.path, 'deals-big.csv')
    writeFileSync(big, `id,title,stage,amount,owner,created,closed\n${Array.from({ length: 20_000 }, (_, i) => `${i + 1},Стол ${i},New,100.50,Анна,2025-01-10,`).join('\n')}\n`)
    const { code, err } = await own.run(['import', '--portal', 'shop', '--map', own.map, big])
    assert.equal(code, 0, err)
    const told = [...err.matchAll(/deals-big\.csv ([\d,]+) of ([\d,]+)/g)].map((one) => one.slice(1).map((text) => Number(text.replaceAll(',', ''))))
    assert.ok(told.length >= 2, err)
    for (const [done, all] of told) assert.ok(done <= all && all > 19_000 && all < 21_000, err)
    assert.match(err, /storing 20,000 of 20,000/)
  } finally {
    await own.remove()
  }
})

const won = '{"measures":["deals_won","won_amount"],"dimensions":["employee"],"period":{"from":"2025-01-01","to":"2025-04-01"}}'

test('a query answers columns and rows; money is a decimal string', async () => {
  const answer = JSON.parse(await folder.must(['query', '--portal', 'shop', won]))
  assert.deepEqual(answer.columns.map((column) => [column.id, column.type, column.unit]),
    [['employee', 'member', ''], ['deals_won', 'integer', ''], ['won_amount', 'money', 'RUB']])
  assert.deepEqual(answer.rows.map(([who, count, amount]) => [who.label, count, amount]),
    [['Анна', 1, '1234.50'], ['Борис', 1, '100.25']])
})

test('a request may come from standard input or a file', async () => {
  const direct = await folder.must(['query', '--portal', 'shop', won])
  assert.equal(await folder.must(['query', '--portal', 'shop', '-'], { input: won }), direct)
  const file = path.join(folder.path, 'request.json')
  writeFileSync(file, won)
  assert.equal(await folder.must(['query', '--portal', 'shop', `@${file}`]), direct)
  assert.equal(await folder.must(['query', won]), direct, 'the only portal need not be named')
})

test('records open the rows beneath a cell', async () => {
  const request = { ...JSON.parse(won), cell: { measure: 'deals_won', values: { employee: JSON.parse(await folder.must(['query', won])).rows[0][0].id } } }
  const page = JSON.parse(await folder.must(['records', '--portal', 'shop', JSON.stringify(request)]))
  assert.equal(page.total, 1)
  assert.equal(page.rows.length, 1)
})

test('importing the same files again stores nothing', async () => {
  const summary = JSON.parse(await folder.importDeals())
  assert.equal(summary.stored, 0)
  assert.equal(summary.unchanged, 4)
})

test('a report comes as table, JSON and CSV', async () => {
  const period = ['--portal', 'shop', '--period', '2025-Q1']
  const table = await folder.must(['report', 'sales_dynamics', ...period, '--language', 'en'])
  assert.match(table, /Deals won +2/)
  const document = JSON.parse(await folder.must(['report', 'sales_dynamics', ...period, '--format', 'json']))
  assert.deepEqual([document.report, document.period.from, document.period.to], ['sales_dynamics', '2025-01-01', '2025-04-01'])
  assert.ok(document.sections.flatMap((section) => section.widgets).every((widget) => widget.data ?? widget.error))
  assert.match(await folder.must(['report', 'sales_dynamics', ...period, '--format', 'csv']), /\r\n/)
})

test('a range of days is written with its last day', async () => {
  const args = ['report', 'sales_dynamics', '--portal', 'shop', '--format', 'json', '--period']
  const range = JSON.parse(await folder.must([...args, '2025-01-01..2025-03-31']))
  assert.deepEqual([range.period.from, range.period.to], ['2025-01-01', '2025-04-01'])
  for (const [text, from, to] of [['2025', '2025-01-01', '2026-01-01'], ['2025-H1', '2025-01-01', '2025-07-01'], ['2025-03', '2025-03-01', '2025-04-01']]) {
    const document = JSON.parse(await folder.must([...args, text]))
    assert.deepEqual([document.period.from, document.period.to], [from, to])
  }
  const quarter = await folder.mustFail([...args, '2025-Q5'])
  assert.deepEqual([quarter.code, quarter.place], ['bad_period', '--period'])
  assert.match(quarter.message, /both included/)
  assert.doesNotMatch(quarter.message, /exclusive/)
  assert.ok(quarter.nearest.includes('2025-Q1'), JSON.stringify(quarter))
  assert.equal((await folder.mustFail([...args, '2025-03-31..2025-01-01'])).code, 'bad_period')
})

test('the model lists definitions', async () => {
  const model = JSON.parse(await folder.must(['model', '--language', 'en']))
  const measure = model.measures.find(({ id }) => id === 'deals_won')
  assert.ok(measure.label && measure.definition)
  assert.ok(model.dimensions.some(({ id }) => id === 'employee'))
})

test('mistakes are one line of JSON with a code and the nearest name', async () => {
  const measure = await folder.mustFail(['query', '--portal', 'shop', '{"measures":["deals_wun"]}'])
  assert.deepEqual([measure.code, measure.place, measure.nearest[0]], ['unknown_measure', 'measures[0]', 'deals_won'])
  assert.equal((await folder.mustFail(['query', '--portal', 'shpo', won])).nearest[0], 'shop')
  assert.equal((await folder.mustFail(['query', '--portal', 'shop', '{"measures":'])).code, 'bad_json')
  assert.equal((await folder.mustFail(['report', 'sales_dinamics', '--portal', 'shop'])).code, 'unknown_report')
  assert.equal((await folder.mustFail(['import', '--portal', 'shop', '--map', '/nowhere.yaml', folder.deals])).code, 'file_not_found')
  assert.equal((await folder.mustFail(['sync', '--portal', 'shop'])).code, 'not_connected')
  const nowhere = new Folder()
  assert.equal((await nowhere.mustFail(['query', won])).code, 'folder_not_found')
  await nowhere.remove()
  assert.equal((await folder.mustFail(['qwery'])).code, 'unknown_command')
  assert.equal((await folder.mustFail(['serve', '--lissten', 'x'])).nearest[0], '--listen')
  for (const args of [[], ['query'], ['report', 'sales_dynamics', '--format', 'pdf']]) {
    const usage = await folder.mustFail(args)
    assert.equal(usage.code, 'bad_usage', args.join(' '))
    assert.match(usage.place, /^(svodka|--)/)
  }
})

test('help has examples, those of the command that is asked about', async () => {
  const overview = await folder.must(['--help'])
  assert.match(overview, /Examples:\n {2}svodka --data/)
  const commands = [...overview.split('Subcommands:\n')[1].split('\n\n')[0].matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name)
  assert.ok(commands.includes('query') && commands.includes('sync') && commands.length > 10, commands.join())
  for (const name of [...commands, 'connect bitrix24', 'connect amocrm', 'settings set', 'user add']) {
    const help = await folder.must([...name.split(' '), '--help'])
    const [, examples] = help.split('Examples:\n')
    assert.ok(examples, `${name} --help has no examples`)
    const shown = examples.split('\n\n')[0].split('\n').filter((line) => line.startsWith('  svodka'))
    assert.match(help, new RegExp(`^Usage: svodka ${name} `, 'm'))
    assert.ok(shown.length > 0 && shown.every((line) => line.includes(name)), `${name} --help shows\n${examples}`)
  }
})

test('a secret as an argument is refused and not repeated', async () => {
  const secret = 'https://acme.bitrix24.ru/rest/1/abcdef123456/'
  for (const args of [['connect', 'bitrix24', '--portal', 'x', '--webhook', secret], ['connect', 'bitrix24', '--portal', 'x', secret]]) {
    const error = await folder.mustFail(args)
    assert.equal(error.code, 'secret_as_argument')
    assert.match(error.message, /SVODKA_WEBHOOK/)
    assert.ok(!JSON.stringify(error).includes('abcdef123456'))
  }
  assert.equal((await folder.mustFail(['connect', 'bitrix24', '--portal', 'x'])).code, 'webhook_missing')
  const bad = await folder.mustFail(['connect', 'bitrix24', '--portal', 'x', '--webhook-file', '-'], { input: 'nonsense' })
  assert.equal(bad.code, 'bad_webhook')
})

test('settings have defaults, dates and nearest names', async () => {
  const at = ['--portal', 'shop']
  assert.equal(await folder.must(['settings', 'get', ...at, 'forgotten_days']), '14\n')
  assert.equal(await folder.must(['settings', 'set', ...at, 'forgotten_days', '21']), '21\n')
  assert.equal(await folder.must(['settings', 'set', ...at, 'technical_users', '1,17']), '["1","17"]\n')
  assert.equal(await folder.must(['settings', 'reset', ...at, 'technical_users']), '[]\n')
  const error = await folder.mustFail(['settings', 'set', ...at, 'forgoten_days', '21'])
  assert.deepEqual([error.code, error.nearest[0]], ['unknown_setting', 'forgotten_days'])
  assert.equal((await folder.mustFail(['settings', 'set', ...at, 'forgotten_days', 'soon'])).code, 'bad_setting')
})

test('commands wait for each other instead of failing', async () => {
  const answers = await Promise.all([1, 2, 3, 4].map(() => folder.must(['query', '--portal', 'shop', won])))
  assert.equal(new Set(answers).size, 1)
})

test('nothing in the data folder can be read by others', () => {
  const look = (where) => {
    for (const name of readdirSync(where)) {
      const file = path.join(where, name)
      assert.equal(statSync(file).mode & 0o077, 0, file)
      if (statSync(file).isDirectory()) look(file)
    }
  }
  look(folder.data)
})

test('a first mapping is suggested without a data folder', async () => {
  const other = new Folder()
  try {
    assert.match(await other.must(['import', '--suggest', other.deals]), /entity: deals/)
    assert.ok(!existsSync(other.data))
  } finally {
    await other.remove()
  }
})

test('an import that fails leaves no portal behind', async () => {
  const map = path.join(folder.path, 'other.yaml')
  writeFileSync(map, readFileSync(folder.map, 'utf8').replace('amount: amount', 'amount: no_such_column'))
  await folder.mustFail(['import', '--portal', 'other', '--map', map, folder.deals])
  assert.ok(!JSON.parse(await folder.must(['portals'])).some(({ id }) => id === 'other'))
})
