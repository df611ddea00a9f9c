// Events of both CRMs, the whole way: an emulated CRM posts them to `svodka serve`, which reads the cards again. Polling is set
// to ten minutes, so that nothing else can have brought the change.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Folder } from './program.mjs'

const emulator = process.env.SVODKA_EMULATOR
assert.ok(emulator, 'SVODKA_EMULATOR names the program; ./run test sets it')

async function waitFor(what, attempt, tries = 600) {
  for (let i = 0; i < tries; ++i) {
    const value = await attempt()
    if (value) return value
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`gave up waiting for ${what}`)
}

/** An emulated CRM, connected, loaded, served and told where to send its events. */
class World {
  constructor(crm) {
    this.crm = crm
  }
  async start() {
    this.scratch = await mkdtemp(path.join(tmpdir(), 'svodka-hooks-'))
    this.folder = new Folder()
    const addressFile = path.join(this.scratch, 'address')
    this.company = spawn(emulator, ['serve', '--crm', this.crm, '--deals', '1000', '--seed', '7', '--today', '2026-03-31', '--limits-off',
      '--listen', '127.0.0.1:0', '--webhook-file', addressFile], { stdio: 'ignore' })
    const address = (await waitFor('the emulator', () => readFile(addressFile, 'utf8').catch(() => null))).trim().split(/\s/)[0]
    this.origin = new URL(address).origin
    const secret = path.join(this.scratch, 'secret')
    await writeFile(secret, this.crm === 'amocrm' ? 'emulator-token\n' : `${address}\n`)
    await this.folder.must(this.crm === 'amocrm'
      ? ['connect', 'amocrm', '--portal', 'demo', '--url', this.origin, '--token-file', secret]
      : ['connect', 'bitrix24', '--portal', 'demo', '--webhook-file', secret])
    await this.folder.must(['sync', '--portal', 'demo'])
    await this.folder.must(['settings', 'set', '--portal', 'demo', 'poll_seconds', '600'])
    await this.folder.must(['user', 'add', '--name', 'A', '--email', 'a@example.ru'], { env: { SVODKA_PASSWORD: 'correct horse battery' } })
    this.server = await this.folder.serve({ first: false })
    this.base = this.server.match[1]
    await waitFor('a live portal', async () => JSON.parse(await this.folder.must(['portals'])).every((portal) => portal.state === 'live'))
    // The first sweep follows the first load; let it end, so that it is not what finds a deletion.
    await this.quiet()
    this.hooks = JSON.parse(await this.folder.must(['hooks', '--portal', 'demo', '--url', this.base]))
  }
  async stop() {
    this.company?.kill('SIGTERM')
    await this.folder?.remove()
    await rm(this.scratch, { recursive: true, force: true })
  }
  async quiet() {
    let last = -1
    await waitFor('the end of the sweep', async () => {
      const { requests } = await (await fetch(`${this.origin}/_stats`)).json()
      const same = requests === last
      last = requests
      if (!same) await new Promise((resolve) => setTimeout(resolve, 1500))
      return same
    })
  }
  control(body) {
    return fetch(`${this.origin}/_control`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  }
  async post(body, address = this.hooks.address) {
    return (await fetch(address, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body })).status
  }
  async total(measure) {
    const answer = JSON.parse(await this.folder.must(['query', '--portal', 'demo', JSON.stringify({ measures: [measure] })]))
    return answer.rows[0][0]
  }
  async counts() {
    return JSON.parse(await this.folder.must(['hooks', '--portal', 'demo']))
  }
}

describe('Bitrix24', () => {
  const world = new World('bitrix24')
  const token = 'application-token-of-the-test'
  before(() => world.start())
  after(() => world.stop())
  const call = async (method, params) => {
    const url = (await readFile(path.join(world.scratch, 'secret'), 'utf8')).trim()
    return (await fetch(`${url}${method}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(params) })).json()
  }

  test('a change and a deletion stand in a report soon after their events', async () => {
    assert.ok(world.hooks.events.includes('ONCRMDEALUPDATE'))
    await world.control({ hook: { url: world.hooks.address, token } })
    const deals = await world.total('deals_created')
    const { result } = await call('crm.deal.list', { order: { ID: 'DESC' }, filter: { STAGE_SEMANTIC_ID: 'P', IS_RECURRING: 'N' }, select: ['ID'] })
    await call('crm.deal.update', { id: result[0].ID, fields: { OPPORTUNITY: '9000000000' } })
    await waitFor('the new amount', async () => Number(await world.total('created_amount')) > 9e9)
    await call('crm.deal.delete', { id: result[1].ID })
    await waitFor('the deletion', async () => (await world.total('deals_created')) === deals - 1)
  })

  test('the first application token is kept; others are refused, and so are guesses of the address', async () => {
    assert.equal((await world.counts()).token_known, true)
    assert.equal(await world.post(`event=ONCRMDEALUPDATE&data[FIELDS][ID]=1&auth[application_token]=${token}`), 200)
    assert.equal(await world.post('event=ONCRMDEALUPDATE&data[FIELDS][ID]=1&auth[application_token]=wrong'), 403)
    assert.equal(await world.post('event=ONCRMDEALUPDATE&data[FIELDS][ID]=1'), 403)
    assert.equal(await world.post('event=ONCRMDEALUPDATE&data[FIELDS][ID]=1', world.hooks.address.slice(0, -1) + 'x'), 404)
    assert.equal(await world.post('event=ONCRMDEALUPDATE&data[FIELDS][ID]=1', world.hooks.address.replace('/demo/', '/other/')), 404)
  })

  test('unknown names are counted and ignored, bodies are bounded', async () => {
    const { unknown } = await world.counts()
    assert.equal(await world.post(`event=ONCRMDEALEXPLODE&data[FIELDS][ID]=1&auth[application_token]=${token}`), 200)
    assert.equal((await world.counts()).unknown, unknown + 1)
    assert.equal(await world.post(`auth[application_token]=${token}&x=${'y'.repeat(1 << 20)}`), 413)
  })

  test('a burst of events becomes few requests', async () => {
    await world.quiet()
    const before = await (await fetch(`${world.origin}/_stats`)).json()
    const all = []
    for (let id = 1; id <= 300; ++id) all.push(world.post(`event=ONCRMDEALUPDATE&data[FIELDS][ID]=${id}&auth[application_token]=${token}`))
    assert.ok((await Promise.all(all)).every((status) => status === 200))
    await world.quiet()
    const after = await (await fetch(`${world.origin}/_stats`)).json()
    assert.ok(after.requests - before.requests < 40, `${after.requests - before.requests} requests for 300 events`)
  })

  test('cards of a smart process: their own events alone bring them, change them and bury them', async () => {
    await world.folder.must(['settings', 'set', '--portal', 'demo', 'smart_processes', '["1030"]'])
    const truth = async () => (await (await fetch(`${world.origin}/_truth`)).json()).smart_items
    const stands = (what) => waitFor(what, async () => {
      const { count, amount } = await truth()
      return (await world.total('smart_items')) === count && Number(await world.total('smart_items_amount')) === Number(amount)
    })
    await world.folder.must(['sync', '--portal', 'demo'])
    await stands('the chosen type')
    await world.quiet()
    // Nothing but these three names is sent.
    const events = ['ADD', 'UPDATE', 'DELETE'].map((action) => `ONCRMDYNAMICITEM${action}`)
    assert.ok(events.every((event) => world.hooks.events.includes(event)))
    await world.control({ hook: { url: world.hooks.address, token, events } })
    const before = { ...(await truth()), taken: (await world.counts()).taken }
    await world.control({ delete: { entity: 'item', id: 3 } })
    await stands('the deletion')
    assert.equal((await truth()).count, before.count - 1)
    // The card of the tenth deal follows its amount.
    await call('crm.deal.update', { id: 10, fields: { OPPORTUNITY: '40000000' } })
    await stands('the new amount')
    assert.notEqual((await truth()).amount, before.amount)
    while ((await truth()).count < before.count) await world.control({ step_minutes: 600 })
    await stands('the new card')
    assert.ok((await world.counts()).taken >= before.taken + 3)
    await world.control({ hook: { url: world.hooks.address, token } })
  })

  test('lost and repeated events: what a day brought stands after the next poll, once', async () => {
    await world.control({ rate_lost_event: 0.5, rate_repeat_event: 0.5 })
    await world.control({ step_minutes: 600 })
    await waitFor('the events', async () => {
      const { hooks } = await (await fetch(`${world.origin}/_stats`)).json()
      return hooks.lost > 0 && hooks.repeated > 0
    })
    await world.folder.must(['sync', '--portal', 'demo'])
    const { plain } = await (await fetch(`${world.origin}/_truth`)).json()
    for (const measure of ['deals_created', 'deals_won', 'deals_lost', 'leads_created']) {
      assert.equal(await world.total(measure), plain.total[measure], measure)
    }
  })

  test('a new address ends the old one', async () => {
    const renewed = JSON.parse(await world.folder.must(['hooks', '--portal', 'demo', '--renew']))
    assert.notEqual(renewed.address, world.hooks.address)
    assert.equal(renewed.token_known, false)
    assert.equal(await world.post(`event=ONCRMDEALUPDATE&auth[application_token]=${token}`), 404)
    await world.folder.must(['hooks', '--portal', 'demo', '--off'])
    assert.equal(await world.post(`event=ONCRMDEALUPDATE&auth[application_token]=${token}`, renewed.address), 404)
  })
})

describe('amoCRM', () => {
  const world = new World('amocrm')
  before(() => world.start())
  after(() => world.stop())
  const api = async (method, target, body) => {
    const answer = await fetch(`${world.origin}${target}`, { method, body: body && JSON.stringify(body),
      headers: { authorization: 'Bearer emulator-token', 'content-type': 'application/json' } })
    return answer.status === 204 ? null : answer.json()
  }

  const others = 'http://127.0.0.1:9/of-somebody-else'
  const webhooks = async () => (await api('GET', '/api/v4/webhooks'))?._embedded.webhooks ?? []
  const ours = async () => (await webhooks()).filter((one) => one.destination !== others)
  const run = async (...args) => JSON.parse(await world.folder.must(['hooks', '--portal', 'demo', ...args]))

  test('the server subscribes itself, and a change and a deletion stand in a report within five seconds', async () => {
    assert.equal(world.hooks.subscription.state, 'subscribed')
    const [own, ...more] = await ours()
    assert.deepEqual([own.destination, own.disabled, more.length], [world.hooks.address, false, 0])
    assert.deepEqual([...own.settings].sort(), [...world.hooks.events].sort())
    await api('POST', '/api/v4/webhooks', { destination: others, settings: ['add_lead'] })
    const { _embedded: { leads } } = await api('GET', '/api/v4/leads?limit=50&order[id]=desc')
    const open = leads.filter((lead) => lead.status_id !== 142 && lead.status_id !== 143)
    const deals = await world.total('deals_created')
    const began = Date.now()
    await api('PATCH', `/api/v4/leads/${open[0].id}`, { price: 9000000000 })
    await waitFor('the new amount', async () => Number(await world.total('created_amount')) > 9e9)
    assert.ok(Date.now() - began < 5000, `${Date.now() - began} ms`)
    await world.control({ delete: { id: open[1].id } })
    await waitFor('the deletion', async () => (await world.total('deals_created')) === deals - 1)
    assert.ok((await world.counts()).taken > 0)
  })

  test('an event is answered at once and trusted in nothing', async () => {
    const before = await world.total('created_amount')
    assert.equal(await world.post('leads[update][0][id]=1&leads[update][0][price]=999999999999'), 200)
    assert.equal(await world.post('leads[delete][0][id]=1'), 200)
    await world.quiet()
    assert.equal(await world.total('created_amount'), before)
    assert.equal(await world.post('leads[update][0][id]=1', world.hooks.address.slice(0, -2)), 404)
  })

  test('a subscription that the account stopped, or that somebody deleted, is made anew', async () => {
    await world.control({ stop_webhooks: true })
    const { address } = world.hooks
    await world.folder.must(['settings', 'set', '--portal', 'demo', 'events_url', world.base]) // looked at anew
    await waitFor('the subscription', async () => (await ours()).some((one) => one.destination === address && !one.disabled))
    assert.ok((await webhooks()).find((one) => one.destination === others).disabled, 'that of others stays as it is')
    await api('DELETE', '/api/v4/webhooks', { destination: address })
    await world.folder.must(['settings', 'set', '--portal', 'demo', 'events_url', world.base])
    await waitFor('the subscription', async () => (await ours()).length === 1)
  })

  test('a new address moves the subscription, and a right that is missing is told', async () => {
    const renewed = await run('--renew')
    assert.equal(renewed.subscription.state, 'subscribed')
    assert.deepEqual((await ours()).map((one) => one.destination), [renewed.address])
    await world.control({ webhooks: false })
    const refused = await run('--renew')
    assert.deepEqual([refused.subscription.state, refused.subscription.code], ['refused', 'no_right'])
    assert.match(refused.subscription.why, /administrator/)
    await world.control({ webhooks: true })
    await world.folder.must(['settings', 'set', '--portal', 'demo', 'events_url', world.base])
    await waitFor('the subscription', async () => (await run()).subscription.state === 'subscribed')
    assert.deepEqual((await ours()).map((one) => one.destination), [refused.address])
    assert.ok((await webhooks()).some((one) => one.destination === others))
  })

  test('switching off and removing the portal drop the own subscription alone', async () => {
    await world.folder.must(['hooks', '--portal', 'demo', '--off'])
    assert.deepEqual((await webhooks()).map((one) => one.destination), [others])
    assert.equal((await run('--url', world.base)).subscription.state, 'subscribed')
    assert.equal((await ours()).length, 1)
    const headers = { 'Content-Type': 'application/json' }
    const signed = await fetch(`${world.base}/api/v1/login`, { method: 'POST', headers, body: JSON.stringify({ email: 'a@example.ru', password: 'correct horse battery' }) })
    assert.equal(signed.status, 200)
    const session = { ...headers, Cookie: signed.headers.get('set-cookie').split(';')[0], 'X-CSRF-Token': (await signed.json()).csrf }
    const sources = await (await fetch(`${world.base}/api/v1/setup/sources?language=ru`, { headers: session })).json()
    assert.equal(sources[0].events.state, 'subscribed')
    const removed = await fetch(`${world.base}/api/v1/setup/sources/demo`, { method: 'DELETE', headers: session, body: JSON.stringify({ confirm: 'demo' }) })
    assert.ok(removed.ok, await removed.text())
    assert.deepEqual((await webhooks()).map((one) => one.destination), [others])
  })
})
