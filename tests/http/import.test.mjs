// Files in, figures out, against an oracle that shares nothing with the program: a random company is written down in many
// dialects of CSV, XLSX and HTML, imported by a mapping, and every measure is computed from the company itself as
// metrics.md says. SEED=n tries another company.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { dayNumber, dayText } from './oracle/calendar.mjs'
import { makeCompany } from './oracle/company.mjs'
import { writeCompany } from './oracle/files.mjs'
import { compute, dimensions, emptyOf, measures, timeDimensions, Truth } from './oracle/measures.mjs'

const run = promisify(execFile)
const binary = process.env.SVODKA_BIN ?? fileURLToPath(new URL('../../build/release/svodka', import.meta.url))
const seed = Number(process.env.SEED ?? 7)
const known = new Set()

const isTrue = (ours, theirs) => {
  if (ours === null || theirs === null) return ours === theirs
  if (typeof theirs === 'string') return ours === theirs  // sums of money are exact
  if (Number.isInteger(theirs)) return Number(ours) === theirs || (typeof ours === 'string' && Math.abs(Number(ours) - theirs) <= 0.005001)
  return Math.abs(Number(ours) - theirs) <= Math.max(0.005001 * (typeof ours === 'string'), 1e-9 * Math.abs(theirs), Number.isInteger(ours) ? 0.5 : 1e-9)
}

const agree = (wrong) => {
  if (wrong.length) assert.fail(`${wrong.length} differences\n${wrong.slice(0, 40).join('\n')}`)
}

class Portal {
  constructor(company) {
    this.company = company
    this.folder = mkdtempSync(path.join(tmpdir(), 'svodka-oracle-'))
    this.written = writeCompany(company, this.folder)
    this.truth = new Truth(company)
  }
  async svodka(...args) {
    try {
      return (await run(binary, ['--data', path.join(this.folder, 'data'), ...args], { maxBuffer: 1 << 28 })).stdout
    } catch (error) {
      throw new Error(`svodka ${args.join(' ')}\n${error.stderr}`)
    }
  }
  import() { return this.svodka('import', '--portal', 'p', '--map', this.written.map, ...this.written.paths).then(JSON.parse) }
  query(request) { return this.svodka('query', '--portal', 'p', JSON.stringify(request)).then(JSON.parse) }
  records(request) { return this.svodka('records', '--portal', 'p', JSON.stringify(request)).then(JSON.parse) }
  /** From here on every command answers through the socket of a running server, which spares the start of each. */
  async serve() {
    this.server = spawn(binary, ['--data', path.join(this.folder, 'data'), 'serve', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] })
    await new Promise((done, fail) => {
      let said = ''
      const hear = (piece) => (said += piece).includes('running: http') && done()
      this.server.stdout.setEncoding('utf8').on('data', hear)
      this.server.stderr.setEncoding('utf8').on('data', hear)
      this.server.on('exit', (code) => fail(new Error(`serve ended with ${code}\n${said}`)))
    })
  }
  async remove() {
    if (this.server && this.server.exitCode === null) {
      await new Promise((done) => {
        this.server.removeAllListeners('exit')
        this.server.on('exit', done)
        this.server.kill('SIGTERM')
      })
    }
    rmSync(this.folder, { recursive: true, force: true })
  }

  names(keep = () => true) { return Object.keys(measures).filter((name) => known.has(measures[name].id ?? name) && keep(name)) }
  request(names, dimension, period) {
    return { measures: names.map((name) => ({ measure: measures[name].id ?? name, ...(measures[name].args ? { args: measures[name].args } : {}), as: name.replace(/\W/g, '_') })),
      dimensions: dimension ? [dimension] : [], ...(period ? { period: { from: dayText(period.from), to: dayText(period.to) } } : {}) }
  }
  /** Differences of all measures that have the dimension. */
  async differences(dimension, period) {
    const expected = new Map(this.names().map((name) => [name, compute(this.truth, name, dimension, period)]).filter(([, value]) => value !== undefined))
    const names = [...expected.keys()]
    const answer = await this.query(this.request(names, dimension, period))
    const at = dimension ? 1 : 0
    const wrong = []
    const ours = new Map(answer.rows.map((row) => [dimension ? row[0].id : '', row.slice(at)]))
    names.forEach((name, i) => {
      const keys = new Set([...ours.keys(), ...expected.get(name).keys()])
      for (const key of keys) {
        const theirs = expected.get(name).has(key) ? expected.get(name).get(key) : emptyOf(name)
        const cell = ours.has(key) ? ours.get(key)[i] : emptyOf(name)
        if (!isTrue(cell, theirs)) wrong.push(`${name} by ${dimension ?? 'nothing'} ${key} in ${period ? `${dayText(period.from)}..${dayText(period.to)}` : 'all time'}: ${cell}, must be ${theirs}`)
      }
    })
    return wrong
  }
}

const day = dayNumber
const year = { from: day('2024-01-01'), to: day('2025-01-01') }
const quarter = { from: day('2025-01-01'), to: day('2025-04-01') }
const odd = { from: day('2024-03-17'), to: day('2024-11-06') }
const all = { from: day('2023-12-01'), to: day('2026-03-01') }

const companies = [
  { name: 'one currency, days of closing only', zone: 'Europe/Moscow', base: 'RUB', history: 'closed', plain: true },
  { name: 'currencies, a column of dates per stage', zone: 'America/New_York', base: 'USD', history: 'dates' },
  { name: 'currencies, a file of moves with returns', zone: 'Europe/Berlin', base: 'RUB', history: 'file' },
]

for (const [i, shape] of companies.entries()) {
  describe(`seed ${seed}: ${shape.name}`, () => {
    let portal
    before(async () => {
      portal = new Portal(makeCompany(seed * 10 + i, shape))
      for (const { id } of JSON.parse(await portal.svodka('model', '--format', 'json')).measures) known.add(id)
    })
    after(() => portal.remove())

    test('every row is read, the wrong ones are rejected, a second import stores nothing', async () => {
      const summary = await portal.import()
      assert.deepEqual(Object.fromEntries(summary.files.map((file) => [file.file, { read: file.read, rejected: file.rejected }])), portal.written.expected)
      const again = await portal.import()
      assert.deepEqual([again.stored, again.unchanged, again.rejected], [0, summary.stored, summary.rejected])
      const request = portal.request(portal.names(), 'employee', odd)
      const alone = await portal.query(request)
      await portal.serve()
      assert.deepEqual(await portal.query(request), alone, 'the same answer through the socket')
    })
    for (const dimension of [null, ...Object.keys(dimensions)]) {
      test(`measures by ${dimension ?? 'nothing'}`, async () => {
        const periods = dimension === null ? [null, year, quarter, odd, all] : [null, odd]
        agree((await Promise.all(periods.map((period) => portal.differences(dimension, period)))).flat())
      })
    }
    for (const grain of timeDimensions) {
      test(`measures by ${grain}`, async () => agree(await portal.differences(grain, grain === 'day' ? quarter : odd)))
    }
    test('settings that the model names are the defaults of its measures', async () => {
      const number = async (measure) => (await portal.query({ measures: [measure] })).rows[0][0]
      for (const [measure, setting, value] of [['calls_effective', 'call_seconds_min', '86400'], ['deals_forgotten', 'forgotten_days', '3650']]) {
        const before = await number(measure)
        assert.ok(before > 0, `${measure}: ${before}`)
        await portal.svodka('settings', 'set', '--portal', 'p', setting, value)
        assert.equal(await number(measure), 0, setting)
        await portal.svodka('settings', 'reset', '--portal', 'p', setting)
        assert.equal(await number(measure), before, setting)
      }
    })
  })
}
