// What the black-box tests share: a data folder of its own, the program, a small file set.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const binary = process.env.SVODKA_BIN
assert.ok(binary, 'SVODKA_BIN names the program; ./run test sets it')

const mapping = `
portal: {name: Shop, zone: Europe/Moscow, currency: RUB}
pipelines:
  deals:
    - name: Sales
      stages: [New, Offer, {name: Won, semantic: S}, {name: Lost, semantic: F}]
files:
  - file: deals*.csv
    entity: deals
    fields: {id: id, title: title, stage: stage, amount: amount, owner: {column: owner, match: name}, created_at: created, closed_at: closed}
    stage_dates: {Won: closed, Lost: closed}
`
const deals = `id,title,stage,amount,owner,created,closed
1,Стол,Won,"1 234,50 руб.",Анна,2025-01-10,2025-02-01
2,Стул «Уют» 😀,Won,100.25,Борис,2025-01-11,2025-02-03
3,Шкаф,Lost,50,Анна,2025-01-12,2025-03-01
4,Лампа,New,,Анна,2025-02-12,
5,Ковёр,Won,about ten,Борис,2025-01-11,2025-02-03
`

export class Folder {
  constructor() {
    this.path = mkdtempSync(path.join(tmpdir(), 'svodka-http-'))
    this.data = path.join(this.path, 'data')
    this.map = path.join(this.path, 'map.yaml')
    this.deals = path.join(this.path, 'deals.csv')
    writeFileSync(this.map, mapping)
    writeFileSync(this.deals, deals)
    this.children = []
  }
  /** Runs a command to its end. */
  run(args, { input = '', env = {} } = {}) {
    return new Promise((done, fail) => {
      const child = spawn(binary, ['--data', this.data, ...args], { env: { ...process.env, ...env } })
      let out = '', err = ''
      child.stdout.setEncoding('utf8').on('data', (piece) => (out += piece))
      child.stderr.setEncoding('utf8').on('data', (piece) => (err += piece))
      child.on('error', fail)
      child.on('close', (code) => done({ code, out, err }))
      child.stdin.on('error', () => undefined)
      child.stdin.end(input)
    })
  }
  async must(args, options) {
    const result = await this.run(args, options)
    assert.equal(result.code, 0, `svodka ${args.join(' ')}\n${result.err}`)
    return result.out
  }
  /** The error of a command that must fail: one line of JSON on stderr, nothing on stdout, exit 2. */
  async mustFail(args, options) {
    const result = await this.run(args, options)
    assert.equal(result.code, 2, `svodka ${args.join(' ')} should fail\n${result.out}`)
    assert.equal(result.out, '')
    const lines = result.err.split('\n').filter((line) => line.startsWith('{'))
    assert.equal(lines.length, 1, result.err)
    const error = JSON.parse(lines[0])
    assert.deepEqual(Object.keys(error).slice(0, 3), ['code', 'message', 'place'])
    return error
  }
  importDeals() {
    return this.must(['import', '--portal', 'shop', '--map', this.map, this.deals])
  }
  /** Starts a server and waits for what it says. */
  async start(args, pattern) {
    const child = spawn(binary, ['--data', this.data, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.children.push(child)
    let said = ''
    const match = await new Promise((done, fail) => {
      const hear = (piece) => {
        said += piece
        const found = pattern.exec(said)
        if (found) done(found)
      }
      child.stdout.setEncoding('utf8').on('data', hear)
      child.stderr.setEncoding('utf8').on('data', hear)
      child.on('exit', (code) => fail(new Error(`svodka ${args.join(' ')} ended with ${code}\n${said}`)))
    })
    return { child, match, stop: (signal = 'SIGTERM') => Folder.stop(child, signal) }
  }
  /** `first`: nobody can sign in yet, so that a one-time code is told. */
  serve({ listen = '127.0.0.1:0', first = true, options = [] } = {}) {
    const address = /running: (http\S+)\/\n/
    return this.start(['serve', '--listen', listen, ...options], first ? /running: (http\S+)\/\n[^]*one-time code (\S+) / : address)
  }
  static stop(child, signal) {
    return new Promise((done) => {
      if (child.exitCode !== null || child.signalCode !== null) return done(child.exitCode)
      child.removeAllListeners('exit')
      child.on('exit', (code) => done(code))
      child.kill(signal)
    })
  }
  async remove() {
    for (const child of this.children) await Folder.stop(child, 'SIGKILL')
    rmSync(this.path, { recursive: true, force: true })
  }
}
