// Reconciliation of an amoCRM account: its figures come from a walk of its own; every difference made here must be named.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { startCompany } from './company.mjs'
import { Folder } from './program.mjs'

const emulator = process.env.SVODKA_EMULATOR
assert.ok(emulator, 'SVODKA_EMULATOR names the emulator; ./run test sets it')

let folder, account, origin

const command = (...args) => folder.must(args)
const check = async (...options) =>
  JSON.parse(await command('check', '--portal', 'shop', '--from', '2026-01', '--to', '2026-03', '--format', 'json', ...options))
const control = async (what) => {
  const answer = await fetch(`${origin}/_control`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(what) })
  assert.equal(answer.status, 200, await answer.clone().text())
}
const call = async (method, target, body) => {
  const answer = await fetch(`${origin}/api/v4/${target}`, {
    method, headers: { authorization: 'Bearer tok-check', 'content-type': 'application/json' }, ...(body && { body: JSON.stringify(body) }) })
  return answer.status === 204 ? null : answer.json()
}
const seconds = (text) => Date.parse(text) / 1000
const march = async () =>
  (await call('GET', `leads?limit=250&order[id]=asc&filter[created_at][from]=${seconds('2026-03-01T00:00:00+03:00')}&filter[created_at][to]=${seconds('2026-03-31T23:59:59+03:00')}`))._embedded.leads
const causes = (report) => Object.fromEntries(report.findings.map((one) => [one.id, one.cause]))

before(async () => {
  folder = new Folder()
  account = spawn(emulator, ['serve', '--crm', 'amocrm', '--token', 'tok-check', '--deals', '1000', '--seed', '7', '--today', '2026-03-31', '--limits-off',
    '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] })
  origin = await new Promise((done, fail) => {
    let said = ''
    const hear = (piece) => {
      said += piece
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said)
      if (found) done(found[0])
    }
    account.stdout.setEncoding('utf8').on('data', hear)
    account.stderr.setEncoding('utf8').on('data', hear)
    account.on('exit', () => fail(new Error(said)))
  })
  const token = path.join(folder.path, 'token')
  writeFileSync(token, 'tok-check')
  await command('connect', 'amocrm', '--portal', 'shop', '--url', origin, '--token-file', token, '--lead-pipelines', '7000001')
  await command('sync', '--portal', 'shop')
})

after(async () => {
  account?.removeAllListeners('exit')
  account?.kill('SIGTERM')
  await folder.remove()
})

test('a clean account agrees, and its counts are the emulator\'s', async () => {
  const report = await check()
  assert.deepEqual(report.findings, [])
  assert.deepEqual(report.figures.filter((line) => !line.same), [])
  const cards = await march()
  const line = report.figures.find((one) => one.month === '2026-03' && one.dimension === 'total')
  assert.equal(line.ours.count, cards.length)
  assert.equal(line.ours.amount, cards.reduce((sum, card) => sum + card.price, 0).toFixed(2))
  assert.equal(line.ours.won, cards.filter((card) => card.status_id === 142).length)
})

test('deleted, moved and given-away cards are named and repaired', async () => {
  const open = (await march()).filter((card) => ![142, 143].includes(card.status_id) && card.pipeline_id === 7000003)
  assert.ok(open.length >= 3)
  const [gone, moved, given] = open
  await control({ delete: { id: gone.id } })
  await call('PATCH', `leads/${moved.id}`, { status_id: 142, price: 777 })
  const other = open.find((card) => card.responsible_user_id !== given.responsible_user_id).responsible_user_id
  await call('PATCH', `leads/${given.id}`, { responsible_user_id: other })
  const expected = { [gone.id]: 'deleted', [moved.id]: 'stage_changed', [given.id]: 'changed' }
  const seen = await check()
  assert.deepEqual(causes(seen), expected)
  assert.equal(seen.findings.find((one) => one.id === String(moved.id)).crm.amount, '777.00')
  assert.equal(seen.findings[0].url, `${origin}/leads/detail/${seen.findings[0].id}`)
  const repaired = await check('--repair')
  assert.deepEqual(causes(repaired), expected)
  assert.equal(repaired.left, 0)
  assert.deepEqual(repaired.figures.filter((line) => !line.same), [])
  assert.deepEqual((await check()).findings, [])
  await control({ restore: { id: gone.id } })
  assert.deepEqual(causes(await check('--repair')), { [gone.id]: 'returned' })
  assert.deepEqual((await check()).findings, [])
})

test('days without a sync, filters off and pages that drift', async () => {
  await control({ step_minutes: 1440 })
  const behind = await check()
  assert.ok(behind.left > 0)
  assert.ok(behind.findings.every((one) => ['not_synced', 'stage_changed', 'changed'].includes(one.cause)), JSON.stringify(causes(behind)))
  await control({ filters: false })
  assert.deepEqual(causes(await check()), causes(behind))
  assert.equal((await check('--repair')).left, 0)
  await control({ rate_drift: 0.5, rate_504: 0.1 })
  const drifting = await check()
  await control({ rate_drift: 0, rate_504: 0, filters: true })
  assert.deepEqual(drifting.findings, [])
})

test('another time zone moves cards over the edge of a month, and says so', async () => {
  await control({ zone: 'Asia/Kamchatka' })
  const report = await check()
  await control({ zone: 'Europe/Moscow' })
  assert.ok(report.explained > 0)
  assert.deepEqual(new Set(report.findings.map((one) => one.cause)), new Set(['time_zone']))
})

test('cards that the token may not read any more: nothing stops for them, each is named and buried as what it is', async () => {
  const place = new Folder()
  try {
    // The token of an employee who sees the cards of the own department.
    const address = await startCompany(place, 'amocrm', ['--token', 'tok-six', '--webhook-user', '6', '--today', '2026-03-31'])
    const theirs = new URL(address).origin
    const send = async (method, target, body) => {
      const answer = await fetch(`${theirs}/api/v4/${target}`, {
        method, headers: { authorization: 'Bearer tok-six', 'content-type': 'application/json' }, ...(body && { body: JSON.stringify(body) }) })
      return [answer.status, answer.status === 204 ? null : await answer.json()]
    }
    const token = path.join(place.path, 'token')
    writeFileSync(token, 'tok-six')
    await place.must(['connect', 'amocrm', '--portal', 'shop', '--url', theirs, '--token-file', token, '--lead-pipelines', '7000001'])
    await place.must(['sync', '--portal', 'shop'])
    const look = async (...options) =>
      JSON.parse(await place.must(['check', '--portal', 'shop', '--from', '2026-01', '--to', '2026-03', '--format', 'json', ...options]))
    const [, list] = await send('GET', 'leads?limit=250&order[id]=desc')
    const since = seconds('2026-01-02T00:00:00+03:00')
    const cards = list._embedded.leads.filter((card) => card.created_at > since && card.pipeline_id !== 7000001)
    assert.ok(cards.length >= 4, `${cards.length} cards`)
    const giveAway = async (card) => {
      assert.equal((await send('PATCH', `leads/${card.id}`, { responsible_user_id: 3000001 }))[0], 200)
      assert.equal((await send('GET', `leads/${card.id}`))[0], 403)
    }
    // By the check and its repair.
    await giveAway(cards[0])
    const repaired = await look('--repair')
    assert.deepEqual(causes(repaired), { [cards[0].id]: 'unreadable' })
    assert.equal(repaired.left, 0)
    assert.deepEqual((await look()).findings, [])
    // By the night's sweep: one, and several.
    await giveAway(cards[1])
    await place.must(['sync', '--portal', 'shop', '--sweep'])
    assert.deepEqual((await look()).findings, [])
    await giveAway(cards[2])
    await giveAway(cards[3])
    await place.must(['sync', '--portal', 'shop', '--sweep'])
    assert.deepEqual((await look()).findings, [])
  } finally {
    await place.remove()
  }
})
