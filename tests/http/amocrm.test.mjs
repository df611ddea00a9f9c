// amoCRM the whole way, against the generator's own totals in the account's terms: leads are the cards of «Лиды», a deal is
// created when its card moves out of there. The truth never goes through the API, the warehouse or the compiler.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const svodka = process.env.SVODKA_BIN
const emulator = process.env.SVODKA_EMULATOR
assert.ok(svodka && emulator, 'SVODKA_BIN and SVODKA_EMULATOR name the programs; ./run test sets them')

let folder, company, origin

async function waitFor(what, attempt) {
  for (let i = 0; i < 600; ++i) {
    const value = await attempt()
    if (value) return value
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`gave up waiting for ${what}`)
}

const command = async (...args) => (await run(svodka, ['--data', path.join(folder, 'data'), ...args], { maxBuffer: 1 << 28 })).stdout
const query = async (request) => JSON.parse(await command('query', '--portal', 'demo', JSON.stringify(request)))
const truth = async () => (await fetch(`${origin}/_truth`)).json()
const control = async (body) => fetch(`${origin}/_control`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'svodka-amocrm-'))
  const addressFile = path.join(folder, 'address')
  const token = path.join(folder, 'token')
  await writeFile(token, 'emulator-token\n')
  company = spawn(emulator, ['serve', '--crm', 'amocrm', '--deals', '1000', '--seed', '11', '--today', '2026-03-31', '--limits-off',
    '--listen', '127.0.0.1:0', '--webhook-file', addressFile], { stdio: 'ignore' })
  const address = await waitFor('the emulator', () => readFile(addressFile, 'utf8').catch(() => null))
  origin = new URL(address.trim().split(/\s/)[0]).origin
  const { lead_pipelines: leads } = await truth()
  const said = await command('connect', 'amocrm', '--portal', 'demo', '--url', origin, '--token-file', token, '--lead-pipelines', leads.join(','))
  assert.match(said, /administrator/)
  assert.doesNotMatch(said, /emulator-token/)
  await command('sync', '--portal', 'demo')
})

after(async () => {
  company?.kill('SIGTERM')
  await rm(folder, { recursive: true, force: true })
})

const flows = ['leads_created', 'leads_qualified', 'leads_lost', 'deals_created', 'created_amount', 'deals_won', 'won_amount',
  'deals_lost', 'lost_amount', 'deals_new', 'new_amount', 'deals_repeat', 'repeat_amount']
const names = { in_work_created: 'deals_in_work', in_work_created_amount: 'in_work_amount', leads_in_work_created: 'leads_in_work' }
const same = (ours, theirs) => (typeof theirs === 'string' ? (ours ?? '0.00') === theirs : (ours ?? 0) === theirs)

/** Compares rows keyed by the ids of their first `keys` cells with the generator's; rows that are all zero may be missing. */
function compare(answer, expected, measures, keys, expectedKey, truthName = (id) => names[id] ?? id) {
  const wrong = []
  const ours = new Map(answer.rows.map((row) => [row.slice(0, keys).map((cell) => cell.id ?? '').join('|'), row.slice(keys)]))
  for (const row of expected) {
    const cells = ours.get(expectedKey(row)) ?? []
    measures.forEach((measure, i) => {
      if (!same(cells[i], row[truthName(measure)])) {
        wrong.push(`${expectedKey(row)} ${measure}: ${cells[i]} instead of ${row[truthName(measure)]}`)
      }
    })
    ours.delete(expectedKey(row))
  }
  for (const [key, cells] of ours) {
    if (cells.some((cell) => cell !== null && cell !== 0 && cell !== '0.00')) wrong.push(`${key}: not in the truth: ${cells}`)
  }
  assert.deepEqual(wrong, [])
}

async function compareEverything() {
  const { plain } = await truth()
  const states = Object.keys(names)
  const period = { from: '2023-01-01', to: '2027-01-01' }
  const total = await query({ measures: [...flows, ...states] })
  compare(total, [plain.total], [...flows, ...states], 0, () => '')

  const months = await query({ measures: [...flows, ...states], dimensions: ['month'], period })
  compare(months, plain.months, [...flows, ...states], 1, (row) => `${row.month}-01`)

  // Who won: before our first sight of a deal the account tells only today's responsible.
  // Whose a lead was before its card went on to another one's deal the emulated account does not log: leads by person are
  // compared nowhere here (src/sync/amocrm tests do, with the log).
  const byPerson = ['deals_created', 'created_amount', 'deals_won', 'won_amount', 'in_work_created', 'in_work_created_amount']
  const ofOwner = (id) => ({ deals_won: 'deals_won_of_owner', won_amount: 'won_amount_of_owner' })[id] ?? names[id] ?? id
  const people = await query({ measures: byPerson, dimensions: ['employee', 'month'], period })
  compare(people, plain.employee_months, byPerson, 2, (row) => `${row.employee}|${row.month}-01`, ofOwner)
}

test('first load: every total, month and employee as the generator counts them', async () => {
  await compareEverything()
  const { stages_now: stages } = await truth()
  for (const entity of ['lead', 'deal']) {
    const working = stages.filter((row) => row.entity === entity && row.semantic === 'P')
    const key = (row) => `${row.pipeline}/${row.status}`
    const now = await query({ measures: [{ measure: 'stage_now_count', args: { entity } }], dimensions: ['stage'] })
    compare({ rows: now.rows.filter((row) => working.some((stage) => key(stage) === row[0].id)) }, working, ['count'], 1, key)
  }
})

test('the company lives on for three days: a poll brings the copy up to it', async () => {
  await control({ step_minutes: 4320 })
  await command('sync', '--portal', 'demo')
  await compareEverything()
})

test('the report of sales is made of such a portal', async () => {
  const report = JSON.parse(await command('report', 'sales_dynamics', '--portal', 'demo', '--period', '2026-Q1', '--format', 'json'))
  assert.ok(JSON.stringify(report).includes('deals_won'))
})
