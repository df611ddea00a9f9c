import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import Ajv from 'ajv/dist/2020.js'
import { parse } from 'yaml'

import { Folder } from './program.mjs'

const openapi = parse(readFileSync(path.join(path.dirname(fileURLToPath(import.meta.url)), '../../schemas/openapi.yaml'), 'utf8'))
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
ajv.addSchema(openapi, 'openapi')
const checks = {}
/** Fails unless `value` is what schemas/openapi.yaml calls `name`. */
function conforms(name, value) {
  checks[name] ??= ajv.compile({ $ref: `openapi#/components/schemas/${name}` })
  assert.ok(checks[name](value), `${name}: ${JSON.stringify(checks[name].errors?.slice(0, 5))}\n${JSON.stringify(value).slice(0, 500)}`)
  return value
}

let folder, server, origin, headers
const won = '{"measures":["deals_won","won_amount"],"dimensions":["employee"],"totals":true,"period":{"from":"2025-01-01","to":"2025-04-01"}}'
const commands = [
  ['query', '--portal', 'shop', won],
  ['records', '--portal', 'shop', JSON.stringify({ ...JSON.parse(won), cell: { measure: 'won_amount' } })],
  ['report', 'sales_dynamics', '--portal', 'shop', '--period', '2025-Q1'],
  ['report', 'sales_dynamics', '--portal', 'shop', '--period', '2025-Q1', '--format', 'csv'],
  ['model'],
  ['settings', 'get'],
  ['query', '--portal', 'shop', '{"measures":["nonsense"]}'],
  ['query', '--portal', 'nowhere', won],
]
const alone = []

async function ask(method, where, body, extra = {}) {
  const response = await fetch(`${origin}/api/v1/${where}`, {
    method, headers: { ...headers, ...extra }, body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  return { status: response.status, headers: response.headers, text, body: type.startsWith('application/json') && text ? JSON.parse(text) : undefined }
}

before(async () => {
  folder = new Folder()
  await folder.importDeals()
  for (const command of commands) alone.push(await folder.run(command))
  server = await folder.serve()
  origin = server.match[1]
  headers = { 'Content-Type': 'application/json' }
  conforms('Session', (await ask('GET', 'session')).body)
  const signed = await ask('POST', 'login', { code: server.match[2] })
  assert.equal(signed.status, 200, signed.text)
  headers = { ...headers, Cookie: signed.headers.get('set-cookie').split(';')[0], 'X-CSRF-Token': conforms('Session', signed.body).csrf }
})
after(() => folder.remove())

test('while the server runs, every command answers the same bytes', async () => {
  assert.equal(statSync(path.join(folder.data, 'svodka.socket')).mode & 0o777, 0o600)
  for (const [i, command] of commands.entries()) assert.deepEqual(await folder.run(command), alone[i], command.join(' '))
})

test('a second server on the folder is refused', async () => {
  assert.equal((await folder.mustFail(['serve', '--listen', '127.0.0.1:0'])).code, 'already_running')
})

test('answers are what the schema says', async () => {
  for (const portal of (await ask('GET', 'portals')).body) conforms('Portal', portal)
  for (const report of (await ask('GET', 'reports?language=en')).body) conforms('ReportInfo', report)
  conforms('Model', (await ask('GET', 'portals/shop/model?language=en')).body)
  const table = conforms('Table', (await ask('POST', 'portals/shop/query', won)).body)
  assert.ok(table.rows.length >= 2)
  conforms('RecordPage', (await ask('POST', 'portals/shop/records', { ...JSON.parse(won), cell: { measure: 'won_amount' } })).body)
  for (const member of (await ask('GET', 'portals/shop/members/employee?search=ан')).body) conforms('Member', member)
})

test('a report is whole or comes line by line', async () => {
  const state = { language: 'en', period: { from: '2025-01-01', to: '2025-04-01' }, compare: 'previous' }
  const whole = await ask('POST', 'portals/shop/reports/sales_dynamics', state, { Accept: 'application/json' })
  const document = conforms('Document', whole.body)
  const widgets = document.sections.flatMap((section) => section.widgets)
  assert.ok(widgets.length > 5)
  const streamed = await ask('POST', 'portals/shop/reports/sales_dynamics', state, { Accept: 'application/x-ndjson' })
  const lines = streamed.text.trim().split('\n').map((line) => JSON.parse(line))
  conforms('Document', lines[0])
  conforms('EndLine', lines.at(-1))
  for (const line of lines.slice(1, -1)) conforms('WidgetLine', line)
  assert.deepEqual(lines.slice(1, -1).map((line) => line.widget).sort(), widgets.map((widget) => widget.id).sort())
})

test('wrong requests are 4xx with a code, a place and the nearest name', async () => {
  const cases = [
    ['POST', 'portals/shop/query', '{"measures":["deals_wun"]}', 400, 'unknown_measure'],
    ['POST', 'portals/shop/query', '{"measures":', 400, 'bad_json'],
    ['POST', 'portals/shop/query', '[]', 400],
    ['POST', 'portals/shop/query', '{"measures":["deals_won"],"dimensions":["emploee"]}', 400, 'unknown_dimension'],
    ['POST', 'portals/shop/query', '{"measures":["deals_won"],"period":{"from":"2025-02-30","to":"2025-03-01"}}', 400],
    ['POST', 'portals/shop/query', '{"measures":["deals_won"],"limit":-1}', 400],
    ['POST', 'portals/shop/query', '{"measures":[{"measure":5}]}', 400],
    ['POST', 'portals/shpo/query', won, 404, 'unknown_portal'],
    ['POST', 'portals/shop/records', won, 400],
    ['POST', 'portals/shop/reports/sales', '{}', 404, 'unknown_report'],
    ['POST', 'portals/shop/reports/sales_dynamics', '{"period":{"preset":"yestoday"}}', 400],
    ['POST', 'portals/shop/reports/sales_dynamics', '{"switches":{"nope":"x"}}', 400],
    ['GET', 'portals/shop/members/nope', undefined, 400],
    ['GET', 'nowhere', undefined, 404, 'unknown_address'],
    ['GET', 'portal', undefined, 404, 'unknown_address', '/api/v1/portals'],
    ['POST', 'portals/shop/qwery', won, 404, 'unknown_address', '/api/v1/portals/shop/query'],
    ['GET', 'reports?langauge=en', undefined, 400, 'unknown_key', 'language'],
    ['GET', 'portals/shop/members/employee?serch=a', undefined, 400, 'unknown_key', 'search'],
    ['POST', 'portals/shop/query', '{"measures":[{"measure":"stage_reached","args":{"stages":["Wonn"]}}]}', 400, 'bad_argument', 'Won'],
    ['POST', 'portals/shop/reports/sales_dynamics', '{"period":"last_moth"}', 400, undefined, 'last_month'],
    ['POST', 'portals/shop/records', '{"cell":{"measure":"deals_won"},"limit":1001}', 400, 'bad_request'],
    ['POST', 'portals/shop/query', JSON.stringify({ measures: ['deals_won'], dimensions: Array.from({ length: 9 }, (_, i) => `field:${i}`) }), 400, 'bad_request'],
    ['POST', 'portals/shop/query', JSON.stringify({ measures: ['deals_won'], filters: Array.from({ length: 20_000 }, (_, i) => ({ dimension: 'source', in: [`${i}`] })) }), 400, 'bad_request'],
    ['PUT', 'portals', '{}', 405, 'method_not_allowed'],
  ]
  for (const [method, where, body, status, code, nearest] of cases) {
    const answer = await ask(method, where, body)
    assert.equal(answer.status, status, `${method} ${where} ${body?.slice(0, 300)}: ${answer.text}`)
    conforms('Error', answer.body)
    if (nearest) assert.ok(answer.body.nearest.includes(nearest), answer.text)
    if (!['[]', won, '{}'].includes(body) && status === 400) assert.notEqual(answer.body.place, '', answer.text)
    if (code) assert.equal(answer.body.code, code)
  }
})

test('mutated requests are never a 500', async () => {
  let seed = 20250301
  const random = (limit) => (seed = (seed * 1103515245 + 12345) % 2147483648) % limit
  const values = [null, true, -1, 1e300, '', 'x', '😀', [], {}, [null], { a: 1 }, '2025-02-30', "'; DROP TABLE x --"]
  const requests = [
    { measures: ['deals_won', { measure: 'won_amount' }], dimensions: ['employee', 'month'], period: { from: '2025-01-01', to: '2025-04-01' },
      filters: [{ dimension: 'pipeline', in: ['0'] }], cross_filters: [{ dimension: 'employee', not_in: [null] }], compare: 'previous',
      totals: true, as_of: '2025-03-31', order: [{ by: 'won_amount', descending: true }], limit: 5, others: true },
    { language: 'en', period: { preset: 'this_month' }, compare: 'previous', filters: [{ dimension: 'pipeline', in: ['0'] }],
      cross: [{ widget: 'by_employee', dimension: 'employee', in: ['7'] }], switches: { matrix_of: 'open' },
      widgets: { dynamics: { measure: 'won_amount', grain: 'quarter', path: [{ dimension: 'pipeline', id: '0' }], offset: 0, limit: 10 } }, only: ['dynamics'] },
  ]
  const mutate = (node) => {
    const keys = Object.keys(node)
    const key = keys[random(keys.length)]
    if (typeof node[key] === 'object' && node[key] !== null && Object.keys(node[key]).length > 0 && random(3) > 0) return mutate(node[key])
    if (random(5) === 0) delete node[key]
    else node[key] = values[random(values.length)]
  }
  for (let i = 0; i < 120; ++i) {
    const which = random(3)
    const body = structuredClone(requests[which === 2 ? 1 : 0])
    for (let edits = 1 + random(3); edits > 0; --edits) if (Object.keys(body).length > 0) mutate(body)
    if (which === 1) body.cell = { measure: 'deals_won', values: { employee: values[random(values.length)] } }
    const where = ['query', 'records', 'reports/sales_dynamics'][which]
    const answer = await ask('POST', `portals/shop/${where}`, body, { Accept: 'application/json' })
    assert.ok(answer.status < 500, `${where} ${JSON.stringify(body)}: ${answer.status} ${answer.text.slice(0, 300)}`)
  }
})

test('state-changing calls need the CSRF value', async () => {
  const { 'X-CSRF-Token': _, ...without } = headers
  const response = await fetch(`${origin}/api/v1/settings`, { method: 'PUT', headers: without, body: '{}' })
  assert.equal(response.status, 403)
  assert.equal((await ask('PUT', 'settings', { theme: 'dark' })).status, 200)
  assert.deepEqual((await ask('GET', 'settings')).body, { theme: 'dark' })
})

test('events tell the freshness at once', async () => {
  const response = await fetch(`${origin}/api/v1/portals/shop/events`, { headers })
  const reader = response.body.getReader()
  const text = new TextDecoder().decode((await reader.read()).value)
  await reader.cancel()
  assert.match(text, /^event: freshness\ndata: /)
  conforms('Freshness', JSON.parse(text.split('data: ')[1].split('\n')[0]))
})

test('an import through the socket reaches open pages', async () => {
  const before = (await ask('GET', 'portals')).body[0].data_version
  writeFileSync(folder.deals, readFileSync(folder.deals, 'utf8') + '6,Полка,Won,7,Анна,2025-03-01,2025-03-02\n')
  const summary = JSON.parse(await folder.importDeals())
  assert.deepEqual([summary.stored, summary.unchanged], [1, 4])
  assert.ok((await ask('GET', 'portals')).body[0].data_version > before)
})

test('health, metrics and security headers', async () => {
  assert.equal((await fetch(`${origin}/healthz`)).status, 200)
  assert.match(await (await fetch(`${origin}/metrics`)).text(), /svodka_portal_data_version\{portal="shop"\}/)
  const policy = (await fetch(`${origin}/`)).headers.get('content-security-policy')
  assert.match(policy, /script-src 'self'/)
  assert.doesNotMatch(policy, /unsafe-eval/)
})

test('a wide address is refused until an administrator exists', async () => {
  const other = new Folder()
  try {
    assert.equal((await other.mustFail(['serve', '--listen', '0.0.0.0:0'])).code, 'administrator_needed')
    const user = ['user', 'add', '--name', 'Анна', '--email', 'anna@example.org', '--password-file', '-']
    assert.equal((await other.mustFail(user, { input: 'short' })).code, 'bad_account')
    await other.must(user, { input: 'correct horse\n' })
    await (await other.serve({ listen: '0.0.0.0:0', first: false })).stop()
  } finally {
    await other.remove()
  }
})

test('a clean end removes the socket; what kill -9 leaves is cleared away', async () => {
  const other = new Folder()
  try {
    await other.importDeals()
    const before = await other.must(commands[0])
    const socket = path.join(other.data, 'svodka.socket')
    const first = await other.serve()
    assert.equal(await first.stop('SIGTERM'), 0)
    assert.ok(!existsSync(socket))
    const second = await other.serve()
    await second.stop('SIGKILL')
    assert.ok(existsSync(socket))
    assert.equal(await other.must(commands[0]), before)
    assert.ok(!existsSync(socket))
  } finally {
    await other.remove()
  }
})

test('the socket is for commands; strangers on the port get no command', async () => {
  const answer = await ask('POST', 'local/command', '{"command":"portals"}')
  assert.equal(answer.status, 404)
  const status = await new Promise((done) => {
    http.get({ socketPath: path.join(folder.data, 'svodka.socket'), path: '/api/v1/portals' }, (response) => {
      response.resume()
      done(response.statusCode)
    })
  })
  assert.equal(status, 200)
})
