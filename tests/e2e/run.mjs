// The end-to-end suite: `node tests/e2e/run.mjs`. SVODKA_BIN, SVODKA_EMULATOR, SVODKA_CHROMIUM name other executables.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const child = spawn(process.execPath, ['--test', '--test-reporter=spec', ...process.argv.slice(2), '--test-concurrency=1', join(here, 'report.test.mjs'), join(here, 'actions.test.mjs'), join(here, 'rules.test.mjs'), join(here, 'catalogue.test.mjs'), join(here, 'portals.test.mjs'), join(here, 'setup.test.mjs')], { stdio: 'inherit' })
child.on('exit', (code) => process.exit(code ?? 1))
