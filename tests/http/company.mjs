// A generated company behind an emulator of a CRM, for tests that set a portal up from nothing.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'

const emulator = process.env.SVODKA_EMULATOR
assert.ok(emulator, 'SVODKA_EMULATOR names the emulator; ./run test sets it')

/** The first true value of `attempt`, asked for a minute at most. */
export async function waitFor(what, attempt) {
  for (let i = 0; i < 1200; ++i) {
    const value = await attempt()
    if (value) return value
    await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error(`gave up waiting for ${what}`)
}

/** Starts an emulator, ended with `folder`: the address that one connects to. */
export async function startCompany(folder, kind, extra) {
  const file = path.join(folder.path, kind)
  folder.children.push(spawn(emulator, ['serve', '--crm', kind, '--deals', '1000', '--seed', '5', '--limits-off',
    '--listen', '127.0.0.1:0', '--webhook-file', file, ...extra], { stdio: 'ignore' }))
  return (await waitFor(`the emulator of ${kind}`, () => {
    try {
      return readFileSync(file, 'utf8').trim()
    } catch {
      return ''
    }
  })).split(/\s/)[0]
}

/** Turns switches of the emulator: faults, rights, limits. */
export async function control(address, switches) {
  const answer = await fetch(`${new URL(address).origin}/_control`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(switches) })
  assert.equal(answer.status, 200, await answer.text())
}
