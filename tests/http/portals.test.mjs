// A Bitrix24 portal and an amoCRM account in one installation, asked as one: by the command line and by HTTP, against what each
// tells alone and against the generators' own totals.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { startCompany } from './company.mjs'
import { Folder } from './program.mjs'

let folder, server, origin, headers, truths
const token = 'emulator-token'
const period = { from: '2025-01-01', to: '2026-01-01' }
const both = ['--portal', 'acme', '--portal', 'shop']

const ask = async (portals, request) => JSON.parse(await folder.must(['query', ...portals.flatMap((id) => ['--portal', id]), JSON.stringify(request)]))
const kopecks = (text) => BigInt(text.replace('.', ''))

before(async () => {
  folder = new Folder()
  const [bitrix, amo] = await Promise.all([startCompany(folder, 'bitrix24', ['--today', '2026-03-31']), startCompany(folder, 'amocrm', ['--today', '2026-03-31', '--token', token])])
  truths = await Promise.all([bitrix, amo].map(async (address) => (await fetch(`${new URL(address).origin}/_truth`)).json()))
  const [webhook, secret] = [path.join(folder.path, 'webhook'), path.join(folder.path, 'token')]
  writeFileSync(webhook, bitrix)
  writeFileSync(secret, token)
  await folder.must(['connect', 'bitrix24', '--portal', 'acme', '--name', 'Acme', '--webhook-file', webhook])
  await folder.must(['connect', 'amocrm', '--portal', 'shop', '--name', 'Shop', '--url', new URL(amo).origin, '--token-file', secret, '--lead-pipelines', truths[1].lead_pipelines.join(',')])
  await folder.must(['sync', '--portal', 'acme'])
  await folder.must(['sync', '--portal', 'shop'])
})
after(() => folder.remove())

test('--portal twice adds the portals, and the portal divides them', async () => {
  const request = { measures: ['deals_won', 'won_amount', 'leads_created', 'win_rate'], period }
  const alone = [await ask(['acme'], request), await ask(['shop'], request)].map((table) => table.rows[0])
  const [sum] = (await ask(['acme', 'shop'], request)).rows
  assert.ok(alone.every(([won]) => won > 20), JSON.stringify(alone))
  assert.equal(sum[0], alone[0][0] + alone[1][0])
  assert.equal(kopecks(sum[1]), kopecks(alone[0][1]) + kopecks(alone[1][1]))
  assert.equal(sum[2], alone[0][2] + alone[1][2])
  const lost = await ask(['acme', 'shop'], { measures: ['deals_lost'], period })
  assert.ok(Math.abs(sum[3] - sum[0] / (sum[0] + lost.rows[0][0])) < 1e-9)
  const divided = await ask(['acme', 'shop'], { ...request, dimensions: ['portal'], totals: true })
  assert.deepEqual(divided.rows.map(([portal]) => portal?.id ?? null), ['acme', 'shop', null])
  assert.deepEqual(divided.rows.map((row) => row.slice(1)), [...alone, sum])
  assert.deepEqual(divided.rows[0][0].label, 'Acme')
})

test('employees of equal ids stay apart, and a filter names one of them', async () => {
  const people = await ask(['acme', 'shop'], { measures: ['deals_won'], dimensions: ['employee'], period })
  const ids = people.rows.map(([who]) => who.id).filter(Boolean)
  assert.ok(ids.some((id) => id.endsWith('@acme')) && ids.some((id) => id.endsWith('@shop')), ids.join())
  assert.equal(new Set(ids).size, ids.length)
  const [who, won] = people.rows.find(([one, count]) => one.id?.endsWith('@shop') && count > 0)
  const chosen = await ask(['acme', 'shop'], { measures: ['deals_won'], period, filters: [{ dimension: 'employee', in: [who.id] }] })
  assert.equal(chosen.rows[0][0], won)
  const own = await ask(['shop'], { measures: ['deals_won'], period, filters: [{ dimension: 'employee', in: [who.id.replace('@shop', '')] }] })
  assert.equal(own.rows[0][0], won)
})

test('the list beneath a number holds the cards of both, each with its portal and its link', async () => {
  const request = { measures: ['won_amount'], cell: { measure: 'won_amount' }, period, order: [{ by: 'amount', descending: true }], limit: 1000 }
  const list = async (portals) => JSON.parse(await folder.must(['records', ...portals, JSON.stringify(request)]))
  const [all, acme, shop] = [await list(both), await list(['--portal', 'acme']), await list(['--portal', 'shop'])]
  assert.equal(all.total, acme.total + shop.total)
  assert.equal(kopecks(all.totals.amount), kopecks(acme.totals.amount) + kopecks(shop.totals.amount))
  const at = all.columns.findIndex(({ id }) => id === 'portal')
  const amount = all.columns.findIndex(({ id }) => id === 'amount')
  all.rows.forEach((row, i) => {
    assert.match(all.links[i], row[at].id === 'acme' ? /\/crm\/deal\/details\// : /\/leads\/detail\//)
    if (i > 0 && row[amount] !== null) assert.ok(kopecks(all.rows[i - 1][amount]) >= kopecks(row[amount]), `row ${i}`) // the unknown stand last
  })
  const keys = (page, portal) => page.rows.map((row) => `${portal ?? row[at].id}/${row[0]}`)
  if (all.total <= 1000) assert.deepEqual(keys(all).sort(), [...keys(acme, 'acme'), ...keys(shop, 'shop')].sort())
})

test('a report is of both, and says how fresh each is', async () => {
  const build = async (portals) => JSON.parse(await folder.must(['report', 'sales_dynamics', ...portals, '--period', '2025', '--format', 'json']))
  const document = await build(both)
  assert.equal(document.portal.id, 'acme,shop')
  assert.deepEqual(document.portal.parts.map(({ id, kind }) => [id, kind]), [['acme', 'bitrix24'], ['shop', 'amocrm']])
  for (const part of document.portal.parts) assert.ok(part.current_at, part.id)
  const widgets = document.sections.flatMap((section) => section.widgets)
  assert.deepEqual(widgets.filter((widget) => widget.error).map((widget) => [widget.id, widget.error]), [])
})

test('what is done for one portal is refused for two', async () => {
  assert.equal((await folder.mustFail(['sync', ...both])).code, 'bad_usage')
  assert.equal((await folder.mustFail(['query', '--portal', 'acme', '--portal', 'acme', '{"measures":["deals_won"]}'])).code, 'bad_request')
  assert.equal((await folder.mustFail(['query', '--portal', 'acme', '--portal', 'nowhere', '{"measures":["deals_won"]}'])).code, 'unknown_portal')
})

test('HTTP answers the same, members and freshness included', async () => {
  const request = { measures: ['deals_won', 'won_amount'], dimensions: ['portal'], totals: true, period }
  const expected = await ask(['acme', 'shop'], request)
  server = await folder.serve()
  origin = server.match[1]
  headers = { 'Content-Type': 'application/json' }
  const call = async (method, where, body) => {
    const answer = await fetch(`${origin}/api/v1/${where}`, { method, headers, body: body && JSON.stringify(body) })
    return { status: answer.status, body: await answer.json(), headers: answer.headers }
  }
  const signed = await call('POST', 'login', { code: server.match[2] })
  headers = { ...headers, Cookie: signed.headers.get('set-cookie').split(';')[0], 'X-CSRF-Token': signed.body.csrf }
  const table = await call('POST', 'portals/acme,shop/query', request)
  assert.deepEqual(table.body.rows, expected.rows)
  assert.deepEqual((await call('POST', 'portals/acme%2Cshop/query', request)).body.rows, expected.rows)
  const pipelines = (await call('GET', 'portals/acme,shop/members/pipeline')).body
  assert.ok(pipelines.length > 2 && pipelines.every(({ id }) => /@(acme|shop)$/.test(id)), JSON.stringify(pipelines))
  assert.deepEqual((await call('GET', 'portals/acme,shop/members/portal')).body.map(({ id }) => id), ['acme', 'shop'])
  const acting = await call('GET', 'portals/acme,shop/actions')
  assert.deepEqual([acting.status, acting.body.code], [422, 'one_portal_only'])
  const report = await fetch(`${origin}/api/v1/portals/acme,shop/reports/sales_dynamics`, { method: 'POST', headers: { ...headers, Accept: 'application/json' }, body: '{}' })
  assert.equal(report.status, 200)
  const feed = await fetch(`${origin}/api/v1/portals/acme,shop/events`, { headers })
  const { value } = await feed.body.getReader().read()
  assert.match(new TextDecoder().decode(value), /event: freshness/)
  await server.stop()
})
