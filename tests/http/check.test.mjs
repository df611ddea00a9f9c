// Reconciliation against the emulator's executables: differences of every cause are made on purpose, each must be found under
// its own name and repaired. What the emulator shows is asked of it directly, never through the program.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import Ajv from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { Folder } from './program.mjs'

const emulator = process.env.SVODKA_EMULATOR
assert.ok(emulator, 'SVODKA_EMULATOR names the emulator; ./run test sets it')

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
ajv.addSchema(parse(readFileSync(path.join(path.dirname(fileURLToPath(import.meta.url)), '../../schemas/openapi.yaml'), 'utf8')), 'openapi')
function conforms(name, value) {
  const valid = ajv.compile({ $ref: `openapi#/components/schemas/${name}` })
  assert.ok(valid(value), `${name}: ${JSON.stringify(valid.errors?.slice(0, 5))}`)
  return value
}

let folder, secrets, company, webhook, origin

const command = (...args) => folder.must(args)
const check = async (...options) =>
  JSON.parse(await command('check', '--portal', 'demo', '--from', '2026-01', '--to', '2026-03', '--format', 'json', ...options))
const control = async (what) => {
  const answer = await fetch(`${origin}/_control`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(what) })
  assert.equal(answer.status, 200, await answer.clone().text())
}
const call = async (method, params) => {
  const answer = await fetch(`${webhook}${method}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(params) })
  return answer.json()
}
const march = (entity, filter = {}) =>
  call(`crm.${entity}.list`, { order: { ID: 'ASC' }, filter: { '>=DATE_CREATE': '2026-03-01', '<DATE_CREATE': '2026-04-01', ...filter }, select: ['ID', 'STAGE_ID', 'OPPORTUNITY', 'ASSIGNED_BY_ID'] })
const causes = (report) => Object.fromEntries(report.findings.map((one) => [`${one.entity} ${one.id}`, one.cause]))
const totals = (report) => report.figures.filter((line) => line.dimension === 'total')

before(async () => {
  folder = new Folder()
  secrets = await mkdtemp(path.join(tmpdir(), 'svodka-check-'))
  const file = path.join(secrets, 'webhook')
  company = spawn(emulator, ['serve', '--deals', '1000', '--seed', '5', '--today', '2026-03-31', '--limits-off',
    '--listen', '127.0.0.1:0', '--webhook-file', file], { stdio: 'ignore' })
  for (let i = 0; i < 600 && !webhook; ++i) {
    webhook = (await readFile(file, 'utf8').catch(() => '')).trim()
    if (!webhook) await new Promise((resolve) => setTimeout(resolve, 50))
  }
  if (!webhook.endsWith('/')) webhook += '/'
  origin = new URL(webhook).origin
  await command('connect', 'bitrix24', '--portal', 'demo', '--webhook-file', file)
  await command('sync', '--portal', 'demo')
})

after(async () => {
  company?.kill('SIGTERM')
  await folder.remove()
  await rm(secrets, { recursive: true, force: true })
})

test('a clean portal: every figure the same, and the CRM\'s own totals', async () => {
  const report = await check()
  assert.deepEqual(report.findings, [])
  assert.equal(report.outcome, 'agree')
  assert.ok(report.cards > 100)
  assert.equal(report.agree, report.cards)
  assert.deepEqual(report.figures.filter((line) => !line.same), [])
  const truth = (await (await fetch(`${origin}/_truth`)).json()).plain.months
  for (const line of totals(report)) {
    const month = truth.find((row) => row.month === line.month)
    const count = line.entity === 'deal' ? month.deals_created : month.leads_created
    assert.equal(line.ours.count, count, line.month)
    assert.equal(line.crm_total, count, line.month)
    if (line.entity === 'deal') assert.equal(line.crm.amount, month.created_amount, line.month)
  }
})

test('a card deleted, one moved and one given away behind our back: each by its cause', async () => {
  const deals = (await march('deal', { STAGE_ID: 'NEW' })).result
  assert.ok(deals.length >= 3)
  const [gone, moved, given] = deals
  await control({ delete: { entity: 'deal', id: Number(gone.ID) } })
  assert.ok((await call('crm.deal.update', { id: moved.ID, fields: { STAGE_ID: 'WON', OPPORTUNITY: '1234.50', CURRENCY_ID: 'RUB' } })).result)
  const other = (await march('deal')).result.find((deal) => deal.ASSIGNED_BY_ID !== given.ASSIGNED_BY_ID)
  assert.ok((await call('crm.deal.update', { id: given.ID, fields: { ASSIGNED_BY_ID: other.ASSIGNED_BY_ID } })).result)

  const seen = await check()
  const expected = { [`deal ${gone.ID}`]: 'deleted', [`deal ${moved.ID}`]: 'stage_changed', [`deal ${given.ID}`]: 'changed' }
  assert.deepEqual(causes(seen), expected)
  assert.equal(seen.outcome, 'differ')
  assert.equal(seen.left, 3)
  const card = seen.findings.find((one) => one.id === moved.ID && one.entity === 'deal')
  assert.deepEqual(card.fields.filter((field) => field !== 'currency'), ['stage', 'amount'])
  assert.equal(card.crm.amount, '1234.50')
  assert.equal(card.crm.stage.id, 'WON')
  assert.equal(card.url, `${origin}/crm/deal/details/${moved.ID}/`)
  assert.ok(seen.figures.some((line) => line.dimension === 'stage' && line.id === 'WON' && !line.same))

  const repaired = await check('--repair')
  assert.deepEqual(causes(repaired), expected)
  assert.deepEqual(new Set(repaired.findings.map((one) => one.fate)), new Set(['repaired']))
  assert.equal(repaired.outcome, 'agree')
  assert.equal(repaired.left, 0)
  assert.equal(repaired.repaired, 3)
  assert.deepEqual(repaired.figures.filter((line) => !line.same), [])
  assert.deepEqual((await check()).findings, [])
})

test('two days without a sync: new cards are named so, the rest moved on', async () => {
  const april = ['check', '--portal', 'demo', '--from', '2026-03', '--to', '2026-04', '--format', 'json']
  const ids = async () => {
    const found = []
    for (const entity of ['lead', 'deal']) {
      for (let start = 0; ; start += 50) {
        const page = await call(`crm.${entity}.list`, { order: { ID: 'ASC' }, filter: { '>=DATE_CREATE': '2026-03-01' }, select: ['ID'], start })
        found.push(...page.result.map((row) => `${entity} ${row.ID}`))
        if (page.next === undefined) break
      }
    }
    return found
  }
  const known = new Set(await ids())
  await control({ step_minutes: 2880 })
  const fresh = (await ids()).filter((key) => !known.has(key))
  assert.ok(fresh.length > 0)
  const report = JSON.parse(await command(...april))
  const named = causes(report)
  assert.deepEqual(Object.keys(named).filter((key) => named[key] === 'not_synced').sort(), fresh.sort())
  assert.ok(Object.values(named).includes('stage_changed'))
  assert.ok(Object.values(named).every((cause) => ['not_synced', 'stage_changed', 'changed'].includes(cause)), JSON.stringify(named))
  const repaired = JSON.parse(await command(...april, '--repair'))
  assert.equal(repaired.left, 0)
  assert.deepEqual(repaired.figures.filter((line) => !line.same), [])
})

test('a card that comes back from the bin', async () => {
  const [card] = (await march('deal', { STAGE_ID: 'NEW' })).result
  await control({ delete: { entity: 'deal', id: Number(card.ID) } })
  await check('--repair')
  await control({ restore: { entity: 'deal', id: Number(card.ID) } })
  assert.deepEqual(causes(await check()), { [`deal ${card.ID}`]: 'returned' })
  assert.equal((await check('--repair')).left, 0)
  assert.deepEqual((await check()).findings, [])
})

test('cards that the webhook may not read any more are told apart from deleted ones', async () => {
  const all = (await march('lead')).total + (await march('deal')).total
  const owner = (await march('deal')).result[0].ASSIGNED_BY_ID
  await control({ only_owner: Number(owner), hidden_denied: true })
  const report = JSON.parse(await command('check', '--portal', 'demo', '--from', '2026-03', '--format', 'json', '--to', '2026-03'))
  await control({ only_owner: 0, hidden_denied: false })
  assert.ok(report.findings.length > 0 && report.findings.length < all)
  assert.deepEqual(new Set(report.findings.map((one) => one.cause)), new Set(['unreadable']))
  assert.ok(report.findings.every((one) => one.ours.employee.id !== String(owner)))
  assert.deepEqual((await check()).findings, [])
})

test('a sale point and an after-sale pipeline explain, they are no mistakes', async () => {
  await command('settings', 'set', '--portal', 'demo', 'after_sale_pipelines', '["4"]')
  const report = await check()
  assert.equal(report.outcome, 'agree')
  assert.ok(report.explained > 0)
  assert.deepEqual(new Set(report.findings.map((one) => one.cause)), new Set(['after_sale']))
  assert.deepEqual(new Set(report.findings.map((one) => one.fate)), new Set(['explained']))
  assert.deepEqual(report.figures.filter((line) => !line.same), [], 'settings are switched off in the table')
  await command('settings', 'reset', '--portal', 'demo', 'after_sale_pipelines')

  const waiting = (await call('crm.deal.list', { filter: { '>=DATE_CREATE': '2026-01-01', CATEGORY_ID: 0, STAGE_SEMANTIC_ID: 'P', '!STAGE_ID': 'NEW' }, select: ['ID', 'STAGE_ID'] })).result
  await command('settings', 'set', '--portal', 'demo', 'sale_point_stage', JSON.stringify({ 0: waiting[0].STAGE_ID }))
  const moved = await check()
  assert.equal(moved.outcome, 'agree')
  assert.equal(causes(moved)[`deal ${waiting[0].ID}`], 'sale_point')
  await command('settings', 'reset', '--portal', 'demo', 'sale_point_stage')
})

test('a rate of our own against the CRM\'s: explained, no mistake', async () => {
  const [card] = (await call('crm.deal.list', { filter: { '>=DATE_CREATE': '2026-01-01', '!CURRENCY_ID': 'RUB', '>OPPORTUNITY': 0 }, select: ['ID', 'CURRENCY_ID'] })).result
  assert.ok(card, 'no deal in another currency')
  await command('settings', 'set', '--portal', 'demo', 'currency_rates', JSON.stringify({ [card.CURRENCY_ID]: '50' }))
  const report = await check()
  await command('settings', 'reset', '--portal', 'demo', 'currency_rates')
  assert.equal(report.outcome, 'agree')
  assert.deepEqual(new Set(report.findings.map((one) => one.cause)), new Set(['currency']))
  const finding = report.findings.find((one) => one.entity === 'deal' && one.id === card.ID)
  assert.deepEqual([finding.fate, finding.fields], ['explained', ['amount']])
  assert.deepEqual((await check()).findings, [])
})

test('written past the CRM, the date of change as before: stale, and repaired', async () => {
  const [card] = (await march('deal', { STAGE_ID: 'NEW', CURRENCY_ID: 'RUB' })).result
  await control({ quietly: { id: Number(card.ID), amount: '98765.43' } })
  const report = await check()
  assert.deepEqual(causes(report), { [`deal ${card.ID}`]: 'stale' })
  assert.deepEqual(report.findings[0].fields, ['amount'])
  assert.equal(report.findings[0].crm.amount, '98765.43')
  const repaired = await check('--repair')
  assert.deepEqual([repaired.repaired, repaired.left], [1, 0])
  assert.deepEqual((await check()).findings, [])
})

test('by whichever of its two dialects the portal answers: the same figures, and the same difference', async () => {
  const cards = (await march('deal', { CURRENCY_ID: 'RUB', IS_RECURRING: 'N' })).result.slice(0, 3)
  let amount = 5000.25
  for (const faults of [{ refuse_items: true }, { refuse_legacy: true }, { refuse_legacy: true, items_plain_dates: true }]) {
    const off = Object.fromEntries(Object.keys(faults).map((name) => [name, false]))
    const said = JSON.stringify(faults)
    const card = cards.pop()
    await control(faults)
    const clean = await check()
    assert.deepEqual([clean.outcome, clean.findings], ['agree', []], said)
    assert.deepEqual(clean.figures.filter((line) => !line.same), [], said)
    assert.ok(totals(clean).every((line) => line.crm_total === line.ours.count), said)
    await control({ quietly: { id: Number(card.ID), amount: String(++amount) } })
    const report = await check('--repair')
    assert.deepEqual(causes(report), { [`deal ${card.ID}`]: 'stale' }, said)
    assert.equal(report.findings[0].crm.amount, String(amount), said)
    assert.deepEqual([report.repaired, report.left], [1, 0], said)
    // A card that is gone is told apart from one that is hidden in this dialect too.
    await control({ delete: { entity: 'deal', id: Number(card.ID) } })
    assert.deepEqual(causes(await check()), { [`deal ${card.ID}`]: 'deleted' }, said)
    await control({ restore: { entity: 'deal', id: Number(card.ID) }, ...off })
    assert.equal((await check('--repair')).left, 0, said)
  }
  assert.deepEqual((await check()).findings, [])
})

test('limits, overload and pages that lose rows do not make differences', async () => {
  await control({ rate_503: 0.2, rate_500_html: 0.1, rate_repeat_row: 0.2 })
  const report = await check()
  await control({ rate_503: 0, rate_500_html: 0, rate_repeat_row: 0, rate_skip_row: 0.5 })
  const skipping = await check()
  await control({ rate_skip_row: 0 })
  assert.deepEqual(report.findings, [])
  assert.deepEqual(skipping.findings, [])
})

test('over the API: begun, followed, kept as the verdict; the command works beside the server', async () => {
  const [card] = (await march('deal', { STAGE_ID: 'NEW' })).result
  assert.ok((await call('crm.deal.update', { id: card.ID, fields: { OPPORTUNITY: '4321.00', CURRENCY_ID: 'RUB' } })).result)
  const seen = await check()
  assert.deepEqual(causes(seen), { [`deal ${card.ID}`]: 'changed' })
  const server = await folder.serve()
  const headers = { 'Content-Type': 'application/json' }
  const ask = async (method, where, body) => {
    const answer = await fetch(`${server.match[1]}/api/v1/${where}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    const text = await answer.text()
    return { status: answer.status, cookie: answer.headers.get('set-cookie'), body: text ? JSON.parse(text) : undefined }
  }
  assert.equal((await ask('GET', 'portals/demo/check')).status, 401)
  const signed = await ask('POST', 'login', { code: server.match[2] })
  Object.assign(headers, { Cookie: signed.cookie.split(';')[0], 'X-CSRF-Token': signed.body.csrf })
  const before = conforms('Check', (await ask('GET', 'portals/demo/check')).body)
  assert.equal(before.last.outcome, 'differ')
  assert.deepEqual(before.report, seen)
  assert.equal((await ask('POST', 'portals/demo/check', { from: 'March' })).body.code, 'bad_month')
  assert.equal((await ask('POST', 'portals/nowhere/check', {})).status, 404)
  assert.equal((await ask('POST', 'portals/demo/check', { from: '2026-01', to: '2026-03', repair: true })).status, 202)
  assert.equal((await ask('POST', 'portals/demo/check', {})).body.code, 'check_running')
  let now
  for (let i = 0; i < 600; ++i) {
    now = conforms('Check', (await ask('GET', 'portals/demo/check')).body)
    if (!now.running) break
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.equal(now.failed, null)
  assert.equal(now.last.outcome, 'agree')
  assert.notEqual(now.last.started_by, 'local')
  const portal = conforms('Portal', (await ask('GET', 'portals')).body.find((one) => one.id === 'demo'))
  assert.deepEqual(portal.check, now.last)
  assert.deepEqual((await check()).findings, [])
  await server.stop()
})

test('a card that somebody works on while we look is not blamed', async () => {
  // This company keeps to the wall clock, so that its dates of change can be after the check's beginning.
  const busy = new Folder()
  const file = path.join(busy.path, 'webhook')
  busy.children.push(spawn(emulator, ['serve', '--deals', '1000', '--seed', '6', '--bustle', '30', '--clock-file', path.join(busy.path, 'clock'),
    '--limits-off', '--listen', '127.0.0.1:0', '--webhook-file', file], { stdio: 'ignore' }))
  let address = ''
  for (let i = 0; i < 600 && !address; ++i) {
    address = (await readFile(file, 'utf8').catch(() => '')).trim()
    if (!address) await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const ask = async (method, params) => (await fetch(`${address}${address.endsWith('/') ? '' : '/'}${method}`,
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(params) })).json()
  await busy.must(['connect', 'bitrix24', '--portal', 'demo', '--webhook-file', file])
  await busy.must(['sync', '--portal', 'demo'])
  const { result } = await ask('crm.deal.list', { order: { ID: 'DESC' }, filter: { STAGE_SEMANTIC_ID: 'P', IS_RECURRING: 'N' }, select: ['ID'] })
  const { ID: id } = result[0]
  let done = false, amount = 1000
  const working = (async () => {
    while (!done) {
      await ask('crm.deal.update', { id, fields: { OPPORTUNITY: String(++amount), CURRENCY_ID: 'RUB' } })
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })()
  // A second passes before the check begins to compare: dates of change are whole seconds.
  await new Promise((resolve) => setTimeout(resolve, 1100))
  await fetch(`${new URL(address).origin}/_control`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"rate_stall": 1, "stall_ms": 400}' })
  const report = JSON.parse(await busy.must(['check', '--portal', 'demo', '--months', '1', '--format', 'json']))
  done = true
  await working
  await busy.remove()
  const finding = report.findings.find((one) => one.id === id && one.entity === 'deal')
  assert.ok(finding, JSON.stringify(report.findings))
  assert.deepEqual([finding.cause, finding.fate], ['while_checking', 'moving'])
  assert.equal(report.left, 0)
})

test('mistakes of months, and a portal that has no CRM', async () => {
  assert.equal((await folder.mustFail(['check', '--portal', 'demo', '--from', '2026-13'])).code, 'bad_month')
  assert.equal((await folder.mustFail(['check', '--portal', 'demo', '--from', '2026-03', '--to', '2026-01'])).code, 'bad_range')
  assert.equal((await folder.mustFail(['check', '--portal', 'demo', '--from', '2026-03', '--months', '2'])).code, 'bad_usage')
  await folder.importDeals()
  assert.equal((await folder.mustFail(['check', '--portal', 'shop'])).code, 'not_connected')
})
