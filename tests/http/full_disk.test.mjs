// A disk that is full in the middle of an import and of a first load from a CRM: what a person is told, and that with room
// again the same command goes on: nothing lost, nothing counted twice.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { Folder } from './program.mjs'

const emulator = process.env.SVODKA_EMULATOR
assert.ok(emulator, 'SVODKA_EMULATOR names the emulator; ./run test sets it')

/** A folder whose data lie on a small disk of their own. */
class TightFolder extends Folder {
  constructor() {
    super()
    mkdirSync(this.data)
    const made = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=0700', 'svodka-test', this.data], { encoding: 'utf8' })
    this.mounted = made.status === 0
    this.why = made.stderr ?? String(made.error)
  }
  room(megabytes) {
    const { status, stderr } = spawnSync('mount', ['-o', `remount,size=${megabytes}m`, this.data], { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
  }
  /** Leaves room for so much more than what lies there now. */
  tighten(kilobytes) {
    const used = Number(spawnSync('du', ['-sk', this.data], { encoding: 'utf8' }).stdout.split('\t')[0])
    const { status, stderr } = spawnSync('mount', ['-o', `remount,size=${used + kilobytes}k`, this.data], { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
  }
  async remove() {
    for (const child of this.children) await Folder.stop(child, 'SIGKILL')
    if (this.mounted) spawnSync('umount', ['-l', this.data])
    await super.remove()
  }
}

let folder
before(() => {
  folder = new TightFolder()
  if (!folder.mounted) console.error(`NOTE: the tests of a full disk are SKIPPED: no small disk can be mounted here (${folder.why.trim()})`)
})
after(() => folder.remove())

const saysFull = (error) => {
  assert.equal(error.code, 'disk_full', error.message)
  assert.match(error.message, /disk of the data folder is full: free some space/)
}
const ask = async (portal, measures) => {
  const answer = JSON.parse(await folder.must(['query', '--portal', portal, JSON.stringify({ measures })]))
  return Object.fromEntries(measures.map((id, i) => [id, answer.rows[0][i]]))
}

test('an import that finds the disk full is told so, keeps what was there, and goes whole when there is room', async (t) => {
  if (!folder.mounted) return t.skip('no small disk can be mounted here')
  await folder.importDeals()
  const shown = await ask('shop', ['deals_created', 'won_amount'])
  const count = 20_000
  const rows = Array.from({ length: count }, (_, i) =>
    `n${i},Заказ ${(i * 7919) % 1000003} ${(i * 104729) % 1000003} ${'абвгдежзик'[i % 10].repeat(40)},Won,${i % 500}.50,Анна,2025-03-0${1 + (i % 9)},2025-04-0${1 + (i % 9)}`)
  const big = path.join(folder.path, 'deals-big.csv')
  writeFileSync(big, ['id,title,stage,amount,owner,created,closed', ...rows].join('\n') + '\n')
  const load = ['import', '--portal', 'shop', '--map', folder.map, big]
  folder.tighten(1024)
  saysFull(await folder.mustFail(load))
  assert.deepEqual(await ask('shop', ['deals_created', 'won_amount']), shown, 'nothing of a failed import is seen')
  folder.room(256)
  assert.equal(JSON.parse(await folder.must(load)).stored, count)
  assert.equal((await ask('shop', ['deals_created'])).deals_created, shown.deals_created + count)
  const again = JSON.parse(await folder.must(load))
  assert.deepEqual([again.stored, again.unchanged], [0, count])
})

test('a first load that finds the disk full stops with words and goes on to the true totals', async (t) => {
  if (!folder.mounted) return t.skip('no small disk can be mounted here')
  const file = path.join(folder.path, 'webhook')
  const company = spawn(emulator, ['serve', '--deals', '1000', '--seed', '5', '--today', '2026-03-31', '--limits-off',
    '--listen', '127.0.0.1:0', '--webhook-file', file], { stdio: 'ignore' })
  folder.children.push(company)
  let url
  for (let i = 0; i < 2400 && !url; ++i) {
    try {
      url = readFileSync(file, 'utf8').trim()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  await folder.must(['connect', 'bitrix24', '--portal', 'demo', '--webhook-file', file])
  // Full at several places of the same load: each time there is a little more room, and what was stored stays.
  let failures = 0
  for (const kilobytes of [400, 2000, 4000]) {
    folder.tighten(kilobytes)
    const { code, err } = await folder.run(['sync', '--portal', 'demo'])
    if (code === 0) break
    ++failures
    saysFull(JSON.parse(err.split('\n').find((line) => line.startsWith('{'))))
  }
  assert.ok(failures > 0, 'the disk was never full')
  folder.room(256)
  await folder.must(['sync', '--portal', 'demo'])
  const measures = ['leads_created', 'leads_lost', 'deals_created', 'created_amount', 'deals_won', 'won_amount', 'deals_lost', 'lost_amount']
  const { total } = (await (await fetch(`${new URL(url).origin}/_truth`)).json()).plain
  assert.deepEqual(await ask('demo', measures), Object.fromEntries(measures.map((id) => [id, total[id]])))
})
