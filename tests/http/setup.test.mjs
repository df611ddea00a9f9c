// Setting up over HTTP, against both emulators: what a person is told right by right, that the first load begins, and that no
// secret is ever said again: not in an answer, not in the log, not in a plain file.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import Ajv from 'ajv/dist/2020.js'
import { parse } from 'yaml'

import { control, startCompany, waitFor } from './company.mjs'
import { Folder } from './program.mjs'

const openapi = parse(readFileSync(path.join(path.dirname(fileURLToPath(import.meta.url)), '../../schemas/openapi.yaml'), 'utf8'))
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
ajv.addSchema(openapi, 'openapi')
function conforms(name, value) {
  const check = ajv.getSchema(`openapi#/components/schemas/${name}`) ?? ajv.compile({ $ref: `openapi#/components/schemas/${name}` })
  assert.ok(check(value), `${name}: ${JSON.stringify(check.errors?.slice(0, 5))}\n${JSON.stringify(value).slice(0, 600)}`)
  return value
}
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const webhookSecret = 'hook-secret-4711'
const amoToken = 'amo-token-0815'
let folder, server, origin, headers, bitrix, amo, webhook
const log = []
const answers = []

async function ask(method, where, body, extra = {}) {
  const response = await fetch(`${origin}/api/v1/${where}`, { method, headers: { ...headers, ...extra }, body: body === undefined ? undefined : JSON.stringify(body) })
  const text = await response.text()
  answers.push(text)
  return { status: response.status, text, body: text ? JSON.parse(text) : undefined }
}
const states = (check) => Object.fromEntries(check.checks.map((one) => [one.id, one.state]))
async function check(body, language = 'ru') {
  const answer = await ask('POST', `setup/drafts?language=${language}`, body)
  assert.equal(answer.status, 200, answer.text)
  return conforms('SetupCheck', answer.body)
}

before(async () => {
  folder = new Folder()
  ;[bitrix, amo] = await Promise.all([startCompany(folder, 'bitrix24', ['--webhook-secret', webhookSecret]), startCompany(folder, 'amocrm', ['--token', amoToken])])
  webhook = bitrix
  amo = new URL(amo).origin
  server = await folder.serve({ options: ['--log-level', 'debug'] })
  server.child.stdout.on('data', (piece) => log.push(String(piece)))
  server.child.stderr.on('data', (piece) => log.push(String(piece)))
  origin = server.match[1]
  headers = { 'Content-Type': 'application/json' }
  const signed = await fetch(`${origin}/api/v1/login`, { method: 'POST', headers, body: JSON.stringify({ code: server.match[2] }) })
  assert.equal(signed.status, 200)
  headers = { ...headers, Cookie: signed.headers.get('set-cookie').split(';')[0], 'X-CSRF-Token': (await signed.json()).csrf }
})
after(async () => {
  await folder.remove()
})

test('strangers and pages of others set nothing up', async () => {
  const body = { kind: 'bitrix24', webhook }
  assert.equal((await ask('POST', 'setup/drafts', body, { Cookie: '' })).status, 401)
  const forged = await ask('POST', 'setup/drafts', body, { 'X-CSRF-Token': 'x' })
  assert.deepEqual([forged.status, forged.body.code], [403, 'csrf'])
  assert.equal((await ask('GET', 'setup/sources', undefined, { Cookie: '' })).status, 401)
})

test('the guide says where each secret is made, in both languages', async () => {
  for (const language of ['ru', 'en']) {
    const guide = conforms('SetupGuide', (await ask('GET', `setup/guide?language=${language}`)).body)
    assert.deepEqual(guide.kinds.map((one) => one.kind), ['bitrix24', 'amocrm', 'file'])
    for (const kind of guide.kinds.slice(0, 2)) for (const way of kind.ways) assert.equal(way.steps.length, 3)
  }
})

test('Bitrix24: what cannot work is said in plain words, with what to do', async () => {
  const page = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome</html>'))
  await new Promise((done) => page.listen(0, '127.0.0.1', done))
  const html = `http://127.0.0.1:${page.address().port}/rest/1/${webhookSecret}/`
  const cases = [
    ['hello', 'address'],
    [webhook.replace(webhookSecret, 'wrong-secret-0001'), 'accepted'],
    [`https://no-such-portal.invalid/rest/1/${webhookSecret}/`, 'reach'],
    [`http://127.0.0.1:1/rest/1/${webhookSecret}/`, 'reach'],
    [webhook.replace('http:', 'https:'), 'encrypted'],
    [html, 'answers'],
  ]
  for (const [pasted, item] of cases) {
    for (const language of ['ru', 'en']) {
      const found = await check({ kind: 'bitrix24', webhook: pasted }, language)
      assert.deepEqual([found.usable, found.verdict, found.account], [false, 'fail', null], item)
      const wrong = found.checks.find((one) => one.state === 'fail')
      assert.equal(wrong.id, item, JSON.stringify(found.checks))
      assert.ok(wrong.detail && wrong.fix)
      assert.equal(/[а-я]/i.test(wrong.detail + wrong.fix), language === 'ru', wrong.detail)
    }
  }
  page.close()
})

test('Bitrix24: each right that is missing has its own line, and is seen again once it was given', async () => {
  for (const [scope, item] of [['user', 'users'], ['department', 'departments'], ['task', 'tasks']]) {
    await control(bitrix, { missing_scope: scope })
    const found = await check({ kind: 'bitrix24', webhook })
    assert.deepEqual([found.usable, found.verdict, states(found)[item]], [true, 'warn', 'warn'], JSON.stringify(found.checks))
    const line = found.checks.find((one) => one.id === item)
    assert.match(line.fix, new RegExp(`\\(${scope}\\)`))
    await control(bitrix, { missing_scope: '' })
    const again = conforms('SetupCheck', (await ask('POST', `setup/drafts/${found.draft}/check`)).body)
    assert.equal(states(again)[item], 'ok')
  }
  await control(bitrix, { missing_scope: 'crm' })
  const none = await check({ kind: 'bitrix24', webhook })
  assert.deepEqual([none.usable, states(none).accepted, states(none).crm], [false, 'ok', 'fail'])
  const refused = await ask('POST', `setup/drafts/${none.draft}/start`, {})
  assert.deepEqual([refused.status, refused.body.code], [422, 'setup_failed'])
  assert.deepEqual((await ask('GET', 'setup/sources')).body, [])
  await control(bitrix, { missing_scope: '' })
})

test('Bitrix24: from a webhook to a portal that is loaded', async () => {
  const found = await check({ kind: 'bitrix24', webhook: ` "${webhook}crm.deal.list" ` })
  assert.deepEqual([found.usable, found.verdict], [true, 'ok'], JSON.stringify(found.checks))
  assert.equal(found.account.currency, 'RUB')
  assert.ok(found.account.users > 3)
  const measured = conforms('SetupMeasure', (await ask('POST', `setup/drafts/${found.draft}/measure`)).body)
  const { rows } = await (await fetch(`${new URL(bitrix).origin}/_truth`)).json()
  const counted = Object.fromEntries(measured.volumes.map((one) => [one.entity, one.rows]))
  assert.deepEqual([counted.leads, counted.deals, counted.contacts, counted.companies], [rows.leads, rows.deals_and_templates, rows.contacts, rows.companies])
  assert.ok(measured.seconds > 0 && measured.rows > 1000)

  const begun = conforms('SetupStarted', (await ask('POST', `setup/drafts/${found.draft}/start`, { name: 'Перегородкин' })).body)
  assert.equal(begun.name, 'Перегородкин')
  assert.equal((await ask('POST', `setup/drafts/${found.draft}/start`, {})).status, 404)
  const source = await waitFor('the first load', async () => (await ask('GET', 'setup/sources?language=ru')).body.find((one) => one.state === 'live'))
  conforms('Source', source)
  assert.ok(source.counts.deals > 500)
  assert.equal(source.trouble, null)

  const twice = await check({ kind: 'bitrix24', webhook })
  assert.equal(states(twice).duplicate, 'warn')
  const other = await check({ kind: 'bitrix24', portal: begun.portal, webhook: webhook.replace('127.0.0.1', 'localhost') })
  assert.deepEqual([other.usable, states(other).other_account], [false, 'fail'])
  const anew = await check({ kind: 'bitrix24', portal: begun.portal, webhook })
  assert.equal((await ask('POST', `setup/drafts/${anew.draft}/start`, {})).body.portal, begun.portal)
  assert.equal((await ask('GET', 'setup/sources')).body.length, 1)
})

test('a source is paused, goes on, gets another name, and is removed only by its name', async () => {
  const [{ id }] = (await ask('GET', 'setup/sources')).body
  const now = async () => (await ask('GET', 'setup/sources')).body.find((one) => one.id === id)
  assert.equal((await ask('PATCH', `setup/sources/${id}`, { paused: true })).status, 204)
  assert.deepEqual([(await now()).paused, (await now()).state], [true, 'stopped'])
  assert.equal((await ask('POST', `portals/${id}/refresh`)).status, 409)
  assert.equal((await ask('PATCH', `setup/sources/${id}`, { paused: false, name: 'Завод' })).status, 204)
  assert.equal((await now()).name, 'Завод')
  await waitFor('following again', async () => (await now()).state === 'live')
  assert.equal((await ask('PATCH', `setup/sources/${id}`, { paused: 'yes' })).status, 400)

  await control(bitrix, { revoked: true })
  await ask('PATCH', `setup/sources/${id}`, { paused: true })
  await ask('PATCH', `setup/sources/${id}`, { paused: false })
  const troubled = await waitFor('the refusal', async () => ((await now()).trouble ? now() : null))
  conforms('Source', troubled)
  assert.equal(troubled.trouble.reconnect, true)
  assert.match(troubled.trouble.fix, /вебхук/)
  await control(bitrix, { revoked: false })

  const kept = await ask('DELETE', `setup/sources/${id}`, { confirm: 'Zavod' })
  assert.deepEqual([kept.status, kept.body.code], [400, 'confirm_needed'])
  assert.equal((await ask('DELETE', `setup/sources/${id}`, { confirm: 'Завод' })).status, 204)
  assert.deepEqual((await ask('GET', 'setup/sources')).body, [])
  assert.deepEqual(readdirSync(path.join(folder.data, 'portals')), [])
})

test('amoCRM: what cannot work, then pipelines of leads by their names, and the load', async () => {
  const cases = [
    [{ url: 'shop.example.ru', token: amoToken }, 'address'],
    [{ url: amo, token: 'wrong-token-0002' }, 'accepted'],
    [{ url: amo, token: 'two words' }, 'accepted'],
    [{ url: 'https://no-such-account-0815.amocrm.invalid', token: amoToken }, 'address'],
    [{ url: 'http://127.0.0.1:1', token: amoToken }, 'reach'],
  ]
  for (const [body, item] of cases) {
    const found = await check({ kind: 'amocrm', ...body })
    assert.equal(found.checks.find((one) => one.state === 'fail')?.id, item, JSON.stringify(found.checks))
    assert.equal(found.usable, false)
  }
  await control(amo, { unpaid: true })
  assert.match((await check({ kind: 'amocrm', url: amo, token: amoToken })).checks[0].fix, /Оплатите/)
  await control(amo, { unpaid: false })

  const found = await check({ kind: 'amocrm', url: amo, token: amoToken })
  assert.deepEqual([found.usable, found.verdict], [true, 'ok'], JSON.stringify(found.checks))
  const { lead_pipelines: leads, rows } = await (await fetch(`${amo}/_truth`)).json()
  assert.deepEqual(found.pipelines.filter((one) => one.suggested).map((one) => one.id), leads.map(String))
  const measured = conforms('SetupMeasure', (await ask('POST', `setup/drafts/${found.draft}/measure`)).body)
  const deals = measured.volumes.find((one) => one.entity === 'deals')
  assert.ok(deals.approximate && deals.rows > 500, JSON.stringify([deals, rows]))

  const begun = (await ask('POST', `setup/drafts/${found.draft}/start`, { id: 'amo', name: 'Магазин', lead_pipelines: leads.map(String) })).body
  assert.equal(begun.portal, 'amo')
  await waitFor('the first load', async () => (await ask('GET', 'setup/sources')).body.find((one) => one.state === 'live'))
  const kept = (await ask('GET', 'setup/sources')).body[0]
  assert.ok(kept.counts.leads > 0 && kept.counts.deals > 0)
})

test('amoCRM by an integration: the one-time code is used once, and what it gave is kept', async () => {
  const integration = { client_id: '6f0f2a1e-0000-4000-8000-000000000001', client_secret: 'emulator-client-secret', redirect_uri: 'https://svodka.example.ru/oauth', code: 'no-such-code' }
  const wrong = await check({ kind: 'amocrm', url: amo, integration })
  assert.deepEqual(states(wrong), { accepted: 'fail' })
  assert.match(wrong.checks[0].fix, /код/)
})

test('questions come with evidence out of the data, answers are stored and take effect', async () => {
  const asked = conforms('SetupQuestions', (await ask('GET', 'setup/sources/amo/questions?language=ru')).body)
  const by = Object.fromEntries(asked.questions.map((one) => [one.setting, one]))
  assert.deepEqual([...by.lead_pipelines.value].sort(), by.lead_pipelines.options.filter((one) => one.suggested).map((one) => one.id).sort())
  assert.ok(by.technical_users.options.length > 3)
  for (const one of asked.questions) for (const option of one.options) assert.equal(typeof option.evidence, 'string')
  // «Платёж 1 сумма», «… дата», «… дата факт»: each amount with its days, by the beginning of their names.
  for (const [setting, day] of [['payment_paid_field', ' дата факт'], ['payment_due_field', ' дата']]) {
    const suggested = by[setting].options.filter((one) => one.suggested)
    assert.deepEqual(suggested.map((one) => [one.group_name, one.name]), ['1', '2'].map((k) => [`Платёж ${k} сумма`, `Платёж ${k}${day}`]))
    for (const one of suggested) assert.match(one.evidence, /заполнено у [<\d ]+% сделок с этой суммой/)
    const value = Object.fromEntries(suggested.map((one) => [one.group, one.id]))
    assert.equal((await ask('PUT', 'setup/sources/amo/questions', { values: { [setting]: value }, from_day: null })).status, 204)
    assert.deepEqual((await ask('GET', 'setup/sources/amo/questions')).body.questions.find((one) => one.setting === setting).value, value)
  }
  const user = by.technical_users.options[0].id
  assert.equal((await ask('PUT', 'setup/sources/amo/questions', { values: { technical_users: [user] }, from_day: null })).status, 204)
  const now = (await ask('GET', 'setup/sources/amo/questions')).body.questions.find((one) => one.setting === 'technical_users')
  assert.deepEqual(now.value, [user])
  assert.deepEqual((await ask('PUT', 'setup/sources/amo/questions', { values: { technical_users: [], sale_point_stage: 5 } })).status, 400)
  assert.deepEqual((await ask('GET', 'setup/sources/amo/questions')).body.questions.find((one) => one.setting === 'technical_users').value, [user])
  assert.equal((await ask('PUT', 'setup/sources/amo/questions', { values: { poll_seconds: 1 } })).status, 400)
})

async function upload(name, text, pieces = 2) {
  const bytes = Buffer.from(text)
  const begun = conforms('UploadBegun', (await ask('POST', 'setup/uploads', { name, size: bytes.length })).body)
  const step = Math.ceil(bytes.length / pieces)
  for (let at = 0; at < bytes.length; at += step) {
    const sent = await fetch(`${origin}/api/v1/setup/uploads/${begun.upload}?offset=${at}`, { method: 'PUT', headers: { ...headers, 'Content-Type': 'application/octet-stream' }, body: bytes.subarray(at, at + step) })
    assert.equal(sent.status, 204, await sent.text())
  }
  return begun.upload
}
const table = 'Номер сделки;Название;Этап;Бюджет;Ответственный;Создана;Город\n' +
  '1;Стол;Победа;1 234,50;Анна;10.01.2025;Тверь\n2;Стул;Отказ;100,25;Борис;11.01.2025;Омск\n3;Шкаф;Новая;1-2-3;Анна;12.01.2025;Тверь\n'

test('files: pieces, a mapping that is chosen, a preview with rejects, the import, and next month in one click', async () => {
  const id = await upload('../../etc/Сделки*.csv', table)
  const found = conforms('FilesPreview', (await ask('POST', 'setup/files/preview', { uploads: [id] })).body)
  const [file] = found.files
  assert.deepEqual([file.entity, file.name.includes('/'), file.name.includes('*')], ['deals', false, false])
  const target = (name) => file.columns.find((one) => one.name === name).target
  assert.deepEqual(['Этап', 'Бюджет', 'Ответственный', 'Город'].map(target), ['stage', 'amount', 'owner', 'custom'])
  assert.equal(found.remembered, null)
  assert.equal(found.rejects.length, 1)
  assert.equal(found.rejects[0].value, '1-2-3')
  for (const language of ['ru', 'en']) {
    const [told] = (await ask('POST', `setup/files/preview?language=${language}`, { uploads: [id] })).body.rejects
    assert.equal(told.code, 'unknown_currency')
    assert.match(told.reason, language === 'ru' ? /^не валюта/ : /^the text beside/)
  }
  assert.equal(found.tables.find((one) => one.table === 'deal').rows.length, 2)

  const columns = Object.fromEntries(file.columns.map((one) => [one.name, one.target]))
  const choices = { [file.signature]: { entity: 'deals', columns: { ...columns, Город: 'skip' }, stages: { Победа: 'S', Отказ: 'F', Новая: 'P' } } }
  const chosen = (await ask('POST', 'setup/files/preview', { uploads: [id], choices })).body
  assert.equal(chosen.files[0].columns.find((one) => one.name === 'Город').target, 'skip')
  const done = conforms('FilesSummary', (await ask('POST', 'setup/files/import', { uploads: [id], choices, name: 'Таблица' })).body)
  assert.deepEqual([done.read, done.stored, done.rejected], [3, 2, 1])
  const rejects = await fetch(`${origin}/api/v1/setup/sources/${done.portal}/rejects`, { headers })
  assert.match(await rejects.text(), /1-2-3/)
  const won = await ask('POST', `portals/${done.portal}/query`, { measures: ['deals_won', 'won_amount'] })
  assert.match(won.text, /1234\.50/)

  const next = await upload('март.csv', table.replace('1;Стол', '4;Стол').replace(';1-2-3;', ';7;'), 1)
  const again = (await ask('POST', 'setup/files/preview', { uploads: [next] })).body
  assert.deepEqual(again.remembered, { portal: done.portal, name: 'Таблица' })
  assert.equal(again.files[0].columns.find((one) => one.name === 'Город').target, 'skip')
  const more = (await ask('POST', 'setup/files/import', { uploads: [next], portal: done.portal })).body
  assert.deepEqual([more.read, more.rejected, more.portal], [3, 0, done.portal])
})

test('files: a list of calls goes into a CRM\'s source; whose our side is, is asked and remembered', async () => {
  const portal = 'amo'
  const name = (await ask('GET', 'portals')).body.find((one) => one.id === portal)?.name
  const list = 'Номер абонента;Тип услуги;Номер собеседника;Дата;Время;Длит., мин:сек\n+7 900 000-00-01;Исходящий вызов;8 (999) 111-22-33;02.03.2026;10:15:00;3:10\n'
  const id = await upload('Детализация.csv', list)
  const found = conforms('FilesPreview', (await ask('POST', 'setup/files/preview', { uploads: [id], portal })).body)
  assert.deepEqual([found.files[0].entity, found.problem], ['calls', null])
  assert.deepEqual(found.people.sides, [{ text: '+7 900 000-00-01', calls: 1, employee: '' }])
  assert.equal((await ask('POST', 'setup/files/preview', { uploads: [id] })).body.people, null)
  const who = found.people.employees[0].id
  const choices = { [found.files[0].signature]: { entity: 'calls', columns: Object.fromEntries(found.files[0].columns.map((one) => [one.name, one.target])), people: { '+7 900 000-00-01': `#${who}` } } }
  const done = conforms('FilesSummary', (await ask('POST', 'setup/files/import', { uploads: [id], portal, choices })).body)
  assert.deepEqual([done.calls.calls, done.calls.with_employee, done.calls.unknown.examples], [1, 1, ['79991112233']])
  assert.equal((await ask('GET', 'portals')).body.find((one) => one.id === portal)?.name, name)
  const next = await upload('Детализация декабрь.csv', list)
  const again = (await ask('POST', 'setup/files/preview', { uploads: [next] })).body
  assert.equal(again.remembered.portal, portal)
  assert.deepEqual(again.people.sides, [{ text: '+7 900 000-00-01', calls: 1, employee: who }])
  const deals = await upload('Сделки.csv', table)
  const refused = await ask('POST', 'setup/files/import', { uploads: [deals], portal })
  assert.deepEqual([refused.status, refused.body.code], [409, 'portal_of_crm'])
})

test('files: how far an import has come is told by bytes while it runs', async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => `${i + 1};Стол ${i};Новая;100,50;Анна;10.01.2025;Тверь`)
  const id = await upload('Много.csv', `${table.split('\n')[0]}\n${rows.join('\n')}\n`)
  const before = conforms('ImportProgress', (await ask('GET', 'setup/files/import')).body)
  assert.equal(before.running, false)
  const seen = []
  let ended = false
  const importing = ask('POST', 'setup/files/import', { uploads: [id], name: 'Много' }).finally(() => (ended = true))
  while (!ended) {
    const now = conforms('ImportProgress', (await ask('GET', 'setup/files/import')).body)
    if (now.running) seen.push(now)
    await pause(50)
  }
  assert.equal((await importing).body.stored, 20_000)
  const way = seen.filter((one) => one.file === 'Много.csv' && one.rows > 0)
  assert.ok(way.length > 0, JSON.stringify(seen))
  for (const [i, one] of way.entries()) {
    assert.ok(one.rows % 8192 === 0 || one.rows === 20_000, String(one.rows))
    // Rows of the same length: the share of bytes is that of rows, but for the piece that is read ahead.
    assert.ok(one.share >= one.rows / 20_000 - 0.01 && one.share <= 1, JSON.stringify(one))
    assert.ok(i === 0 || one.rows >= way[i - 1].rows)
  }
  assert.equal((await ask('GET', 'setup/files/import')).body.running, false)
})

test('files: what is no table, too large, or another one\'s is refused', async () => {
  assert.equal((await ask('POST', 'setup/uploads', { name: 'a.csv', size: 2 ** 31 })).status, 413)
  const negative = await ask('POST', 'setup/uploads', { name: 'a.csv', size: -1 })
  assert.deepEqual([negative.status, negative.body.code], [400, 'bad_request'])
  assert.equal((await ask('POST', 'setup/files/preview', { uploads: ['nothing'] })).status, 422)
  const begun = (await ask('POST', 'setup/uploads', { name: 'a.csv', size: 10 })).body
  const piece = (offset, body, extra = {}) => fetch(`${origin}/api/v1/setup/uploads/${begun.upload}?offset=${offset}`, { method: 'PUT', headers: { ...headers, 'Content-Type': 'application/octet-stream', ...extra }, body })
  assert.equal((await piece(5, 'abc')).status, 409)
  assert.equal((await piece(0, 'abcdefghijklm')).status, 413)
  assert.equal((await piece(0, 'abc', { 'X-CSRF-Token': 'x' })).status, 403)
  assert.equal((await ask('POST', 'setup/files/preview', { uploads: [begun.upload] })).status, 422)
  assert.equal((await ask('DELETE', `setup/uploads/${begun.upload}`)).status, 204)
  assert.equal((await ask('POST', 'setup/files/import', { uploads: [await upload('x.csv', 'a;b\n1;2\n')], portal: 'amo' })).status, 409)
})

test('no secret is said again: in no answer, no log line, no file of the data folder', async () => {
  const secrets = [webhookSecret, amoToken, 'wrong-secret-0001', 'wrong-token-0002', 'emulator-client-secret']
  await Folder.stop(server.child, 'SIGTERM')
  for (const secret of secrets) {
    assert.equal(answers.some((text) => text.includes(secret)), false, secret)
    assert.equal(log.join('').includes(secret), false, secret)
  }
  const files = readdirSync(folder.data, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  assert.ok(files.length >= 2)
  for (const file of files) {
    const bytes = readFileSync(path.join(file.parentPath ?? file.path, file.name))
    for (const secret of secrets) assert.equal(bytes.includes(secret), false, `${file.name}: ${secret}`)
  }
  rmSync(path.join(folder.data, 'svodka.socket'), { force: true })
})
