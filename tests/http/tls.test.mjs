import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import https from 'node:https'
import path from 'node:path'
import { after, before, test } from 'node:test'
import tls from 'node:tls'

import { Folder } from './program.mjs'

let folder, certificate, key, ca

before(() => {
  folder = new Folder()
  certificate = path.join(folder.path, 'cert.pem')
  key = path.join(folder.path, 'key.pem')
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key,
    '-out', certificate, '-subj', '/CN=localhost', '-days', '2', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], { stdio: 'ignore' })
  ca = readFileSync(certificate)
})
after(() => folder.remove())

function ask(origin, where, { method = 'GET', body } = {}) {
  return new Promise((done, fail) => {
    const request = https.request(`${origin}/api/v1/${where}`, { method, ca, headers: { 'Content-Type': 'application/json' } }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece) => (text += piece))
      response.on('end', () => done({ status: response.statusCode, headers: response.headers, text }))
    })
    request.on('error', fail)
    request.end(body)
  })
}

test('over TLS the cookie is for secure connections only', async () => {
  const server = await folder.serve({ options: ['--cert', certificate, '--key', key] })
  const [, origin, code] = server.match
  assert.match(origin, /^https:/)
  assert.equal((await ask(origin, 'session')).status, 200)
  const signed = await ask(origin, 'login', { method: 'POST', body: JSON.stringify({ code }) })
  assert.equal(signed.status, 200, signed.text)
  assert.match(signed.headers['set-cookie'][0], /; Secure/)
  assert.match(signed.headers['set-cookie'][0], /; HttpOnly/)
  assert.match(signed.headers['strict-transport-security'], /max-age=/)
  await server.stop()
})

test('versions of TLS that are no longer safe are refused', async () => {
  const server = await folder.serve({ first: false, options: ['--cert', certificate, '--key', key] })
  const port = Number(new URL(server.match[1]).port)
  const error = await new Promise((done) => {
    const socket = tls.connect({ port, host: '127.0.0.1', ca, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }, () => done(null))
    socket.on('error', done)
  })
  assert.ok(error, 'a TLS 1.1 handshake went through')
  await server.stop()
})

test('a bad certificate or a lone one is told in words', async () => {
  const broken = path.join(folder.path, 'broken.pem')
  writeFileSync(broken, 'not a certificate')
  for (const options of [['--cert', certificate], ['--cert', broken, '--key', key], ['--cert', certificate, '--key', broken]]) {
    const error = await folder.mustFail(['serve', '--listen', '127.0.0.1:0', ...options])
    assert.equal(error.code, 'bad_certificate')
  }
})
