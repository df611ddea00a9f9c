// What lies between us and a CRM goes wrong: names, proxies, certificates, a portal that moved or has no API in its plan. Each
// has words of its own with what to do, and never a secret.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import https from 'node:https'
import net from 'node:net'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { control, startCompany } from './company.mjs'
import { Folder } from './program.mjs'

const secret = 'secret-word'
const folders = []
let scratch

before(() => (scratch = newFolder()))
after(() => Promise.all(folders.map((folder) => folder.remove())))

function newFolder() {
  folders.push(new Folder())
  return folders.at(-1)
}
const listen = (server, host = '127.0.0.1') =>
  new Promise((done) => server.listen(0, host, () => done(server.address().port)))

/** The error of connecting there; nothing of the attempt may be kept. */
async function refused(address, env = {}, crm = 'bitrix24') {
  const folder = newFolder()
  const file = path.join(folder.path, 'secret')
  writeFileSync(file, crm === 'bitrix24' ? `${address}/rest/1/${secret}/` : secret)
  const error = await folder.mustFail(crm === 'bitrix24'
    ? ['connect', 'bitrix24', '--portal', 'demo', '--webhook-file', file]
    : ['connect', 'amocrm', '--portal', 'demo', '--url', address, '--token-file', file], { env })
  assert.ok(!JSON.stringify(error).includes(secret), error.message)
  assert.equal((await folder.must(['portals'])).includes('demo'), false)
  return error
}

test('a name that nobody knows', async () => {
  const error = await refused('https://no-such-portal.invalid')
  assert.equal(error.code, 'portal_unreachable')
  assert.match(error.message, /nobody knows the name no-such-portal\.invalid; check the address .*DNS/)
})

for (const [crm, address] of [['bitrix24', 'https://company.example'], ['amocrm', 'https://company.amocrm.ru']]) {
  test(`${crm}: proxies that are not there, want a password, or refuse`, async () => {
    const answering = async (line) => {
      const proxy = net.createServer((socket) => {
        socket.on('error', () => undefined)
        socket.once('data', () => socket.end(`HTTP/1.1 ${line}\r\nContent-Length: 0\r\n\r\n`))
      })
      return [`http://user:proxy-password@127.0.0.1:${await listen(proxy)}`, proxy]
    }
    const [wanting, first] = await answering('407 Proxy Authentication Required')
    const [refusing, second] = await answering('403 Forbidden')
    const cases = [
      ['http://user:proxy-password@127.0.0.1:1', /Couldn't connect/],
      ['http://user:proxy-password@no-such-proxy.invalid:3128', /resolve proxy/],
      [wanting, /wants a user and a password/],
      [refusing, /it answered 403/],
    ]
    await Promise.all(cases.map(async ([proxy, words]) => {
      const error = await refused(address, { https_proxy: proxy }, crm)
      assert.equal(error.code, 'proxy_failed', `${proxy}: ${error.message}`)
      assert.match(error.message, words)
      assert.match(error.message, /https_proxy.*no_proxy/)
      assert.doesNotMatch(error.message, /proxy-password/)
    }))
    first.close()
    second.close()
  })
}

/** A key and a certificate signed by itself, valid between two moments (YYYYMMDDHHMMSSZ). */
function certificate(name, subject, from = '20260101000000Z', to = '20991231000000Z') {
  const folder = path.join(scratch.path, name)
  mkdirSync(folder)
  const openssl = (...words) => execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' })
  writeFileSync(path.join(folder, 'ca.cnf'), `[ca]\ndefault_ca=one\n[one]\ndatabase=index\nnew_certs_dir=.\nserial=serial\ndefault_md=sha256\npolicy=any\n` +
    `x509_extensions=names\n[any]\ncommonName=supplied\n[names]\nsubjectAltName=${subject}\nbasicConstraints=CA:TRUE\n[req]\ndistinguished_name=dn\n[dn]\n`)
  writeFileSync(path.join(folder, 'index'), '')
  writeFileSync(path.join(folder, 'serial'), '01')
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=portal', '-config', 'ca.cnf')
  openssl('ca', '-batch', '-selfsign', '-config', 'ca.cnf', '-keyfile', 'key.pem', '-in', 'request.pem', '-out', 'cert.pem', '-startdate', from, '-enddate', to, '-notext')
  const file = path.join(folder, 'cert.pem')
  return { key: readFileSync(path.join(folder, 'key.pem')), cert: readFileSync(file), file }
}

test('certificates: signed by nobody known, of another name, run out', async () => {
  const serve = async (pair) => {
    const server = https.createServer(pair, (_, response) => response.end('{}'))
    return [server, `https://127.0.0.1:${await listen(server)}`]
  }
  const own = certificate('own', 'IP:127.0.0.1')
  const other = certificate('other', 'DNS:other.example')
  const past = certificate('past', 'IP:127.0.0.1', '20200101000000Z', '20210101000000Z')
  const cases = [
    [own, {}, /signed by nobody whom this machine trusts.*update-ca-certificates/],
    [other, { SSL_CERT_FILE: other.file }, /belongs to another name; check the address/],
    [past, { SSL_CERT_FILE: past.file }, /not valid today: look at this machine's date/],
  ]
  for (const [pair, env, words] of cases) {
    const [server, address] = await serve(pair)
    const error = await refused(address, env)
    server.close()
    assert.equal(error.code, 'tls_failed', error.message)
    assert.match(error.message, words)
    assert.ok(error.message.includes(address), error.message)
  }
})

test('plans without an API', async () => {
  const portal = createServer((_, response) => {
    response.writeHead(403, { 'content-type': 'application/json' })
    response.end('{"error":"ACCESS_DENIED","error_description":"REST API is available only on commercial plans"}')
  })
  const error = await refused(`http://127.0.0.1:${await listen(portal)}`)
  portal.close()
  assert.equal(error.code, 'rest_not_in_plan')
  assert.match(error.message, /paid plan or a Market subscription/)
  const account = await startCompany(scratch, 'amocrm', ['--today', '2026-03-31', '--token', secret])
  await control(account, { unpaid: true })
  const unpaid = await refused(new URL(account).origin, {}, 'amocrm')
  assert.match(unpaid.message, /paid/)
})

test('an account that was renamed under a lasting token: where it is now, or how to see it', async () => {
  for (const to of ['', 'http://127.0.0.1:9/new']) {
    const seen = []
    const old = createServer((request, response) => {
      seen.push([request.url, request.headers.authorization ?? ''])
      if (request.url === '/' && to) return response.writeHead(302, { location: to }).end()
      response.writeHead(401, { 'content-type': 'application/problem+json' })
      response.end('{"title":"Unauthorized","status":401,"detail":"Invalid token"}')
    })
    const error = await refused(`http://127.0.0.1:${await listen(old)}`, {}, 'amocrm')
    old.close()
    assert.equal(error.code, 'token_rejected')
    assert.match(error.message, /another address now.*browser.*connect again with the new address/)
    assert.equal(/leads to http:\/\/127\.0\.0\.1:9 now/.test(error.message), to !== '', error.message)
    assert.deepEqual(seen.filter(([url]) => url === '/').map(([, token]) => token), [''])
  }
})

test('a portal that moved: the copy goes on at the new address; a move off encryption is not followed', async () => {
  const folder = newFolder()
  const company = await startCompany(folder, 'bitrix24', ['--today', '2026-03-31'])
  let moved = ''
  const old = createServer((request, response) => {
    response.writeHead(302, { location: moved + request.url })
    response.end()
  })
  const origin = `http://127.0.0.1:${await listen(old)}`
  moved = new URL(company).origin
  const file = path.join(folder.path, 'webhook')
  writeFileSync(file, company.replace(moved, origin))
  const said = await folder.must(['connect', 'bitrix24', '--portal', 'demo', '--webhook-file', file])
  assert.ok(said.includes(moved) || said.includes('moved'), said)
  await folder.must(['sync', '--portal', 'demo'])
  const { plain } = await (await fetch(`${moved}/_truth`)).json()
  const answer = JSON.parse(await folder.must(['query', '--portal', 'demo', '{"measures":["deals_created"]}']))
  assert.equal(answer.rows[0][0], plain.total.deals_created)
  old.close()

  const pair = certificate('safe', 'IP:127.0.0.1')
  const safe = https.createServer(pair, (request, response) => {
    response.writeHead(302, { location: moved + request.url })
    response.end()
  })
  const error = await refused(`https://127.0.0.1:${await listen(safe)}`, { SSL_CERT_FILE: pair.file })
  safe.close()
  assert.equal(error.code, 'bad_redirect')
})
