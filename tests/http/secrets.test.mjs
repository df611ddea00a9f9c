// What other users of the machine may see of our processes: /proc/PID/cmdline (everybody) and /proc/PID/environ (the same user,
// core dumps, support bundles). Secrets are handed over as documented (files, standard input, one variable), every process of ours
// is looked at all the while, and none of them shows a secret where it was not handed over.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { startCompany, waitFor } from './company.mjs'
import { Folder } from './program.mjs'

const webhookSecret = 'proc-hook-7741'
const amoToken = 'proc-token-7742'
const password = 'proc password 7743'
const application = 'proc-application-7744'
const secrets = [webhookSecret, amoToken, password, application]
let folder, bitrix, amo

before(async () => {
  folder = new Folder()
  ;[bitrix, amo] = await Promise.all([startCompany(folder, 'bitrix24', ['--webhook-secret', webhookSecret]), startCompany(folder, 'amocrm', ['--token', amoToken])])
})
after(() => folder.remove())

const file = (name, text) => {
  const target = path.join(folder.path, name)
  writeFileSync(target, `${text}\n`, { mode: 0o600 })
  return target
}

/** Looks at a process and all that it starts, until it ends. What was seen: [pid, 'cmdline' | 'environ', text]. */
class Watch {
  constructor(pid) {
    this.seen = []
    this.looks = 0
    this.timer = setInterval(() => this.look(pid), 3)
    this.look(pid)
  }
  look(pid) {
    try {
      for (const what of ['cmdline', 'environ']) {
        const text = readFileSync(`/proc/${pid}/${what}`, 'utf8')
        if (text) this.seen.push([pid, what, text.replaceAll('\0', '\n')])
      }
      ++this.looks
      for (const task of readdirSync(`/proc/${pid}/task`)) {
        for (const child of readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean)) this.look(child)
      }
    } catch {
      // It has ended meanwhile.
    }
  }
  /** `handed`: the one secret that was handed over by the environment. */
  end(handed) {
    clearInterval(this.timer)
    assert.ok(this.looks > 0 && this.seen.some(([, what]) => what === 'environ'), 'nothing was looked at')
    for (const [pid, what, text] of this.seen) {
      for (const secret of secrets) {
        if (what === 'environ' && secret === handed) continue
        assert.ok(!text.includes(secret), `a secret in ${what} of ${pid}: ${text.slice(0, 400)}`)
      }
    }
  }
}

/** A command to its end, watched. */
async function watched(args, { input = '', env = {}, handed } = {}) {
  const child = spawn(process.env.SVODKA_BIN, ['--data', folder.data, ...args], { env: { ...process.env, ...env } })
  const watch = new Watch(child.pid)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (piece) => (said += piece))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const code = await new Promise((done) => child.on('close', done))
  watch.end(handed)
  assert.equal(code, 0, said)
  for (const secret of secrets) assert.ok(!said.includes(secret), `a secret in what ${args[0]} says`)
  return said
}

test('the watch itself sees a secret on a command line and in an environment', async () => {
  for (const [args, env] of [[['-e', 'setTimeout(() => {}, 300)', amoToken], {}], [['-e', 'setTimeout(() => {}, 300)'], { LEAK: amoToken }]]) {
    const child = spawn(process.execPath, args, { env: { ...process.env, ...env } })
    const watch = new Watch(child.pid)
    await new Promise((done) => child.on('close', done))
    assert.throws(() => watch.end(), /a secret in (cmdline|environ)/)
  }
})

test('connecting: by files, by standard input, by the variable', async () => {
  await watched(['connect', 'bitrix24', '--portal', 'main', '--webhook-file', file('webhook', bitrix)])
  await watched(['connect', 'bitrix24', '--portal', 'main', '--webhook-file', '-'], { input: `${bitrix}\n` })
  await watched(['connect', 'bitrix24', '--portal', 'main'], { env: { SVODKA_WEBHOOK: bitrix }, handed: webhookSecret })
  await watched(['connect', 'amocrm', '--portal', 'shop', '--url', new URL(amo).origin, '--token-file', file('token', amoToken)])
})

test('a secret as an argument is refused, whatever it is said after', async () => {
  for (const args of [['connect', 'bitrix24', '--portal', 'x', '--webhook', bitrix], ['connect', 'amocrm', '--portal', 'x', '--url', new URL(amo).origin, '--token', amoToken]]) {
    const { code, out, err } = await folder.run(args)
    assert.equal(code, 2)
    assert.match(err, /-file/, 'says what to do instead')
    for (const secret of secrets) assert.ok(!(out + err).includes(secret), 'and does not repeat it')
  }
})

test('loading, users, hooks: nothing on the command line, nothing in the environment', async () => {
  await watched(['sync', '--portal', 'main'])
  await watched(['sync', '--portal', 'shop'])
  await watched(['user', 'add', '--name', 'A', '--email', 'a@example.ru', '--password-file', file('password', password)])
  await watched(['user', 'add', '--name', 'B', '--email', 'b@example.ru'], { env: { SVODKA_PASSWORD: password }, handed: password })
  await watched(['hooks', '--portal', 'main', '--url', 'https://svodka.example.ru', '--token-file', file('application', application)])
})

test('a server that follows both CRMs, and the commands that it runs for others', async () => {
  const server = await folder.serve({ first: false })
  const watch = new Watch(server.child.pid)
  await waitFor('both portals', async () => JSON.parse(await folder.must(['portals'])).every((portal) => portal.state === 'live'))
  await watched(['sync', '--portal', 'main'])
  await watched(['connect', 'amocrm', '--portal', 'shop', '--url', new URL(amo).origin, '--token-file', file('token', amoToken)])
  // Where the server keeps its secrets they are sealed; its folder is nobody else's.
  for (const name of readdirSync(folder.data, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue
    const text = readFileSync(path.join(name.parentPath ?? name.path, name.name))
    for (const secret of secrets) assert.ok(!text.includes(secret), `a secret in ${name.name}`)
  }
  watch.end()
  await server.stop()
})
