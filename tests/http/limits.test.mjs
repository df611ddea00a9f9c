// Requests that are small to write and great to answer: the first rows are given, the whole is refused, the server lives on.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { Folder } from './program.mjs'

const mapping = `
portal: {name: Wide, zone: Etc/UTC, currency: RUB}
pipelines:
  deals:
    - name: Sales
      stages: [New, {name: Won, semantic: S}]
files:
  - file: deals*.csv
    entity: deals
    fields: {id: id, title: id, stage: stage, amount: amount, owner: {column: owner, match: name}, source: source, created_at: created, closed_at: created}
    stage_dates: {Won: created}
`
const day = (n) => new Date(Date.UTC(2015, 0, 1 + n)).toISOString().slice(0, 10)
const kDeals = 3000, kDays = 3650
const megabytes = (name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))[1]) / 1024

let folder, server
before(async () => {
  folder = new Folder()
  const rows = Array.from({ length: kDeals }, (_, i) => `${i},Won,10,Person ${i % 60},Source ${(i * 7) % 50},${day((i * 17) % kDays)}`)
  writeFileSync(folder.map, mapping)
  writeFileSync(path.join(folder.path, 'deals.csv'), ['id,stage,amount,owner,source,created', ...rows].join('\n') + '\n')
  await folder.must(['import', '--portal', 'wide', '--map', folder.map, path.join(folder.path, 'deals.csv')])
  server = await folder.serve()
})
after(() => folder.remove())

/** Some 300 combinations of employee and source, each with every day of ten years: a million rows, 3,000 of them with a deal. */
const wide = { measures: ['deals_won'], dimensions: ['day', 'employee', 'source'] }
const query = (request) => ['query', '--portal', 'wide', JSON.stringify(request)]

test('of a million rows the first ones are given, in little memory', async () => {
  await folder.must(query({ measures: ['deals_won'], dimensions: ['employee'] }))
  const before = megabytes('VmRSS')
  const first = JSON.parse(await folder.must(query({ ...wide, limit: 5 })))
  assert.equal(first.rows.length, 5)
  assert.deepEqual(first.rows.map((row) => row[0].id), Array(5).fill(day(0)))
  const most = JSON.parse(await folder.must(query({ ...wide, limit: 5, order: [{ by: 'deals_won', descending: true }] })))
  assert.deepEqual(most.rows.map((row) => row[3]), [1, 1, 1, 1, 1])
  const last = JSON.parse(await folder.must(query({ ...wide, limit: 3, order: [{ by: 'day', descending: true }] })))
  assert.deepEqual(last.rows.map((row) => row[0].id), Array(3).fill(day(kDays - 1)))
  const peak = megabytes('VmHWM')
  assert.ok(peak - before < 400, `${before} MB before, at most ${peak} MB`)
})

test('the whole of it is refused, with totals too, and says what to do', async () => {
  const before = megabytes('VmRSS')
  for (const request of [wide, { ...wide, totals: true }, { ...wide, limit: 5, totals: true, dimensions: ['day', 'month', 'year', 'employee', 'source'] }]) {
    const error = await folder.mustFail(query(request))
    assert.deepEqual([error.code, error.place], ['too_many_rows', 'dimensions'])
    assert.match(error.message, /fewer dimensions/)
  }
  const error = await folder.mustFail(query({ measures: ['deals_won'], dimensions: Array.from({ length: 16 }, (_, i) => `field:${i}`), totals: true }))
  assert.deepEqual([error.code, error.place], ['bad_request', 'dimensions'])
  const peak = megabytes('VmHWM')
  assert.ok(peak - before < 400, `${before} MB before, at most ${peak} MB`)
})

test('every bucket is present in what is given', async () => {
  const table = JSON.parse(await folder.must(query({ measures: ['deals_won'], dimensions: ['day'], period: { from: day(0), to: day(kDays) } })))
  assert.equal(table.rows.length, kDays)
  assert.equal(table.rows.reduce((sum, row) => sum + row[1], 0), kDeals)
})
