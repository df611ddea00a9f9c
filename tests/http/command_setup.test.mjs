// `svodka setup` on the command line, against both emulators: asked by nobody, through a server that runs, and by a person at a
// pseudo-terminal (`script` of bsdutils). No secret is shown or kept in the open.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { control, startCompany, waitFor } from './company.mjs'
import { Folder } from './program.mjs'

const webhookSecret = 'hook-secret-4711'
const amoToken = 'amo-token-0815'
let folder, bitrix, amo, hookFile, tokenFile
const said = []

const truth = async (address) => (await fetch(`${new URL(address).origin}/_truth`)).json()
const environment = { LC_ALL: '', LC_MESSAGES: '', LANG: 'ru_RU.UTF-8', SVODKA_LANGUAGE: '' }
const worlds = []
function world() {
  worlds.push(new Folder())
  return worlds.at(-1)
}
async function setup(own, args, options = {}) {
  const result = await own.run(['setup', ...args], { ...options, env: { ...environment, ...options.env } })
  said.push(result.out, result.err)
  return result
}
async function result(own, args, options) {
  const { code, out, err } = await setup(own, [...args, '--json'], options)
  assert.equal(code, 0, err)
  return JSON.parse(out)
}
async function refusal(own, args, options) {
  const { code, out, err } = await setup(own, args, options)
  assert.deepEqual([code, out], [2, ''], err)
  return JSON.parse(err.split('\n').find((line) => line.startsWith('{')))
}

/** So that a dialog that asks more than a test answers fails the test, not the whole run's patience. */
const after60s = () => new Promise((done) => setTimeout(done, 60_000).unref())

/** A person at a terminal: waits for what is shown, then types. */
class Talk {
  constructor(own, args) {
    const words = [process.env.SVODKA_BIN, '--data', own.data, 'setup', ...args].map((word) => `'${word}'`).join(' ')
    // exec: a shell between (whichever it is) would be hit by Ctrl+C too, and its exit code told in place of ours
    this.child = spawn('script', ['-qec', `exec ${words}`, '/dev/null'], { env: { ...process.env, ...environment, TERM: 'xterm' } })
    folder.children.push(this.child)
    this.shown = ''
    this.read = 0
    this.child.stdout.setEncoding('utf8').on('data', (piece) => (this.shown += piece))
    const closed = new Promise((done) => this.child.on('close', done))
    this.ends = () => Promise.race([closed, after60s().then(() => assert.fail(`it still waits after\n${this.shown.slice(this.read)}`))])
  }
  async sees(pattern) {
    await waitFor(`${pattern} in\n${this.shown.slice(this.read)}`, () => {
      const found = pattern.exec(this.shown.slice(this.read))
      if (found) this.read += found.index + found[0].length
      return found
    }).catch(() => assert.fail(`${pattern} is not in\n${this.shown.slice(this.read)}`))
  }
  type(text) {
    this.child.stdin.write(text)
  }
  async answers(pattern, text) {
    await this.sees(pattern)
    this.type(`${text}\n`)
  }
}

before(async () => {
  folder = new Folder()
  ;[bitrix, amo] = await Promise.all([startCompany(folder, 'bitrix24', ['--webhook-secret', webhookSecret]), startCompany(folder, 'amocrm', ['--token', amoToken])])
  hookFile = path.join(folder.path, 'webhook.txt')
  tokenFile = path.join(folder.path, 'token.txt')
  writeFileSync(hookFile, `${bitrix}\n`)
  writeFileSync(tokenFile, `${amoToken}\n`)
})
after(async () => {
  for (const own of [folder, ...worlds]) await own.remove()
})

test('nobody is asked: what is missing or wrong is one line with what to do', async () => {
  const own = world()
  assert.deepEqual(['answer_missing', '--kind'], Object.values(await refusal(own, [])).filter((_, i) => i !== 1))
  assert.equal((await refusal(own, ['--kind', 'bitrix24'])).place, '--webhook-file')
  assert.equal((await refusal(own, ['--kind', 'amocrm', '--url', 'https://a.amocrm.ru'])).place, '--token-file')
  assert.equal((await refusal(own, [bitrix])).code, 'secret_as_argument')
  assert.equal((await refusal(own, ['--token', amoToken])).code, 'secret_as_argument')
  const misspelt = await refusal(own, ['--answers', '-'], { input: '{"kind":"bitrix24","webhok":"x"}' })
  assert.deepEqual([misspelt.code, misspelt.nearest], ['bad_answers', ['webhook']])
  assert.equal((await refusal(own, ['--answers', '-'], { input: '{"kind":7}' })).code, 'bad_answers')
  assert.equal((await refusal(own, ['--answers', '-'], { input: '{' })).code, 'bad_json')
  assert.equal(existsSync(own.data), false, 'nothing was kept')
  const wrong = { input: JSON.stringify({ kind: 'bitrix24', webhook: bitrix.replace(webhookSecret, 'wrong-secret-0001') }) }
  for (const [language, words] of [['ru', /вебхук/], ['en', /webhook/]]) {
    const refused = await refusal(own, ['--answers', '-', '--json', '--language', language], wrong)
    assert.deepEqual([refused.code, refused.place], ['setup_failed', 'accepted'])
    assert.match(refused.message, words)
  }
  const english = await setup(own, ['--help'])
  assert.match(english.out, /setup --answers - --json/)
})

test('--check-only looks and measures, and keeps nothing', async () => {
  const own = world()
  const found = await result(own, ['--check-only', '--webhook-file', hookFile])
  const { rows } = await truth(bitrix)
  const counted = Object.fromEntries(found.volumes.map((one) => [one.entity, one.rows]))
  assert.deepEqual([found.verdict, counted.leads, counted.deals, counted.contacts], ['ok', rows.leads, rows.deals_and_templates, rows.contacts])
  assert.ok(found.seconds > 0 && found.portal === undefined)
  assert.deepEqual(JSON.parse(await own.must(['portals'])), [])
})

test('Bitrix24 with answers: connected, loaded, the mappings stored; a new secret later', async () => {
  const own = world()
  const answers = { kind: 'bitrix24', webhook: bitrix, portal: 'factory', name: 'Завод', values: { technical_users: ['5'], after_sale_pipelines: 'suggested' }, from_day: '2025-01-01' }
  const done = await result(own, ['--answers', '-'], { input: JSON.stringify(answers) })
  assert.deepEqual([done.portal, done.name, done.state], ['factory', 'Завод', 'loaded'])
  assert.ok(done.stored > 1000)
  assert.deepEqual(done.answered.technical_users, ['5'])
  // Deals come to production (pipeline 4 of the generated company) after they were won elsewhere: the events say so.
  assert.deepEqual(done.answered.after_sale_pipelines, ['4'])
  const [{ id, state }] = JSON.parse(await own.must(['portals']))
  assert.deepEqual([id, state], ['factory', 'stopped'])
  const settings = JSON.parse(await own.must(['settings', 'get', '--portal', 'factory', 'technical_users']))
  assert.match(JSON.stringify(settings), /"5"/)
  // Every question is answered or left open, none twice.
  const open = done.open.map((one) => one.setting)
  assert.ok(open.every((name) => !(name in done.answered)))
  assert.ok(done.open.every((one) => one.options.every((option) => typeof option.evidence === 'string')))

  const again = await result(own, ['--webhook-file', hookFile, '--portal', 'factory', '--no-load'])
  assert.equal(again.portal, 'factory')
  assert.equal(JSON.parse(await own.must(['portals'])).length, 1)
  const unknown = await refusal(own, ['--answers', '-', '--json'], { input: JSON.stringify({ ...answers, values: { poll_seconds: 1 } }) })
  assert.equal(unknown.code, 'bad_answers')
})

test('amoCRM through a server that runs: it does every step, and follows', async () => {
  const own = world()
  const server = await own.serve()
  const done = await result(own, ['--url', new URL(amo).origin, '--token-file', tokenFile, '--portal', 'shop', '--lead-pipelines', 'suggested'])
  assert.deepEqual([done.portal, done.state], ['shop', 'live'])
  const { lead_pipelines: leads } = await truth(amo)
  const kept = JSON.parse(await own.must(['settings', 'get', '--portal', 'shop', 'lead_pipelines']))
  for (const pipeline of leads) assert.match(JSON.stringify(kept), new RegExp(`"${pipeline}"`))
  assert.equal(JSON.parse(await own.must(['portals']))[0].state, 'live')
  await server.stop()
})

test('a person at a terminal: the secret is not shown, a right is given on the way, questions are answered by number', async () => {
  const own = world()
  await control(bitrix, { missing_scope: 'task' })
  const talk = new Talk(own, [])
  await talk.sees(/1\. Битрикс24/)
  await talk.answers(/Номер \[1\]: /, 'семь')
  await talk.answers(/Нужен номер[^]*Номер \[1\]: /, '1')
  await talk.sees(/Входящий вебхук[^]*CRM \(crm\)/)
  await talk.answers(/Адрес вебхука[^\n]*: /, `${bitrix}x\x7f`)
  await talk.sees(/получено знаков: \d+/)
  await talk.sees(/✓ Вебхук принят[^]*! Задачи \(task\)[^]*→ Откройте вебхук/)
  await control(bitrix, { missing_scope: '' })
  await talk.answers(/проверить ещё раз[^]*Номер \[1\]: /, '2')
  await talk.sees(/✓ Задачи \(task\)[^]*часовой пояс\s+Europe\/Moscow/)
  await talk.sees(/сделки\s+1\u00A0\d{3}[^]*не меньше/)
  await talk.answers(/Как назвать источник \[[^\]]*\]: /, 'Мой завод')
  await talk.answers(/Короткое имя[^\n]*: /, 'Плохое имя!')
  await talk.answers(/Короткое имя[^\n]*: /, 'zavod')
  await talk.sees(/Загружено\. Строк: /)
  let technical = 0
  for (let i = 0; i < 20; ++i) {
    await talk.sees(/(Готово\.|Enter[^\n]*: )/)
    if (talk.shown.slice(0, talk.read).endsWith('Готово.')) break
    const question = talk.shown.slice(talk.shown.lastIndexOf('\r\n\r\n', talk.read), talk.read)
    const asked = /не человек/.test(question)
    technical += asked ? 1 : 0
    talk.type(asked ? '1\n' : '0\n')
  }
  await talk.ends()
  assert.equal(technical, 1)
  assert.match(talk.shown, /карточек: \d+/)
  assert.match(talk.shown, /Готово\./)
  assert.equal(talk.shown.includes(webhookSecret), false)
  said.push(talk.shown)
  assert.equal(talk.child.exitCode, 0)
  const [portal] = JSON.parse(await own.must(['portals']))
  assert.deepEqual([portal.id, portal.name], ['zavod', 'Мой завод'])
  assert.match(await own.must(['settings', 'get', '--portal', 'zavod', 'technical_users']), /"\d+"/)
})

const table = 'Номер сделки;Название;Этап;Бюджет;Ответственный;Создана\n1;Стол;Победа;1 234,50;Анна;10.01.2025\n2;Стул;Отказ;1-2-3;Борис;11.01.2025\n'

test('a file is a source too: asked by nobody, and by a person', async () => {
  const own = world()
  const file = path.join(folder.path, 'Сделки.csv')
  writeFileSync(file, table)
  const done = await result(own, ['--file', file, '--name', 'Таблица'])
  assert.deepEqual([done.kind, done.files[0].entity, done.summary.stored, done.summary.rejected], ['file', 'deals', 1, 1])
  assert.equal((await refusal(own, ['--kind', 'file'])).place, '--file')
  const talk = new Talk(own, [])
  await talk.answers(/3\. Файл[^]*Номер \[1\]: /, '3')
  await talk.answers(/Файл: /, file)
  await talk.answers(/Файл: /, '')
  await talk.sees(/Сделки\.csv: deals[^]*Бюджет → amount[^]*Как это будет понято[^]*«1-2-3»/)
  await talk.answers(/2\. Таблица[^]*Номер \[2\]: /, '')
  await talk.answers(/загрузить так[^]*Номер \[1\]: /, '')
  await talk.sees(/Строк прочитано 2, новых и изменённых 0, отклонено 1/)
  await talk.ends()
  assert.equal(talk.child.exitCode, 0)
})

test('Ctrl+C at the secret ends it: nothing is kept, the terminal shows again what is typed', async () => {
  const own = world()
  const talk = new Talk(own, ['--kind', 'bitrix24'])
  await talk.answers(/Адрес вебхука[^\n]*: /, '')
  await talk.sees(/Адрес вебхука[^\n]*: /)
  talk.type('\x03')
  await talk.ends()
  assert.equal(talk.child.exitCode, 2)
  assert.match(talk.shown, /"cancelled"/)
})

test('no secret is said again, nor kept in the open', () => {
  const secrets = [webhookSecret, amoToken, 'wrong-secret-0001']
  for (const secret of secrets) assert.equal(said.some((text) => text.includes(secret)), false, secret)
  for (const own of worlds) {
    if (!existsSync(own.data)) continue
    for (const file of readdirSync(own.data, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())) {
      const bytes = readFileSync(path.join(file.parentPath ?? file.path, file.name))
      for (const secret of secrets) assert.equal(bytes.includes(secret), false, `${file.name}: ${secret}`)
    }
  }
})
