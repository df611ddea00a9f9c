// Mistakes at the command line and broken surroundings: one line that says what is wrong and what to do, exit 2, nothing lost.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, openSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { Folder } from './program.mjs'

let folder
before(async () => {
  folder = new Folder()
  await folder.importDeals()
})
after(() => folder.remove())

const count = '{"measures":["deals_won"]}'
/** A copy of the data folder, spoiled by `change`. */
function spoiled(name, change) {
  const other = Object.assign(new Folder(), { data: path.join(folder.path, name) })
  cpSync(folder.data, other.data, { recursive: true, filter: (source) => !source.endsWith('.socket') })
  change(other.data)
  return other
}
const databaseIn = (data) => path.join(data, 'portals', readdirSync(path.join(data, 'portals')).find((name) => name.endsWith('.duckdb')))

test('a misspelt command or option is told with the nearest one, a value that may be a secret is not', async () => {
  const command = await folder.mustFail(['qury', count])
  assert.deepEqual([command.code, command.nearest?.[0]], ['unknown_command', 'query'])
  const option = await folder.mustFail(['query', '--portl', 'shop', count])
  assert.deepEqual([option.code, option.nearest?.[0]], ['unknown_option', '--portal'])
  for (const args of [['user', 'add', '--name', 'A', '--email', 'a@b.c', '--password', 'hunter2'], ['user', 'add', '--password=hunter2']]) {
    const error = await folder.mustFail(args)
    assert.equal(error.code, 'secret_as_argument')
    assert.match(error.message, /--password-file/)
    assert.doesNotMatch(JSON.stringify(error), /hunter2/)
  }
  assert.doesNotMatch(JSON.stringify(await folder.mustFail(['query', '--api-key', 'hunter2', count])), /hunter2/)
})

test('doctor and model make no folder', async () => {
  const nowhere = Object.assign(new Folder(), { data: path.join(folder.path, 'nowhere') })
  assert.match(await nowhere.must(['doctor']), /no data folder/)
  await nowhere.must(['model', '--format', 'json'])
  assert.equal((await nowhere.mustFail(['user', 'list'])).code, 'folder_not_found')
  assert.ok(!existsSync(nowhere.data))
  await nowhere.remove()
})

test('an answer that cannot be written is an error; a reader that left is none', () => {
  const args = ['--data', folder.data, 'query', '--portal', 'shop', count]
  const full = spawnSync(process.env.SVODKA_BIN, args, { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'], encoding: 'utf8' })
  assert.deepEqual([full.status, JSON.parse(full.stderr).code], [2, 'output_failed'])
  const closed = spawnSync('/bin/sh', ['-c', '"$0" "$@" >&-', process.env.SVODKA_BIN, ...args], { encoding: 'utf8' })
  assert.deepEqual([closed.status, JSON.parse(closed.stderr).code], [2, 'output_failed'])
  const gone = spawnSync('/bin/bash', ['-c', '"$0" "$@" | true; exit ${PIPESTATUS[0]}', process.env.SVODKA_BIN, '--data', folder.data, 'model', '--format', 'json'], { encoding: 'utf8' })
  assert.ok([0, 141].includes(gone.status))
  assert.equal(gone.stderr, '')
})

test('files that are no databases are refused and left as they are', async () => {
  const garbage = Buffer.alloc(9000, 'not a database ')
  for (const [name, change, file] of [
    ['bad-warehouse', (data) => writeFileSync(databaseIn(data), garbage), (data) => databaseIn(data)],
    ['cut-warehouse', (data) => truncateSync(databaseIn(data), 20_000), (data) => databaseIn(data)],
    ['bad-state', (data) => writeFileSync(path.join(data, 'state.sqlite'), garbage), (data) => path.join(data, 'state.sqlite')],
  ]) {
    const other = spoiled(name, change)
    const before = readFileSync(file(other.data))
    const error = await other.mustFail(['query', '--portal', 'shop', count])
    assert.notEqual(error.code, 'internal', JSON.stringify(error))
    assert.ok(error.message.length > 20, error.message)
    assert.deepEqual(readFileSync(file(other.data)), before, `${name}: ${JSON.stringify(error)}`)
  }
})

test('a folder for a mapping is told to be one', async () => {
  const error = await folder.mustFail(['import', '--portal', 'shop', '--map', folder.path, folder.deals])
  assert.equal(error.code, 'mapping_is_folder')
  assert.match(error.message, /is a folder/)
})

test('a portal of a CRM takes no files', async () => {
  const other = spoiled('crm', (data) => {
    assert.equal(spawnSync('sqlite3', [path.join(data, 'state.sqlite'), "update portal set kind = 'bitrix24'"]).status, 0)
  })
  const error = await other.mustFail(['import', '--portal', 'shop', '--map', folder.map, folder.deals])
  assert.deepEqual([error.code, error.place], ['portal_of_crm', '--portal'])
})
