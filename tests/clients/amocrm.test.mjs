// Two community clients work against the amoCRM emulator: it cannot drift into what our connector expects.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'

// Both ship CommonJS alone.
const require = createRequire(import.meta.url)
const { Amo } = require('@shevernitskiy/amo')
const { Client } = require('amocrm-js')

const program = resolve(process.env.SVODKA_EMULATOR ?? '../../build/release/svodka-emulator')
const integration = { client_id: 'client-1', client_secret: 'secret-1', redirect_uri: 'https://svodka.example/oauth' }
const realAgent = https.globalAgent
let emulator
let origin
let truth

const post = async (path, body) => {
  const answer = await fetch(new URL(path, origin), {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body)
  })
  return { status: answer.status, body: await answer.json() }
}

/** What a person does: consents in the browser, and the address it is sent back to holds the code. */
async function consent() {
  const answer = await fetch(new URL(`/oauth?client_id=${integration.client_id}&state=s1&mode=popup`, origin), { redirect: 'manual' })
  assert.equal(answer.status, 302)
  const back = new URL(answer.headers.get('location'))
  assert.equal(back.origin + back.pathname, integration.redirect_uri)
  assert.equal(back.searchParams.get('state'), 's1')
  assert.equal(back.searchParams.get('referer'), new URL(origin).host)
  return back.searchParams.get('code')
}

before(async () => {
  assert.ok(existsSync(program), `${program} is not built`)
  emulator = spawn(program, ['serve', '--crm', 'amocrm', '--deals', '1000', '--seed', '3', '--today', '2026-03-31', '--listen', '127.0.0.1:0',
    '--limits-off', '--token', 'tok', '--client-id', integration.client_id, '--client-secret', integration.client_secret,
    '--redirect-uri', integration.redirect_uri], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: emulator.stdout })) {
    origin = line.replace('account ', '')
    break
  }
  truth = await (await fetch(new URL('/_truth', origin))).json()
  // amocrm-js speaks https to a name without a port; an http agent with the emulator's port carries it there.
  const agent = new http.Agent()
  agent.defaultPort = Number(new URL(origin).port)
  https.globalAgent = agent
})

after(async () => {
  https.globalAgent = realAgent
  if (!emulator) return
  const ended = new Promise((done) => emulator.once('exit', done))
  emulator.kill('SIGTERM')
  await ended
})

function amo(auth) {
  const client = new Amo('127.0.0.1', auth ?? {
    ...integration, token_type: 'Bearer', expires_in: 86400, access_token: 'tok', refresh_token: 'none', expires_at: Date.now() + 1e9
  }, { request_delay: 0 })
  client.raw.url_base = origin.replace(/\/$/, '')
  return client
}

const usefulweb = (auth) => new Client({ domain: '127.0.0.1', auth: { ...integration, ...(auth ?? { bearer: 'tok' }) } })

test('amo: account, pipelines', async () => {
  const account = await amo().account.getAccount({ with: ['users_groups', 'datetime_settings', 'is_api_filter_enabled'] })
  assert.equal(account.currency, 'RUB')
  assert.equal(account._embedded.datetime_settings.timezone, 'Europe/Moscow')
  const answer = await amo().pipeline.getPipelines()
  assert.equal(answer._embedded.pipelines.length, 5)
  assert.ok(answer._embedded.pipelines.every((one) => one._embedded.statuses.some((status) => status.id === 142)))
})

test('amo: leads by pages, filter, order, with', async () => {
  const client = amo()
  const ids = new Set()
  let pages = 0
  for (let page = 1; ; ++page) {
    const answer = await client.lead.getLeads({ page, limit: 250, order: { param: 'id', type: 'asc' }, with: ['contacts', 'loss_reason'] })
    for (const lead of answer._embedded.leads) {
      ids.add(lead.id)
      assert.ok(Array.isArray(lead._embedded.contacts))
    }
    ++pages
    if (!answer._links.next) break
  }
  assert.equal(ids.size, truth.rows.leads)
  assert.equal(pages, Math.ceil(truth.rows.leads / 250))
  const [from, to] = [1760000000, 1762592000]
  const window = await client.lead.getLeads({ limit: 250, filter: (filter) => filter.range('updated_at', from, to), order: { param: 'updated_at', type: 'asc' } })
  const moments = window._embedded.leads.map((lead) => lead.updated_at)
  assert.ok(moments.length > 0 && moments.every((at) => at >= from && at <= to))
  assert.deepEqual(moments, [...moments].sort((a, b) => a - b))
})

test('amo: an empty list is a 204', async () => {
  await assert.rejects(() => amo().lead.getLeads({ page: 9999 }), (error) => /204/.test(error.message ?? error.response))
})

test('amo: a task is created and read, one without a text is refused', async () => {
  const client = amo()
  const lead = (await client.lead.getLeads({ limit: 1 }))._embedded.leads[0]
  const made = await client.task.addTasks([{ text: 'Позвонить по оплате', complete_till: 1790100000, entity_id: lead.id, entity_type: 'leads', task_type_id: 1 }])
  const task = await client.task.getTaskById(made._embedded.tasks[0].id)
  assert.equal(task.text, 'Позвонить по оплате')
  assert.equal(task.entity_id, lead.id)
  assert.equal(task.is_completed, false)
  await assert.rejects(() => client.task.addTasks([{ complete_till: 1790100000 }]), (error) => {
    const body = JSON.stringify(error.response ?? error.message)
    return /NotBlank/.test(body)
  })
})

test('amo: events and the stage history of one lead', async () => {
  const client = amo()
  const events = (await client.event.getEvents({ limit: 100, filter: (filter) => filter.multi('type', ['lead_status_changed']) }))._embedded.events
  assert.equal(events.length, 100)
  assert.ok(events.every((event) => event.type === 'lead_status_changed' && event.value_after[0].lead_status.id))
  assert.equal(events[0].id.length, 26)
})

test('amo: code exchange, then the refresh of a token that has run out', async () => {
  let token
  const client = new Amo('127.0.0.1', { ...integration, grant_type: 'authorization_code', code: await consent() },
    { request_delay: 0, on_token: (fresh) => { token = fresh } })
  client.raw.url_base = origin.replace(/\/$/, '')
  assert.equal((await client.account.getAccount()).id, 31000001)
  const first = token.refresh_token
  assert.equal(token.expires_in, 86400)
  const late = new Amo('127.0.0.1', { ...integration, ...token, expires_at: 1 }, { request_delay: 0, on_token: (fresh) => { token = fresh } })
  late.raw.url_base = origin.replace(/\/$/, '')
  assert.equal((await late.account.getAccount()).id, 31000001)
  assert.notEqual(token.refresh_token, first)
  // A refresh token serves once.
  const again = await post('/oauth2/access_token', { ...integration, grant_type: 'refresh_token', refresh_token: first })
  assert.equal(again.status, 401)
  assert.match(again.body.hint, /revoked/)
})

test('amo: a webhook is subscribed to, a lead is moved, the form arrives', async () => {
  const bodies = []
  let arrived
  const first = new Promise((done) => { arrived = done })
  const receiver = http.createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (part) => { text += part })
    request.on('end', () => { bodies.push([request.headers['content-type'], text]); response.end('ok'); arrived() })
  })
  await new Promise((done) => receiver.listen(0, '127.0.0.1', done))
  try {
    const client = amo()
    const lead = (await client.lead.getLeads({ limit: 250, order: { param: 'id', type: 'desc' } }))._embedded.leads
      .find((one) => one.closed_at === null && one.pipeline_id === 7000003)
    await client.webhook.addWebhook({ destination: `http://127.0.0.1:${receiver.address().port}/hook`, settings: ['status_lead'], sort: 1 })
    await client.lead.updateLeadById(lead.id, { status_id: 143 })
    await first
    assert.equal(bodies[0][0], 'application/x-www-form-urlencoded')
    const form = new URLSearchParams(bodies[0][1])
    assert.equal(form.get('leads[status][0][id]'), String(lead.id))
    assert.equal(form.get('leads[status][0][old_status_id]'), String(lead.status_id))
    assert.equal(form.get('account[subdomain]'), 'peregorodkin')
  } finally {
    receiver.close()
  }
})

test('amocrm-js: account and leads page by page', async () => {
  const client = usefulweb()
  const { data } = await client.request.get('/api/v4/account', { with: 'task_types' })
  assert.equal(data._embedded.task_types.length, 3)
  const ids = new Set()
  const pages = await client.contacts.get({ limit: 250 })
  for (let more = pages.getData(); more; more = await pages.next()) {
    for (const contact of more) ids.add(contact.id)
  }
  assert.equal(ids.size, truth.rows.contacts)
})

test('amocrm-js: one lead, an unknown one, a task made and refused', async () => {
  const client = usefulweb()
  const [lead] = (await client.leads.get({ limit: 1 })).getData()
  assert.equal((await client.leads.getById(lead.id)).name, lead.name)
  const unknown = await client.request.get('/api/v4/leads/1')
  assert.equal(unknown.response.statusCode, 204)
  const made = await client.request.post('/api/v4/tasks', [{ text: 'Счёт', complete_till: 1790100000, entity_id: lead.id, entity_type: 'leads' }])
  assert.ok(made.data._embedded.tasks[0].id > 0)
  await assert.rejects(() => client.request.post('/api/v4/tasks', [{ text: '' }]))
})

test('amocrm-js: code exchange and refresh', async () => {
  const client = usefulweb({ code: await consent() })
  assert.equal((await client.request.get('/api/v4/account')).data.id, 31000001)
  const old = client.token.getValue().refresh_token
  await client.token.refresh()
  assert.notEqual(client.token.getValue().refresh_token, old)
  assert.equal((await client.request.get('/api/v4/account')).data.id, 31000001)
})
