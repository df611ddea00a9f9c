// The vendor's own SDK and a community client work against the emulator: it cannot drift into what our connector expects.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'

import { B24Hook, B24OAuth } from '@bitrix24/b24jssdk'

// Only the CommonJS build of this client resolves under Node.
const { Bitrix } = createRequire(import.meta.url)('@2bad/bitrix')

const program = resolve(process.env.SVODKA_EMULATOR ?? '../../build/release/svodka-emulator')
const folder = mkdtempSync(join(tmpdir(), 'svodka-clients-'))
let emulator
let http
let https
let truth

function certificate() {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1',
    '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return made.status === 0 ? { key, cert } : undefined
}

async function control(switches) {
  const answer = await fetch(new URL('/_control', http), {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(switches)
  })
  assert.equal(answer.status, 200)
}

before(async () => {
  assert.ok(existsSync(program), `${program} is not built`)
  const tls = certificate()
  const args = ['serve', '--deals', '1000', '--seed', '3', '--today', '2026-03-31', '--listen', '127.0.0.1:0', '--limits-off',
    '--webhook-secret', 'tok']
  if (tls) args.push('--listen-tls', '127.0.0.1:0', '--cert', tls.cert, '--key', tls.key)
  emulator = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: emulator.stdout })) {
    const address = line.replace('webhook ', '')
    if (address.startsWith('https')) https = address
    else http = address
    if (http && (https || !tls)) break
  }
  truth = await (await fetch(new URL('/_truth', http))).json()
})

after(async () => {
  if (emulator) {
    const ended = new Promise((done) => emulator.once('exit', done))
    emulator.kill('SIGTERM')
    await ended
  }
  rmSync(folder, { recursive: true, force: true })
})

/** The SDK insists on https; over plain http one hook turns its address back. */
function sdk() {
  const hook = B24Hook.fromWebhookUrl(http.replace('http:', 'https:'), { restrictionParams: { maxRetries: 3, retryDelay: 200 } })
  hook.offClientSideWarning()
  for (const client of Object.values(hook.getHttpClient ? { v2: hook.getHttpClient('v2') } : {})) {
    client.ajaxClient.interceptors.request.use((request) => {
      request.url = request.url.replace(/^https:/, 'http:')
      if (request.baseURL) request.baseURL = request.baseURL.replace(/^https:/, 'http:')
      return request
    })
  }
  return hook
}

const data = (response) => {
  assert.ok(response.isSuccess, response.getErrorMessages().join('; '))
  return response.getData()
}

test('b24jssdk: one call', async () => {
  const profile = data(await sdk().actions.v2.call.make({ method: 'profile' })).result
  assert.equal(profile.ID, '1')
  assert.equal(profile.ADMIN, true)
})

test('b24jssdk: every deal by callList, both dialects', async () => {
  const items = data(await sdk().actions.v2.callList.make({
    method: 'crm.item.list', params: { entityTypeId: 2, select: ['id', 'stageId'], filter: { isRecurring: 'N' } }, idKey: 'id', customKeyForResult: 'items'
  }))
  assert.equal(items.length, truth.after_sale.total.deals_created)
  assert.equal(new Set(items.map((item) => item.id)).size, items.length)
  const legacy = data(await sdk().actions.v2.callList.make({
    method: 'crm.deal.list', params: { select: ['ID', 'STAGE_ID'], filter: { IS_RECURRING: 'N' } }, idKey: 'ID'
  }))
  assert.deepEqual(legacy.map((deal) => [Number(deal.ID), deal.STAGE_ID]), items.map((item) => [item.id, item.stageId]))
})

test('b24jssdk: leads, tasks and stage history page by page', async () => {
  let leads = 0
  for await (const page of sdk().actions.v2.fetchList.make({ method: 'crm.lead.list', params: { select: ['ID'] }, idKey: 'ID' })) leads += page.length
  assert.equal(leads, truth.rows.leads)
  let tasks = 0
  for await (const page of sdk().actions.v2.fetchList.make({
    method: 'tasks.task.list', params: { select: ['ID', 'TITLE'] }, idKey: 'id', cursorIdKey: 'ID', customKeyForResult: 'tasks'
  })) tasks += page.length
  assert.equal(tasks, truth.rows.tasks)
  const events = data(await sdk().actions.v2.callList.make({
    method: 'crm.stagehistory.list', params: { entityTypeId: 1, filter: { OWNER_ID: [1, 2, 3, 4, 5] } }, idKey: 'ID', customKeyForResult: 'items'
  }))
  assert.ok(events.length >= 5)
})

test('b24jssdk: batch with names, with an error inside', async () => {
  const response = await sdk().actions.v2.batch.make({
    calls: { p: { method: 'profile', params: {} }, d: ['crm.deal.list', { filter: { '>ID': 5 }, select: ['ID'], start: -1 }] },
    options: { isHaltOnError: true, returnAjaxResult: true }
  })
  const rows = data(response)
  assert.equal(rows.p.getData().result.ID, '1')
  assert.equal(rows.d.getData().result[0].ID, '6')
  // The SDK takes a legacy error, whose code is an empty string, for a success; crm.item.get names its code.
  const failing = await sdk().actions.v2.batch.make({
    calls: { p: ['profile', {}], missing: ['crm.item.get', { entityTypeId: 2, id: 99999999 }] },
    options: { isHaltOnError: false, returnAjaxResult: true }
  })
  const answers = failing.getData()
  assert.ok(answers.p.isSuccess)
  assert.ok(!answers.missing.isSuccess)
  assert.match(answers.missing.getErrorMessages().join(), /not found/)
})

test('b24jssdk: a 503 is retried, an unknown method is reported', async () => {
  const before503 = (await (await fetch(new URL('/_stats', http))).json()).refused_503
  await control({ rate_503: 1 })
  const waiting = sdk().actions.v2.call.make({ method: 'server.time' })
  const deadline = Date.now() + 10000
  while ((await (await fetch(new URL('/_stats', http))).json()).refused_503 === before503 && Date.now() < deadline) {
    await new Promise((done) => setTimeout(done, 20))
  }
  await control({ rate_503: 0 })
  assert.match(data(await waiting).result, /\+03:00$/)
  await assert.rejects(async () => {
    const response = await sdk().actions.v2.call.make({ method: 'no.such.method' })
    if (!response.isSuccess) throw new Error(response.getErrorMessages().join())
  }, /Method not found|ERROR_METHOD_NOT_FOUND/)
})

test('b24jssdk: over https as it comes', async (t) => {
  if (!https) return t.skip('openssl is not installed: no certificate for the https listener')
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  const hook = B24Hook.fromWebhookUrl(https)
  hook.offClientSideWarning()
  assert.equal(data(await hook.actions.v2.call.make({ method: 'profile' })).result.ID, '1')
})

/** An application with the tokens of a code, over plain http as it is. */
async function application() {
  const consent = await fetch(new URL('/oauth/authorize/?client_id=local.emulator&state=s', http), { redirect: 'manual' })
  assert.equal(consent.status, 302)
  const back = new URL(consent.headers.get('location'))
  assert.equal(back.searchParams.get('state'), 's')
  const query = new URLSearchParams({ grant_type: 'authorization_code', client_id: 'local.emulator', client_secret: 'emulator-client-secret', code: back.searchParams.get('code') })
  const tokens = await (await fetch(new URL(`/oauth/token/?${query}`, http))).json()
  const oauth = new B24OAuth({
    applicationToken: 'emulator-application-token', userId: 1, memberId: tokens.member_id, accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token, expires: tokens.expires, expiresIn: tokens.expires_in, scope: tokens.scope,
    domain: tokens.domain, clientEndpoint: tokens.client_endpoint, serverEndpoint: tokens.server_endpoint, status: tokens.status
  }, { clientId: 'local.emulator', clientSecret: 'emulator-client-secret' }, { restrictionParams: { maxRetries: 2, retryDelay: 200 } })
  oauth.offClientSideWarning()
  return { oauth, tokens }
}

test('b24jssdk in OAuth mode: everything page by page, batch, an expired token renewed on the way', async () => {
  const { oauth, tokens } = await application()
  assert.equal(data(await oauth.actions.v2.call.make({ method: 'profile' })).result.ID, '1')
  const items = data(await oauth.actions.v2.callList.make({
    method: 'crm.item.list', params: { entityTypeId: 2, select: ['id'], filter: { isRecurring: 'N' } }, idKey: 'id', customKeyForResult: 'items'
  }))
  assert.equal(items.length, truth.after_sale.total.deals_created)
  const rows = data(await oauth.actions.v2.batch.make({
    calls: { p: ['profile', {}], d: ['crm.deal.list', { filter: { '>ID': 5 }, select: ['ID'], start: -1 }] },
    options: { isHaltOnError: true, returnAjaxResult: true }
  }))
  assert.equal(rows.d.getData().result[0].ID, '6')
  await control({ expire_tokens: true })
  assert.equal(data(await oauth.actions.v2.call.make({ method: 'profile' })).result.ID, '1')
  // The old pair is dead: the renewal has replaced it.
  const old = await fetch(new URL(`/rest/profile?auth=${tokens.access_token}`, http))
  assert.equal((await old.json()).error, 'expired_token')
  const again = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'local.emulator', client_secret: 'emulator-client-secret', refresh_token: tokens.refresh_token })
  assert.equal((await fetch(new URL(`/oauth/token/?${again}`, http))).status, 400)
})

test('b24jssdk: a task and a to-do are made, by webhook and by OAuth', async () => {
  const { oauth } = await application()
  for (const client of [sdk(), oauth]) {
    const made = data(await client.actions.v2.call.make({
      method: 'tasks.task.add', params: { fields: { TITLE: 'Перезвонить', RESPONSIBLE_ID: 7, DEADLINE: '2026-04-01T15:00:00+03:00', UF_CRM_TASK: ['D_10'] } }
    })).result.task
    const listed = data(await client.actions.v2.call.make({
      method: 'tasks.task.list', params: { filter: { ID: made.id }, select: ['ID', 'TITLE', 'RESPONSIBLE_ID', 'UF_CRM_TASK'] }
    })).result.tasks
    assert.equal(listed.length, 1)
    assert.deepEqual([listed[0].title, listed[0].responsibleId, listed[0].ufCrmTask], ['Перезвонить', '7', ['D_10']])
    const todo = data(await client.actions.v2.call.make({
      method: 'crm.activity.todo.add', params: { ownerTypeId: 2, ownerId: 10, deadline: '2026-04-01T15:00:00+03:00', title: 'КП', description: '', responsibleId: 7 }
    })).result
    assert.ok(todo.id > 0)
  }
})

test('@2bad/bitrix: get, a whole list by offset and batch, over GET', async () => {
  const client = Bitrix(http.replace(/\/$/, ''))
  const deal = await client.deals.get('42')
  assert.equal(deal.result.ID, '42')
  const deals = await client.deals.list({ select: ['ID', 'TITLE'] })
  assert.equal(deals.result.length, truth.rows.deals_and_templates)
  assert.equal(new Set(deals.result.map((row) => row.ID)).size, deals.result.length)
  const contacts = await client.contacts.list({ select: ['ID', 'NAME'] })
  assert.equal(contacts.result.length, truth.rows.contacts)
})
