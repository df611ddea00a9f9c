// Writing back to the CRM, the whole way: tasks on forgotten deals, re-assigning, a daily rule; each change once, whatever is
// cut or killed. The emulators count what was asked of them.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Folder } from './program.mjs'

const emulator = process.env.SVODKA_EMULATOR
assert.ok(emulator, 'SVODKA_EMULATOR names the program; ./run test sets it')
const forgotten = JSON.stringify({ measures: ['deals_forgotten'], cell: { measure: 'deals_forgotten', values: {} }, order: [{ by: 'id' }] })

async function waitFor(what, attempt, tries = 600) {
  for (let i = 0; i < tries; ++i) {
    const value = await attempt()
    if (value) return value
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`gave up waiting for ${what}`)
}

class World {
  constructor(crm) {
    this.crm = crm
  }
  async start() {
    this.scratch = await mkdtemp(path.join(tmpdir(), 'svodka-actions-'))
    this.folder = new Folder()
    const addressFile = path.join(this.scratch, 'address')
    this.company = spawn(emulator, ['serve', '--crm', this.crm, '--deals', '1000', '--seed', '7', '--today', '2026-03-31', '--speed', '0', '--limits-off',
      '--listen', '127.0.0.1:0', '--webhook-file', addressFile], { stdio: 'ignore' })
    const address = (await waitFor('the emulator', () => readFile(addressFile, 'utf8').catch(() => null))).trim().split(/\s/)[0]
    this.origin = new URL(address).origin
    this.webhook = address
    const secret = path.join(this.scratch, 'secret')
    await writeFile(secret, this.crm === 'amocrm' ? 'emulator-token\n' : `${address}\n`)
    await this.folder.must(this.crm === 'amocrm'
      ? ['connect', 'amocrm', '--portal', 'demo', '--url', this.origin, '--token-file', secret]
      : ['connect', 'bitrix24', '--portal', 'demo', '--webhook-file', secret])
    await this.folder.must(['sync', '--portal', 'demo'])
  }
  async stop() {
    this.company?.kill('SIGTERM')
    await this.folder?.remove()
    await rm(this.scratch, { recursive: true, force: true })
  }
  control(body) {
    return fetch(`${this.origin}/_control`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  }
  async asked(method) {
    return (await (await fetch(`${this.origin}/_stats`)).json()).by_method[method] ?? 0
  }
  async act(...args) {
    return JSON.parse(await this.folder.must(['act', '--portal', 'demo', '--format', 'json', ...args]))
  }
  /** To-dos of a deal whose description holds our mark. */
  async todos(deal) {
    const body = new URLSearchParams({ 'filter[OWNER_TYPE_ID]': '2', 'filter[OWNER_ID]': deal, 'order[ID]': 'DESC' })
    const answer = await (await fetch(`${this.webhook}/crm.activity.list`.replace('//crm', '/crm'), { method: 'POST', body })).json()
    return answer.result.filter((row) => /Svodka #/.test(row.DESCRIPTION ?? ''))
  }
}

describe('Bitrix24', () => {
  const world = new World('bitrix24')
  let all, deals
  const task = (ids, text, ...rest) => ['--kind', 'task', '--text', text, '--deadline', '+1 12:00', '--cards', ids.map((id) => `deal:${id}`).join(','), ...rest]
  before(async () => {
    await world.start()
    // Some belong to people who have left: nobody would do their tasks.
    const plan = await world.act('--kind', 'task', '--text', 'x', '--deadline', '+1', '--records', forgotten)
    all = plan.total
    deals = plan.steps.filter((step) => !step.skip).map((step) => step.id)
    assert.ok(deals.length > 20, `the company has forgotten deals: ${deals.length}`)
  }, { timeout: 120_000 })
  after(() => world.stop())

  test('a preview sends nothing and says what is skipped', async () => {
    const preview = await world.act(...task([...deals.slice(0, 2), '999999'], 'Позвонить'))
    assert.equal(preview.planned, 2)
    assert.deepEqual(preview.skipped, { unknown_card: 1 })
    assert.equal(preview.writing, false)
    assert.equal(await world.asked('crm.activity.todo.add'), 0)
  })

  test('nothing is written until an administrator switches writing on', async () => {
    const error = await world.folder.mustFail(['act', '--portal', 'demo', ...task(deals.slice(0, 2), 'Позвонить', '--send')])
    assert.equal(error.code, 'writing_off')
    await world.folder.must(['settings', 'set', '--portal', 'demo', 'writing', 'true'])
  })

  test('a request makes each task once, however often it is sent', async () => {
    const ids = deals.slice(0, 3)
    const first = await world.act(...task(ids, 'Позвонить', '--send', '--id', 'one'))
    assert.equal(first.state, 'done')
    assert.equal(first.counts.sent, 3)
    for (const card of first.cards) assert.match(card.crm_id, /^\d+$/)
    const again = await world.act(...task(ids, 'Позвонить', '--send', '--id', 'one'))
    assert.deepEqual(again, first)
    assert.equal(await world.asked('crm.activity.todo.add'), 3)
    const error = await world.folder.mustFail(['act', '--portal', 'demo', ...task(ids, 'Другое', '--send', '--id', 'one')])
    assert.equal(error.code, 'action_differs')
    // Another request with the same words finds the tasks open, although the copy has not seen them yet.
    assert.deepEqual((await world.act(...task(ids, 'Позвонить'))).skipped, { same_task: 3 })
  })

  test('an answer that is cut does not double the task', async () => {
    const ids = deals.slice(3, 6)
    await world.control({ rate_drop_writes: 1 })
    const outcome = await world.act(...task(ids, 'Проверить оплату', '--send'))
    await world.control({ rate_drop_writes: 0 })
    assert.equal(outcome.counts.sent, 3)
    for (const id of ids) assert.equal((await world.todos(id)).length, 1)
  })

  test('kill -9 between the call and its answer does not double the task', async () => {
    const ids = deals.slice(6, 8)
    const calls = await world.asked('crm.activity.todo.add')
    await world.control({ rate_stall: 1, stall_ms: 4000 })
    const child = spawn(process.env.SVODKA_BIN, ['--data', world.folder.data, 'act', '--portal', 'demo', ...task(ids, 'Уточнить срок', '--send', '--id', 'killed')], { stdio: 'ignore' })
    await waitFor('the call', async () => (await world.asked('crm.activity.todo.add')) > calls)
    child.kill('SIGKILL')
    await new Promise((resolve) => child.on('exit', resolve))
    await world.control({ rate_stall: 0 })
    const outcome = await world.act(...task(ids, 'Уточнить срок', '--send', '--id', 'killed'))
    assert.equal(outcome.counts.sent, 2)
    for (const id of ids) assert.equal((await world.todos(id)).length, 1)
    assert.equal(await world.asked('crm.activity.todo.add'), calls + 2)
  })

  test('without the right to write every card says so', async () => {
    await world.control({ read_only: true })
    const outcome = await world.act(...task(deals.slice(8, 10), 'Позвонить ещё раз', '--send', '--id', 'refused'))
    assert.equal(outcome.state, 'failed')
    assert.equal(outcome.cards[0].error.code, 'no_right')
    await world.control({ read_only: false })
    const again = await world.act('--retry', 'refused')
    assert.equal(again.state, 'done')
    assert.equal(again.counts.sent, 2)
  })

  test('a rule is off at first, finds its cards anew, and does not make a second task while one is open', async () => {
    const rule = { name: 'Забытые', hour: 9, cards_max: 5, order: { kind: 'task', text: 'Следующий шаг', deadline: 'tomorrow 12:00', records: JSON.parse(forgotten) } }
    const list = JSON.parse(await world.folder.must(['rules', '--portal', 'demo', '--format', 'json', '--add', JSON.stringify(rule)]))
    assert.equal(list.rules[0].enabled, false)
    const preview = JSON.parse(await world.folder.must(['rules', '--portal', 'demo', '--format', 'json', '--preview', list.rules[0].id]))
    assert.equal(preview.planned, 5)
    assert.ok(preview.skipped.limit > 0)
    const on = JSON.parse(await world.folder.must(['rules', '--portal', 'demo', '--format', 'json', '--on', list.rules[0].id]))
    assert.equal(on.rules[0].enabled, true)
    const bad = await world.folder.mustFail(['rules', '--portal', 'demo', '--add', JSON.stringify({ ...rule, order: { ...rule.order, deadline: '2030-01-01 10:00' } })])
    assert.equal(bad.code, 'bad_rule')
    await world.folder.must(['rules', '--portal', 'demo', '--remove', list.rules[0].id])
  })

  test('a rule fires by itself from its hour on, once a day and within its limit; one whose hour has not come, or that is off, waits', { timeout: 180_000 }, async () => {
    const rules = async (...args) => JSON.parse(await world.folder.must(['rules', '--portal', 'demo', '--format', 'json', ...args])).rules
    const add = async (name, hour, cards_max) => rules('--add', JSON.stringify({ name, hour, cards_max, order: { kind: 'task', text: `Правило ${name}`, deadline: 'tomorrow 12:00', records: JSON.parse(forgotten) } }))
    for (const [name, hour] of [['due', 0], ['later', 23], ['off', 0]]) await add(name, hour, 3)
    const named = async (name) => (await rules()).find((rule) => rule.name === name)
    for (const name of ['due', 'later']) await rules('--on', (await named(name)).id)
    // A rule that was changed after its hour runs from the next day on: these were made days ago.
    const old = (Date.now() - 3 * 86_400_000) * 1000
    assert.equal(spawnSync('sqlite3', [path.join(world.folder.data, 'state.sqlite'), `update action_rule set changed_at = ${old}`]).status, 0)
    const calls = await world.asked('crm.activity.todo.add')
    const server = await world.folder.serve({ first: false })
    const ran = await waitFor('the rule', async () => {
      const [run] = (await named('due')).runs
      return run && (await world.asked('crm.activity.todo.add')) >= calls + 3 && run
    }, 1200)
    assert.deepEqual([ran.planned, ran.error], [3, null])
    assert.ok(ran.found > 3 && ran.skipped > 0, JSON.stringify(ran))
    await server.stop()
    assert.equal(await world.asked('crm.activity.todo.add'), calls + 3)
    assert.deepEqual((await named('off')).runs, [])
    const hour = Number(new Intl.DateTimeFormat('en-GB', { hour: '2-digit', hourCycle: 'h23', timeZone: 'Europe/Moscow' }).format())
    if (hour < 23) assert.deepEqual((await named('later')).runs, [])
    // Started again on the same day it does nothing more.
    const again = await world.folder.serve({ first: false })
    await new Promise((resolve) => setTimeout(resolve, 5000))
    await again.stop()
    assert.equal((await named('due')).runs.length, 1)
    assert.equal(await world.asked('crm.activity.todo.add'), calls + 3)
    for (const rule of await rules()) await rules('--remove', rule.id)
  })

  test('over HTTP: taken back in time, sent, and in the report within seconds', async () => {
    await world.folder.must(['user', 'add', '--name', 'A', '--email', 'a@example.ru'], { env: { SVODKA_PASSWORD: 'correct horse battery' } })
    const server = await world.folder.serve({ first: false })
    const base = server.match[1]
    const api = `${base.replace(/\/$/, '')}/api/v1`
    const signed = await fetch(`${api}/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: 'a@example.ru', password: 'correct horse battery' }) })
    const cookie = signed.headers.get('set-cookie').split(';')[0]
    const { csrf } = await signed.json()
    const call = async (method, where, body) => {
      const answer = await fetch(`${api}/${where}`, { method, headers: { cookie, 'x-csrf-token': csrf, 'content-type': 'application/json' }, ...(body && { body: JSON.stringify(body) }) })
      return { status: answer.status, body: answer.status === 204 ? null : await answer.json() }
    }
    await waitFor('a live portal', async () => (await call('GET', 'portals')).body.every((portal) => portal.state === 'live'))
    const count = async () => (await call('POST', 'portals/demo/query', { measures: ['deals_forgotten'] })).body.rows[0][0]
    const start = await waitFor('the tasks of before', async () => {
      const now = await count()
      return now <= all - 10 && now
    })
    const order = { kind: 'task', text: 'Сделать следующий шаг', deadline: 'tomorrow 12:00', records: JSON.parse(forgotten) }
    assert.equal((await fetch(`${api}/portals/demo/actions`)).status, 401)
    assert.equal((await fetch(`${api}/portals/demo/actions`, { method: 'POST', headers: { cookie, 'content-type': 'application/json' }, body: '{}' })).status, 403)
    const preview = (await call('POST', 'portals/demo/actions/preview', order)).body
    assert.equal(preview.total, start)
    const cards = preview.steps.filter((step) => !step.skip).slice(0, 4).map(({ entity, id }) => ({ entity, id }))
    const calls = await world.asked('crm.activity.todo.add')
    const { records: _, ...exact } = order
    // Taken back while it waits.
    const sent = await call('POST', 'portals/demo/actions', { ...exact, cards, id: 'undone' })
    assert.equal(sent.status, 200)
    assert.equal(sent.body.state, 'open')
    const undone = await call('POST', 'portals/demo/actions/undone/cancel')
    assert.equal(undone.body.state, 'cancelled')
    assert.equal(undone.body.counts.cancelled, 4)
    // Sent after the time to take it back.
    await call('POST', 'portals/demo/actions', { ...exact, cards, id: 'sent' })
    const done = await waitFor('the end of sending', async () => {
      const now = (await call('GET', 'portals/demo/actions/sent')).body
      return now.state === 'done' && now
    })
    assert.equal(done.counts.sent, 4)
    assert.equal(await world.asked('crm.activity.todo.add'), calls + 4)
    await waitFor('the report', async () => (await count()) === start - 4, 100)
    assert.equal((await call('GET', 'portals/demo/actions/none')).status, 404)
    assert.equal((await call('PUT', 'portals/demo/writing', { on: false })).body.writing, false)
    assert.equal((await call('POST', 'portals/demo/actions', { ...exact, cards, id: 'late' })).body.code, 'writing_off')
    await call('PUT', 'portals/demo/writing', { on: true })
    // Re-assigning: the card is the other one's within seconds.
    const employees = (await call('GET', 'portals/demo/members/employee')).body.filter((one) => one.id && one.extra !== 'inactive')
    const to = employees.at(-1).id
    const plan = (await call('POST', 'portals/demo/actions/preview', { kind: 'reassign', responsible: to, cards: cards.slice(0, 2) })).body
    assert.ok(plan.steps.every((step) => step.responsible.id === to))
    await call('POST', 'portals/demo/actions', { kind: 'reassign', responsible: to, cards: cards.slice(0, 2), id: 'moved' })
    await waitFor('the end of re-assigning', async () => (await call('GET', 'portals/demo/actions/moved')).body.state === 'done')
    await waitFor('the copy', async () => (await call('POST', 'portals/demo/actions/preview', { kind: 'reassign', responsible: to, cards: cards.slice(0, 2) })).body.planned === 0, 100)
  }, { timeout: 120_000 })
})

describe('amoCRM', () => {
  const world = new World('amocrm')
  before(() => world.start(), { timeout: 120_000 })
  after(() => world.stop())

  test('tasks are made once, also when the answer is cut; a card changes hands', async () => {
    await world.folder.must(['settings', 'set', '--portal', 'demo', 'writing', 'true'])
    const plan = await world.act('--kind', 'task', '--text', 'x', '--deadline', '+1', '--records', forgotten)
    const deals = plan.steps.filter((step) => !step.skip).map((step) => step.id).slice(0, 2)
    await world.control({ rate_drop_writes: 1 })
    const outcome = await world.act('--kind', 'task', '--text', 'Позвонить по оплате', '--deadline', '+1 12:00', '--cards', deals.map((id) => `deal:${id}`).join(','), '--send')
    await world.control({ rate_drop_writes: 0 })
    assert.equal(outcome.counts.sent, 2)
    for (const id of deals) {
      const answer = await (await fetch(`${world.origin}/api/v4/tasks?filter[entity_type]=leads&filter[entity_id][]=${id}&limit=250`, { headers: { authorization: 'Bearer emulator-token' } })).json()
      assert.equal(answer._embedded.tasks.filter((task) => task.text === 'Позвонить по оплате').length, 1)
    }
    const users = (await (await fetch(`${world.origin}/api/v4/users`, { headers: { authorization: 'Bearer emulator-token' } })).json())._embedded.users.filter((user) => user.rights?.is_active !== false)
    const lead = await (await fetch(`${world.origin}/api/v4/leads/${deals[0]}`, { headers: { authorization: 'Bearer emulator-token' } })).json()
    const to = String(users.find((user) => user.id !== lead.responsible_user_id).id)
    const moved = await world.act('--kind', 'reassign', '--responsible', to, '--cards', `deal:${deals[0]}`, '--send')
    assert.equal(moved.counts.sent, 1)
    const now = await (await fetch(`${world.origin}/api/v4/leads/${deals[0]}`, { headers: { authorization: 'Bearer emulator-token' } })).json()
    assert.equal(String(now.responsible_user_id), to)
  })
})
