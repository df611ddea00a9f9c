// Files that come again: what did not change costs nothing, what changed is stored, references find rows of earlier
// imports, histories are replaced, and a CRM's portal takes no files.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const binary = process.env.SVODKA_BIN ?? fileURLToPath(new URL('../../build/release/svodka', import.meta.url))
let root, folder, serial = 0
before(() => (root = mkdtempSync(path.join(tmpdir(), 'svodka-again-'))))
after(() => rmSync(root, { recursive: true, force: true }))
beforeEach(() => (folder = path.join(root, String(++serial))))

function svodka(...args) {
  const { status, stdout, stderr } = spawnSync(binary, ['--data', path.join(folder, 'data'), ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}
function must(...args) {
  const result = svodka(...args)
  assert.equal(result.status, 0, `svodka ${args.join(' ')}\n${result.stderr}`)
  return JSON.parse(result.stdout)
}
const head = { portal: { name: 'Лавка', zone: 'Europe/Moscow', currency: 'RUB' },
  pipelines: { deals: [{ name: 'Продажи', stages: ['Новая', 'Договор', { name: 'Успех', semantic: 'S' }, { name: 'Отказ', semantic: 'F' }] }] } }
/** `files`: {name: [mapping entry, text]}; imported together into portal `p`. */
function load(files) {
  const at = path.join(root, `${serial}-files-${Object.keys(files).join('-')}`)
  spawnSync('mkdir', ['-p', at])
  const map = path.join(at, 'map.yaml')
  writeFileSync(map, JSON.stringify({ ...head, files: Object.entries(files).map(([file, [entry]]) => ({ file, ...entry })) }))
  const paths = Object.entries(files).map(([file, [, text]]) => {
    writeFileSync(path.join(at, file), text)
    return path.join(at, file)
  })
  return must('import', '--portal', 'p', '--map', map, ...paths)
}
const query = (request) => must('query', '--portal', 'p', JSON.stringify(request)).rows
const by = (dimension, ...measures) => Object.fromEntries(query({ measures, dimensions: [dimension] }).map(([member, ...cells]) => [member.label, cells.length > 1 ? cells : cells[0]]))

const dealFields = { id: 'ID', stage: 'Этап', amount: 'Сумма', owner: { column: 'Кто', match: 'name' }, created_at: 'Создана' }
const deals = { entity: 'deals', fields: dealFields }
const dealRows = (...rows) => ['ID;Этап;Сумма;Кто;Создана', ...rows].join('\n')

test('the same file is unchanged, a changed one stores its changed rows only', () => {
  const rows = ['1;Новая;100;Анна;01.03.2025', '2;Новая;200;Борис;02.03.2025', '3;Успех;300;Анна;03.03.2025']
  assert.equal(load({ 'deals.csv': [deals, dealRows(...rows)] }).stored, 3)
  const version = must('portals')[0].data_version
  const again = load({ 'deals.csv': [deals, dealRows(...rows)] })
  assert.deepEqual([again.read, again.stored, again.unchanged], [3, 0, 3])
  assert.equal(must('portals')[0].data_version, version, 'nothing changed: the data keep their version')
  rows[1] = '2;Новая;250;Борис;02.03.2025'
  const changed = load({ 'deals.csv': [deals, dealRows(...rows, '4;Новая;;Вера;04.03.2025')] })
  assert.deepEqual([changed.stored, changed.unchanged], [2, 2])
  assert.deepEqual(by('employee', 'created_amount'), { Анна: '400.00', Борис: '250.00', Вера: null })
})

test('names and telephones find people and clients of an earlier import', () => {
  load({ 'users.csv': [{ entity: 'users', fields: { id: 'ID', name: 'Имя' } }, 'ID;Имя\n7;Анна\n8;Борис\n9;Борис\n'],
    'clients.csv': [{ entity: 'clients', fields: { id: 'ID', name: 'Имя', phone: 'Тел', kind: { value: 'contact' } } }, 'ID;Имя;Тел\n5;Иван;8 (916) 123-45-67\n'] })
  const summary = load({ 'deals.csv': [{ ...deals, fields: { ...dealFields, contact: { column: 'Тел', match: 'phone' } } },
    'ID;Этап;Сумма;Кто;Создана;Тел\n1;Новая;100;анна;01.03.2025;+7 916 123 45 67\n2;Новая;100;Борис;01.03.2025;+7 916 000 00 00\n3;Новая;5;Глеб;01.03.2025;\n'] })
  const ids = query({ measures: ['deals_created'], dimensions: ['employee'] }).map(([member, n]) => [member.id, n])
  assert.deepEqual(ids.sort(), [['7', 1], ['Борис', 1], ['Глеб', 1]], 'two people are called Борис: neither is guessed')
  const clients = query({ measures: ['deals_created'], dimensions: ['client'] }).map(([member]) => member.id)
  assert.ok(clients.includes('contact:5'))
  assert.deepEqual(summary.dangling_references.map(({ column, rows }) => [column, rows]), [['Тел', 1]])
  const calls = load({ 'payments.csv': [{ entity: 'payments', fields: { id: 'N', deal: 'Сделка', amount: 'Сумма' } }, 'N;Сделка;Сумма\n1;1;50\n2;77;60\n'] })
  assert.deepEqual(calls.dangling_references.map(({ column, rows, examples }) => [column, rows, examples]), [['Сделка', 1, ['77']]])
})

test('dates of stages that were corrected or removed replace the old ones', () => {
  const dated = { entity: 'deals', fields: { ...dealFields, closed_at: 'Успех' }, stage_dates: { Договор: 'Договор', Успех: 'Успех' } }
  const text = (one, two) => `ID;Этап;Сумма;Кто;Создана;Договор;Успех\n1;Успех;100;Анна;01.01.2025;${one}\n2;Договор;10;Анна;01.01.2025;${two}\n`
  load({ 'deals.csv': [dated, text('10.01.2025;20.01.2025', '15.01.2025;')] })
  assert.deepEqual(by('month', 'deals_won'), { 'январь 2025': 1 })
  const second = load({ 'deals.csv': [dated, text('10.01.2025;20.02.2025', '15.01.2025;')] })
  assert.equal(second.stored, 1)
  const months = () => query({ measures: ['deals_won', 'stage_entered'], dimensions: ['month'], period: { from: '2025-01-01', to: '2025-03-01' } }).map((row) => row.slice(1))
  assert.deepEqual(months(), [[0, 2], [1, 1]])
  load({ 'deals.csv': [dated, text(';20.02.2025', '15.01.2025;')] })
  assert.deepEqual(query({ measures: ['stage_entered'], dimensions: ['stage'] }).map(([stage, n]) => [stage.label, n]).sort(), [['Договор', 1], ['Успех', 1]])
})

test('a corrected file of moves replaces them card by card; `adds` continues them', () => {
  const moves = { entity: 'stage_history', fields: { deal: 'Сделка', stage: 'Этап', moved_at: 'Когда' } }
  const entered = () => Object.fromEntries(query({ measures: ['stage_entered'], dimensions: ['stage'] }).map(([stage, n]) => [stage.label, n]))
  const cards = [deals, dealRows('1;Договор;100;Анна;01.01.2025', '2;Договор;100;Анна;01.01.2025')]
  load({ 'deals.csv': cards, 'history.csv': [moves, 'Сделка;Этап;Когда\n1;Новая;01.01.2025\n1;Договор;05.01.2025\n1;Отказ;06.01.2025\n1;Договор;07.01.2025\n2;Новая;01.01.2025\n2;Договор;03.01.2025\n'] })
  assert.deepEqual(entered(), { Новая: 2, Договор: 2, Отказ: 1 })
  const corrected = load({ 'history.csv': [moves, 'Сделка;Этап;Когда\n1;Новая;01.01.2025\n1;Договор;05.01.2025\n'] })
  assert.deepEqual([corrected.read, corrected.stored, corrected.unchanged], [2, 0, 2])
  assert.deepEqual(entered(), { Новая: 2, Договор: 2 }, 'the refusal of deal 1 is gone, deal 2 keeps its moves')
  load({ 'more.csv': [{ ...moves, adds: true }, 'Сделка;Этап;Когда\n2;Новая;09.01.2025\n2;Договор;11.01.2025\n'] })
  const visits = query({ measures: ['stage_entered'], dimensions: ['day', 'stage'] }).reduce((sum, row) => sum + row[2], 0)
  assert.equal(visits, 6)
})

test('a row per product is one deal; lines may come later and again', () => {
  const products = { entity: 'deals', fields: { ...dealFields, product: { column: 'Товар', match: 'name' }, product_price: 'Цена', product_quantity: 'Штук', product_amount: 'Итог' } }
  const text = 'ID;Этап;Сумма;Кто;Создана;Товар;Цена;Штук;Итог\n1;Новая;500;Анна;01.01.2025;Стол;100;2;200\n1;Новая;500;Анна;01.01.2025;Шкаф;300;1;300\n1;;;;;Лампа;0;1;0\n2;Новая;70;Анна;01.01.2025;Стул;70;1;70\n'
  const first = load({ 'deals.csv': [products, text] })
  assert.deepEqual([first.read, first.stored, first.rejected, first.skipped], [4, 4, 0, 0])
  const again = load({ 'deals.csv': [products, text] })
  assert.deepEqual([again.stored, again.unchanged], [0, 4])
  assert.deepEqual(by('product', 'deals_created', 'created_amount'), { Шкаф: [1, '500.00'], Стул: [1, '70.00'] }, 'a deal counts under its largest line')
  const lines = { entity: 'product_lines', fields: { deal: 'Сделка', product: { column: 'Товар', match: 'name' }, amount: 'Итог' } }
  const more = ['lines-1.csv', 'lines-2.csv'].map((name, i) => [name, [lines, i ? 'Сделка;Товар;Итог\n2;Диван;900\n404;Стол;1\n' : 'Сделка;Товар;Итог\n2;Стул;70\n']])
  const later = load(Object.fromEntries(more))
  assert.deepEqual([later.read, later.stored, later.rejected], [3, 2, 1])
  assert.deepEqual(by('product', 'deals_created'), { Шкаф: 1, Диван: 1 })
  const same = load(Object.fromEntries(more))
  assert.deepEqual([same.stored, same.unchanged, same.rejected], [0, 2, 1])
})

test('a mistake in the mapping names its file, its line and the nearest name', () => {
  spawnSync('mkdir', ['-p', folder])
  const map = path.join(folder, 'wrong.yaml'), file = path.join(folder, 'deals.csv')
  writeFileSync(map, 'portal: {zone: Europe/Moscow, currency: RUB}\nfiles:\n  - file: deals.csv\n    entity: deals\n    fields:\n      id: ID\n      onwer: Кто\n')
  writeFileSync(file, dealRows('1;Новая;100;Анна;01.03.2025'))
  const unknown = JSON.parse(svodka('import', '--portal', 'p', '--map', map, file).stderr)
  assert.deepEqual([unknown.code, unknown.place.endsWith('wrong.yaml:7'), unknown.nearest[0]], ['unknown_field', true, 'owner'])
  writeFileSync(map, 'portal: {zone: Europe/Moscow, currency: RUB}\nfiles:\n  - file: deals.csv\n    entity: deals\n    fields:\n      id: ID\n      amount: Суммма\n')
  const column = JSON.parse(svodka('import', '--portal', 'p', '--map', map, file).stderr)
  assert.deepEqual([column.code, column.place.endsWith('wrong.yaml:7'), column.nearest[0]], ['unknown_column', true, 'Сумма'])
  assert.deepEqual(must('portals'), [], 'a portal that never got a row is not left behind')
})
