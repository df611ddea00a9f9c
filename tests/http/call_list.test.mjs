// A PBX's or an operator's list of calls into the portal of a CRM, against both emulators. What must come out is counted here
// from the list and from the emulator's own answers; the program is only asked for its figures.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Folder } from './program.mjs'

const emulator = process.env.SVODKA_EMULATOR
assert.ok(emulator, 'SVODKA_EMULATOR names the emulator; ./run test sets it')
const fixtures = fileURLToPath(new URL('../fixtures/calls/', import.meta.url))

const period = { from: '2026-01-01', to: '2026-04-01' }
const digits = (phone) => phone.replace(/\D/g, '').replace(/^8(?=\d{10}$)/, '7')
const two = (number) => String(number).padStart(2, '0')
/** As the lists write it: in the portal's zone, Moscow. */
const local = (ms) => {
  const at = new Date(ms + 3 * 3600e3)
  return `${two(at.getUTCDate())}.${two(at.getUTCMonth() + 1)}.${at.getUTCFullYear()} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`
}

const listening = (child) => new Promise((done, fail) => {
  let said = ''
  const hear = (piece) => {
    said += piece
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said)
    if (found) done(found[0])
  }
  child.stdout.setEncoding('utf8').on('data', hear)
  child.stderr.setEncoding('utf8').on('data', hear)
  child.on('exit', () => fail(new Error(said)))
})
const usual = ['serve', '--deals', '1000', '--seed', '7', '--today', '2026-03-31', '--limits-off', '--listen', '127.0.0.1:0']

/** What the CRM tells of calls, people and clients: { calls: [{phone, at, direction, seconds}], people: [name], client: {phone} }. */
const crms = {
  bitrix24: {
    async start(folder) {
      const file = path.join(folder.path, 'webhook')
      const child = spawn(emulator, [...usual, '--webhook-file', file], { stdio: ['ignore', 'pipe', 'pipe'] })
      await listening(child)
      for (let i = 0; i < 200 && !existsSync(file); ++i) await new Promise((resolve) => setTimeout(resolve, 50))
      const webhook = (await readFile(file, 'utf8')).trim().replace(/\/?$/, '/')
      this.ask = async (method, params = {}) => (await fetch(webhook + method, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(params) })).json()
      return { child, connect: ['connect', 'bitrix24', '--portal', 'crm', '--webhook-file', file] }
    },
    async facts() {
      const rows = (await this.ask('voximplant.statistic.get', { FILTER: { '>CALL_START_DATE': '2026-02-01T00:00:00+03:00' }, SORT: 'CALL_START_DATE', ORDER: 'ASC' })).result
      const people = (await this.ask('user.get', { FILTER: { ACTIVE: true } })).result.map((user) => `${user.NAME} ${user.LAST_NAME}`)
      const contacts = (await this.ask('crm.contact.list', { select: ['ID', 'PHONE', 'COMPANY_ID'] })).result
      return {
        calls: rows.filter((row) => row.PHONE_NUMBER).map((row) => ({ phone: digits(row.PHONE_NUMBER), at: Date.parse(row.CALL_START_DATE), out: row.CALL_TYPE === '1', seconds: Number(row.CALL_DURATION) })),
        people, phones: contacts.flatMap((one) => (one.PHONE ?? []).map((phone) => digits(phone.VALUE))),
      }
    },
  },
  amocrm: {
    async start(folder) {
      const token = path.join(folder.path, 'token')
      writeFileSync(token, 'tok-calls')
      const child = spawn(emulator, [...usual, '--crm', 'amocrm', '--token', 'tok-calls'], { stdio: ['ignore', 'pipe', 'pipe'] })
      const origin = await listening(child)
      this.ask = async (target) => (await fetch(`${origin}/api/v4/${target}`, { headers: { authorization: 'Bearer tok-calls' } })).json()
      return { child, connect: ['connect', 'amocrm', '--portal', 'crm', '--url', origin, '--token-file', token, '--lead-pipelines', '7000001'] }
    },
    async facts() {
      const notes = []
      for (const kind of ['leads', 'contacts']) {
        const page = await this.ask(`${kind}/notes?limit=250&filter[note_type][]=call_out&filter[note_type][]=call_in`).catch(() => null)
        notes.push(...(page?._embedded?.notes ?? []))
      }
      const people = (await this.ask('users?limit=250'))._embedded.users.map((user) => user.name)
      const contacts = (await this.ask('contacts?limit=250'))._embedded.contacts
      return {
        calls: notes.filter((note) => note.params?.phone).map((note) => ({ phone: digits(String(note.params.phone)), at: note.created_at * 1000, out: note.note_type === 'call_out', seconds: Number(note.params.duration) || 0 })),
        people,
        phones: contacts.flatMap((one) => (one.custom_fields_values ?? []).filter((field) => field.field_code === 'PHONE').flatMap((field) => field.values.map((value) => digits(String(value.value))))),
      }
    },
  },
}

for (const [name, crm] of Object.entries(crms)) {
  describe(name, () => {
    let folder, child, connect, facts, list, theirs, before, silent, file, map
    const day = { from: '2026-03-15', to: '2026-03-16' }
    const notCalled = async () => Number((await query({ measures: ['clients_not_called'], period: day })).rows[0][0])
    const query = async (request, portal = 'crm') => JSON.parse(await folder.must(['query', '--portal', portal, JSON.stringify({ period, ...request })]))
    const total = async (portal) => {
      const answer = await query({ measures: ['calls_count', { measure: 'calls_duration', as: 'talk' }, { measure: 'activities', args: { kind: 'call' }, as: 'acts' }] }, portal)
      const [count, talk, acts] = answer.rows[0].map(Number)
      return { count, talk, acts }
    }
    const bring = (file, map, portal = 'crm') => folder.must(['import', '--portal', portal, '--map', map, file]).then(JSON.parse)

    after(async () => {
      child?.removeAllListeners('exit')
      child?.kill('SIGTERM')
      await folder?.remove()
    })

    test('a list is suggested, imported and matched; what the CRM has is not counted twice', { timeout: 300_000 }, async () => {
      folder = new Folder()
      ;({ child, connect } = await crm.start(folder))
      await folder.must(connect)
      await folder.must(['sync', '--portal', 'crm'])
      facts = await crm.facts()
      assert.ok(facts.calls.length > 0, 'the emulator tells of calls')
      before = await total()
      silent = await notCalled()
      assert.ok(before.count > 0)
      // Two calls of the CRM, a minute later in the list; two with a client that the CRM never saw; one with a stranger.
      theirs = facts.calls.filter((call, i, all) => i > 0 && all.every((other, j) => i === j || other.phone !== call.phone || Math.abs(other.at - call.at) > 600e3)).slice(0, 2)
      const person = facts.people[0]
      const client = facts.phones.find((phone) => facts.phones.filter((other) => other === phone).length === 1)
      const at = Date.parse('2026-03-15T04:00:00Z')
      list = [
        ...theirs.map((call) => ({ phone: call.phone, at: call.at + 60e3, out: call.out, seconds: call.seconds })),
        { phone: client, at, out: true, seconds: 75 },
        { phone: client, at: at + 3600e3, out: false, seconds: 0 },
        { phone: '74990000001', at: at + 7200e3, out: true, seconds: 20 },
      ].map((call) => ({ ...call, person }))
      file = path.join(folder.path, 'calls.csv')
      writeFileSync(file, ['Сотрудник;Тип звонка;Номер клиента;Дата и время;Длительность',
        ...list.map((call) => [call.person, call.out ? 'исх' : 'вх', `+${call.phone}`, local(call.at), `00:${two(Math.floor(call.seconds / 60))}:${two(call.seconds % 60)}`].join(';'))].join('\n'))
      map = path.join(folder.path, 'calls.yaml')
      writeFileSync(map, await folder.must(['import', '--suggest', file]))
      const told = await bring(file, map)
      assert.equal(told.calls.calls, 5)
      assert.equal(told.calls.in_crm, 2)
      assert.equal(told.calls.with_employee, 5)
      assert.equal(told.calls.unknown.examples.includes('74990000001'), true, JSON.stringify(told.calls))
      const now = await total()
      assert.equal(now.count - before.count, 3)
      assert.equal(now.acts - before.acts, 3)
      assert.equal(now.talk - before.talk, 95)
      const again = await bring(file, map)
      assert.equal(again.stored, 0)
      assert.equal(again.data_version, told.data_version)
    })

    test('a sweep of everything leaves the calls of lists alone', { timeout: 300_000 }, async () => {
      const before = await total()
      await folder.must(['sync', '--portal', 'crm', '--sweep'])
      assert.deepEqual(await total(), before)
    })

    test('other files stay refused, and nothing of the portal changes', async () => {
      const settings = await folder.must(['portals'])
      const refused = await folder.mustFail(['import', '--portal', 'crm', '--map', folder.map, folder.deals])
      assert.equal(refused.code, 'portal_of_crm')
      assert.equal(await folder.must(['portals']), settings)
    })

    test('a client whom only a list has called is called; a list that is taken back leaves nothing, and may come again', { timeout: 300_000 }, async () => {
      // The contact, and its company where it has one.
      const called = silent - (await notCalled())
      assert.ok(called === 1 || called === 2, `${called} clients`)
      const lists = async (...more) => JSON.parse(await folder.must(['import', '--portal', 'crm', ...(more.length ? more : ['--lists'])]))
      const { lists: [one, ...others] } = await lists()
      assert.deepEqual([others.length, one.file, one.calls], [0, 'calls.csv', 5])
      const back = await lists('--take-back', one.list)
      assert.deepEqual([back.taken_back, back.lists], [5, []])
      assert.deepEqual(await total(), before)
      assert.equal(await notCalled(), silent)
      assert.equal((await folder.mustFail(['import', '--portal', 'crm', '--take-back', one.list])).code, 'unknown_list')
      assert.equal((await bring(file, map)).stored, 5)
      assert.equal((await total()).count, before.count + 3)
      assert.equal(await notCalled(), silent - called)
    })

    test('a portal that is loaded anew has its lists again, not those taken back', { timeout: 300_000 }, async () => {
      const [counts, quiet] = [await total(), await notCalled()]
      const other = path.join(folder.path, 'more.csv')
      writeFileSync(other, `Сотрудник;Тип звонка;Номер клиента;Дата и время;Длительность\n${facts.people[0]};исх;+74990000002;16.03.2026 10:00:00;00:00:40`)
      await bring(other, map)
      const { lists } = JSON.parse(await folder.must(['import', '--portal', 'crm', '--lists']))
      await folder.must(['import', '--portal', 'crm', '--take-back', lists.find((one) => one.file === 'more.csv').list])
      rmSync(path.join(folder.data, 'portals', 'crm.duckdb'))
      rmSync(path.join(folder.data, 'portals', 'crm.duckdb.wal'), { force: true })
      await folder.must(['sync', '--portal', 'crm'])
      assert.deepEqual(await total(), counts)
      assert.equal(await notCalled(), quiet)
      const after = JSON.parse(await folder.must(['import', '--portal', 'crm', '--lists']))
      assert.deepEqual(after.lists.map((one) => [one.file, one.calls]), [['calls.csv', 5]])
    })

    test('a call that the CRM tells of later is not counted twice either', { timeout: 300_000 }, async () => {
      const other = new Folder()
      try {
        await other.must(connect)
        const file = path.join(folder.path, 'calls.csv'), map = path.join(folder.path, 'calls.yaml')
        const told = JSON.parse(await other.must(['import', '--portal', 'crm', '--map', map, file]))
        assert.equal(told.calls.in_crm, 0)
        await other.must(['sync', '--portal', 'crm'])
        const request = JSON.stringify({ period, measures: ['calls_count', { measure: 'calls_duration', as: 'talk' }] })
        const [ours, theirs] = await Promise.all([other, folder].map((one) => one.must(['query', '--portal', 'crm', request]).then(JSON.parse)))
        assert.deepEqual(ours.rows, theirs.rows)
      } finally {
        await other.remove()
      }
    })
  })
}

describe('layouts', () => {
  for (const [file, entity] of [['operator.csv', 'calls'], ['asterisk.csv', 'calls'], ['cloud.csv', 'calls']]) {
    test(`${file} is known for a list of calls`, async () => {
      const folder = new Folder()
      try {
        const yaml = await folder.must(['import', '--suggest', path.join(fixtures, file)])
        assert.match(yaml, new RegExp(`entity: ${entity}\\n`))
      } finally {
        await folder.remove()
      }
    })
  }
})
