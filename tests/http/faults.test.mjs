// A portal and a network that misbehave, through the programs alone: what a person is told, and that after it all the
// figures equal the generator's own totals.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { Folder } from './program.mjs'

const emulator = process.env.SVODKA_EMULATOR
assert.ok(emulator, 'SVODKA_EMULATOR names the emulator; ./run test sets it')

class Company {
  /** The same options give the same company, so a portal that was ended comes back as it was. */
  constructor(folder) {
    this.folder = folder
    this.file = path.join(folder.path, 'webhook')
    this.port = 0
  }
  async start() {
    rmSync(this.file, { force: true })
    this.child = spawn(emulator, ['serve', '--deals', '1000', '--seed', '5', '--today', '2026-03-31', '--limits-off',
      '--listen', `127.0.0.1:${this.port}`, '--webhook-file', this.file], { stdio: 'ignore' })
    this.folder.children.push(this.child)
    for (let i = 0; i < 1200 && !this.url; ++i) {
      try {
        this.url = readFileSync(this.file, 'utf8').trim() || undefined
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
    this.origin = new URL(this.url).origin
    this.port = new URL(this.url).port
  }
  async end() {
    await Folder.stop(this.child, 'SIGKILL')
    this.url = undefined
  }
  async control(switches) {
    const answer = await fetch(`${this.origin}/_control`,
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(switches) })
    assert.equal(answer.status, 200, await answer.text())
  }
  async truth() {
    return (await fetch(`${this.origin}/_truth`)).json()
  }
  async requests() {
    return (await (await fetch(`${this.origin}/_stats`)).json()).requests
  }
}

let folder, company
before(async () => {
  folder = new Folder()
  company = new Company(folder)
  await company.start()
})
after(() => folder.remove())

const connect = ['connect', 'bitrix24', '--portal', 'demo', '--webhook-file']
const connectFails = (url) => folder.mustFail([...connect, '-'], { input: url })

test('a webhook that cannot work is told at once, with what to do, and nothing of it is kept', async () => {
  const cases = [
    ['hello', 'bad_webhook', /Inbound webhook/],
    [company.url.replace('emulator-secret', 'wrong-secret'), 'webhook_revoked', /make a new inbound webhook/],
    ['https://no-such-portal.invalid/rest/1/secret-word/', 'portal_unreachable', /nobody knows the name no-such-portal.invalid; check the address/],
    ['http://127.0.0.1:1/rest/1/secret-word/', 'portal_unreachable', /check the address/],
    [company.url.replace('http:', 'https:'), 'tls_failed', /check the address, this machine's clock and its certificates/],
  ]
  const tell = async ([url, code, advice]) => {
    const own = new Folder()
    const error = await own.mustFail([...connect, '-'], { input: url })
    assert.equal((await own.must(['portals'])).includes('demo'), false)
    await own.remove()
    assert.equal(error.code, code, `${url}: ${error.message}`)
    assert.match(error.message, advice)
    assert.doesNotMatch(JSON.stringify(error), /secret-word|wrong-secret/)
  }
  await Promise.all(cases.map(tell))
  const page = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end('<html><body>Sign in</body></html>')
  })
  await new Promise((resolve) => page.listen(0, '127.0.0.1', resolve))
  const foreign = await connectFails(`http://127.0.0.1:${page.address().port}/rest/1/secret-word/`)
  page.close()
  assert.equal(foreign.code, 'bad_answer')
  assert.match(foreign.message, /HTML instead of JSON/)
  assert.equal((await folder.must(['portals'])).includes('demo'), false)
})

test('what the portal refuses at connecting has its own words', async () => {
  const cases = [
    [{ revoked: true }, { revoked: false }, 'webhook_revoked'],
    [{ missing_scope: 'crm' }, { missing_scope: '' }, 'scope_missing'],
    [{ https_required: true }, { https_required: false }, 'https_required'],
    [{ rate_500_html: 1 }, { rate_500_html: 0 }, 'bad_answer'],
    [{ rate_bad_json: 1 }, { rate_bad_json: 0 }, 'bad_answer'],
    [{ rate_503: 1 }, { rate_503: 0 }, 'portal_busy'],
  ]
  for (const [fault, cure, code] of cases) {
    await company.control(fault)
    const error = await folder.mustFail([...connect, company.file])
    await company.control(cure)
    assert.equal(error.code, code, JSON.stringify(fault) + error.message)
  }
  await company.control({ only_owner: 3 })
  assert.match(await folder.must([...connect, company.file]), /sees no deals and no leads/)
  await company.control({ only_owner: 0 })
})

test('a load through every fault, cut off, killed and left without its portal, ends at the true totals', async () => {
  await folder.must([...connect, company.file])
  await company.control({ rate_503: 0.04, rate_429: 0.02, rate_500_html: 0.03, rate_bad_json: 0.03, rate_drop: 0.03,
    rate_repeat_row: 0.1, rate_skip_row: 0.02 })
  // Killed three times, wherever it happens to stand after so many requests.
  for (const requests of [6, 9, 14]) {
    const target = (await company.requests()) + requests
    const sync = spawn(process.env.SVODKA_BIN, ['--data', folder.data, 'sync', '--portal', 'demo'], { stdio: 'ignore' })
    folder.children.push(sync)
    while (sync.exitCode === null && (await company.requests()) < target) await new Promise((resolve) => setTimeout(resolve, 20))
    await Folder.stop(sync, 'SIGKILL')
  }
  // The portal goes away in the middle and comes back at the same address.
  const target = (await company.requests()) + 5
  const running = folder.run(['sync', '--portal', 'demo'])
  let ended = false
  running.then(() => (ended = true))
  while (!ended && (await company.requests()) < target) await new Promise((resolve) => setTimeout(resolve, 20))
  await company.end()
  await company.start()
  await running
  // What a page left out is found by the sweep.
  await folder.must(['sync', '--portal', 'demo'])
  await folder.must(['sync', '--portal', 'demo', '--sweep'])

  const measures = ['leads_created', 'leads_qualified', 'leads_lost', 'deals_created', 'created_amount', 'deals_won', 'won_amount',
    'deals_lost', 'lost_amount']
  const answer = JSON.parse(await folder.must(['query', '--portal', 'demo', JSON.stringify({ measures })]))
  const { total } = (await company.truth()).plain
  assert.deepEqual(Object.fromEntries(measures.map((id, i) => [id, answer.rows[0][i]])),
    Object.fromEntries(measures.map((id) => [id, total[id]])))
})

test('a webhook revoked later stops the copy with words, the report stays, and a new webhook goes on', async () => {
  await company.control({ revoked: true })
  const error = await folder.mustFail(['sync', '--portal', 'demo'])
  assert.equal(error.code, 'webhook_revoked')
  await folder.must(['report', 'sales_dynamics', '--portal', 'demo', '--period', '2026-Q1'])
  await company.control({ revoked: false, step_minutes: 600 })
  await folder.must([...connect, company.file])
  await folder.must(['sync', '--portal', 'demo'])
  const answer = JSON.parse(await folder.must(['query', '--portal', 'demo', '{"measures":["deals_created","won_amount"]}']))
  const { total } = (await company.truth()).plain
  assert.deepEqual(answer.rows[0], [total.deals_created, total.won_amount])
})
