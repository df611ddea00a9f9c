// The questions of the set-up assistant for a Bitrix24 portal: suggested out of its data, answered over HTTP, and the figures that
// follow, against the generator's own books.
import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { startCompany, waitFor } from './company.mjs'
import { Folder } from './program.mjs'

let folder, origin, headers, crm

async function ask(method, where, body) {
  const answer = await fetch(`${origin}/api/v1/${where}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
  const text = await answer.text()
  return { status: answer.status, text, body: text ? JSON.parse(text) : undefined }
}
const questions = async () => {
  const answer = await ask('GET', 'setup/sources/demo/questions?language=ru')
  assert.equal(answer.status, 200, answer.text)
  return Object.fromEntries(answer.body.questions.map((one) => [one.setting, one]))
}
const answer = async (values) => {
  const put = await ask('PUT', 'setup/sources/demo/questions', { values, from_day: null })
  assert.equal(put.status, 204, put.text)
}
const suggested = (question) => question.options.filter((one) => one.suggested)
const query = async (request) => JSON.parse(await folder.must(['query', '--portal', 'demo', JSON.stringify({ period: { from: '2020-01-01', to: '2027-01-01' }, ...request })]))
const one = async (request) => (await query(request)).rows[0][0]
const truth = async () => (await fetch(`${new URL(crm).origin}/_truth`)).json()
/** Figures by the names of the members, none as ''; zeros left out. */
const named = async (measure, dimension, more = {}) => Object.fromEntries(
  (await query({ measures: [measure], dimensions: [dimension], ...more })).rows.map(([member, value]) => [member.id === null ? '' : member.label, value ?? 0]).filter(([, value]) => value !== 0))

before(async () => {
  folder = new Folder()
  crm = await startCompany(folder, 'bitrix24', ['--today', '2026-03-31'])
  await folder.must(['connect', 'bitrix24', '--portal', 'demo', '--webhook-file', path.join(folder.path, 'bitrix24')])
  await folder.must(['sync', '--portal', 'demo'])
  const server = await folder.serve()
  origin = server.match[1]
  headers = { 'Content-Type': 'application/json' }
  const signed = await fetch(`${origin}/api/v1/login`, { method: 'POST', headers, body: JSON.stringify({ code: server.match[2] }) })
  headers = { ...headers, Cookie: signed.headers.get('set-cookie').split(';')[0], 'X-CSRF-Token': (await signed.json()).csrf }
})
after(() => folder.remove())

test('the reason of loss: a field suggested for deals and for leads, then the losses divide by it', async () => {
  const { loss_reason_field: asked } = await questions()
  const told = Object.fromEntries(suggested(asked).map((option) => [option.group, option.id]))
  assert.deepEqual(told, { deal: 'UF_CRM_1700000010', lead: 'UF_CRM_1700000103' })
  assert.match(asked.options.find((option) => option.suggested).evidence, /заполнено у \d+ % проваленных/)
  const stages = await named('deals_lost', 'loss_reason')
  await answer({ loss_reason_field: told })
  const { deals_lost_by_reason: deals, leads_lost_by_reason: leads } = (await truth()).custom_fields
  assert.notDeepEqual(stages, deals, 'without an answer it is the failure stage')
  assert.deepEqual(await named('deals_lost', 'loss_reason'), deals)
  assert.deepEqual(await named('leads_lost', 'loss_reason'), leads)
  assert.deepEqual((await questions()).loss_reason_field.value, told)
})

test('region and line of business: the card\'s own field before its client\'s, and taken back', async () => {
  const asked = await questions()
  assert.equal(suggested(asked.region_field).find((option) => option.group === 'deal').id, 'UF_CRM_1700000002')
  assert.equal(suggested(asked.business_line_field).find((option) => option.group === 'deal').id, 'UF_CRM_1700000001')
  const books = (await truth()).custom_fields
  assert.deepEqual(await named('deals_created', 'business_line'), books.deals_by_industry)
  await answer({ region_field: { deal: 'UF_CRM_1700000002' }, business_line_field: { deal: 'UF_CRM_1700000001' } })
  assert.deepEqual(await named('deals_created', 'region'), books.deals_by_city)
  const lines = await named('deals_created', 'business_line')
  for (const [name, count] of Object.entries(books.deals_by_direction)) if (name) assert.equal(lines[name], count, name)
  await answer({ region_field: { company: 'UF_CRM_1700000302', contact: 'UF_CRM_1700000202' }, business_line_field: {} })
  assert.deepEqual(await named('deals_created', 'region'), books.deals_by_city_of_client)
  assert.deepEqual(await named('deals_created', 'business_line'), books.deals_by_industry)
})

test('the planned close: a date field that open deals fill, then the plan stands in its months', async () => {
  const { planned_close_field: asked } = await questions()
  // Suggested where a fifth of the open deals fill it: elsewhere it would plan for few.
  const field = asked.options.find((option) => option.id === 'UF_CRM_1700000005')
  assert.equal(field.suggested, Number(/заполнено в (?:< )?(\d+) % открытых/.exec(field.evidence)[1]) >= 20, field.evidence)
  await answer({ planned_close_field: 'UF_CRM_1700000005' })
  const { deals_by_ship_month: months } = (await truth()).custom_fields
  for (const month of Object.keys(months).filter(Boolean).sort().slice(-4)) {
    const [year, number] = month.split('-').map(Number)
    const next = number === 12 ? `${year + 1}-01-01` : `${year}-${String(number + 1).padStart(2, '0')}-01`
    const filters = [{ dimension: 'planned_close', from: `${month}-01`, to: next }]
    assert.equal(await one({ measures: ['deals_created'], filters }), months[month], month)
  }
  await answer({ planned_close_field: '' })
})

test('meetings: what else counts as one moves over from its own kind, and nothing is lost', async () => {
  const { meeting_types: asked } = await questions()
  const todo = asked.options.find((option) => option.id === 'CRM_TODO')
  assert.ok(todo, JSON.stringify(asked.options))
  const kinds = () => named('activities', 'activity_kind')
  const sum = (rows) => Object.values(rows).reduce((all, count) => all + count, 0)
  const meetings = async () => one({ measures: [{ measure: 'activities', args: { kind: 'meeting' } }] })
  const tasks = async () => one({ measures: [{ measure: 'activities', args: { kind: 'task' } }] })
  const [before, met, done] = [await kinds(), await meetings(), await tasks()]
  await answer({ meeting_types: ['CRM_TODO'] })
  const now = await kinds()
  assert.ok(await meetings() > met)
  assert.equal(await meetings() - met, done - await tasks())
  assert.equal(sum(now), sum(before))
  await answer({ meeting_types: [] })
  assert.deepEqual(await kinds(), before)
})

test('a sale point: what stands behind it is sold; an after-sale pipeline: what was handed over stays sold', async () => {
  const books = await truth()
  assert.equal(await one({ measures: ['deals_won'] }), books.plain.total.deals_won)
  const asked = await questions()
  assert.ok(asked.sale_point_stage.options.some((option) => option.group === '0' && option.id === 'FINAL_INVOICE'))
  await answer({ sale_point_stage: { 0: 'FINAL_INVOICE' } })
  const waiting = books.stages_now.find((row) => row.entity === 'deal' && row.stage === 'FINAL_INVOICE').count
  assert.ok(waiting > 0)
  assert.equal(await one({ measures: ['deals_won'] }), books.plain.total.deals_won + waiting)
  await answer({ sale_point_stage: {} })
  assert.equal(await one({ measures: ['deals_won'] }), books.plain.total.deals_won)

  assert.deepEqual(suggested(asked.after_sale_pipelines).map((option) => option.id), books.after_sale.after_sale_pipelines)
  await answer({ after_sale_pipelines: books.after_sale.after_sale_pipelines })
  const won = await query({ measures: ['deals_won', 'won_amount'] })
  assert.deepEqual(won.rows[0], [books.after_sale.total.deals_won, books.after_sale.total.won_amount])
  await answer({ after_sale_pipelines: [] })
})

test('smart processes: none by itself; chosen, they are copied at once and counted', async () => {
  const { smart_processes: asked } = await questions()
  assert.deepEqual(asked.options.map((option) => [option.id, option.name, option.suggested]), [['1030', 'Монтаж', false]])
  assert.deepEqual(asked.value, [])
  assert.equal(await one({ measures: ['smart_items'] }), 0)
  await answer({ smart_processes: ['1030'] })
  const { smart_items: books } = await truth()
  await waitFor('the items', async () => await one({ measures: ['smart_items'] }) === books.count)
  const total = await query({ measures: ['smart_items', 'smart_items_amount'], dimensions: ['smart_type'] })
  assert.deepEqual(total.rows, [[{ id: '1030', label: 'Монтаж' }, books.count, books.amount]])
  const stages = await query({ measures: ['smart_items'], dimensions: ['smart_stage'] })
  assert.deepEqual(Object.fromEntries(stages.rows.map(([stage, count]) => [stage.id, count])), books.by_stage)
  const people = await named('smart_items', 'employee')
  assert.equal(Object.values(people).reduce((all, count) => all + count, 0), books.count)
  const request = { period: { from: '2020-01-01', to: '2027-01-01' }, measures: ['smart_items'], cell: { measure: 'smart_items', values: { smart_stage: 'DT1030_9:FAIL' } }, limit: 5 }
  const page = JSON.parse(await folder.must(['records', '--portal', 'demo', JSON.stringify(request)]))
  assert.equal(page.total, books.by_stage['DT1030_9:FAIL'])
  for (const link of page.links) assert.match(link, /\/crm\/type\/1030\/details\/\d+\/$/)
  await answer({ smart_processes: [] })
  await waitFor('no items', async () => await one({ measures: ['smart_items'] }) === 0)
})
