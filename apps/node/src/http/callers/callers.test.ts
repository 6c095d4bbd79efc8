import { readFile, stat } from 'node:fs/promises'
import { request as askHttp } from 'node:http'
import { request as askTls, type RequestOptions } from 'node:https'
import { connect } from 'node:tls'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeLimitsDefaults } from '../../limits.ts'
import { startDaemon, temporaryFolder, type DaemonProcess, type ReadyDaemon } from '../../testing/daemon-process.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let daemon: DaemonProcess
let ready: ReadyDaemon
let socketPath: string
let wasLeftBehind: boolean
const password = 'correct horse battery staple'

beforeAll(async () => {
  folder = await temporaryFolder()
  // One that is killed leaves its socket behind.
  const first = startDaemon(folder.path, '--json', '--host', '0.0.0.0')
  socketPath = join((await first.ready()).dataFolder, 'api.sock')
  await first.stop('SIGKILL')
  wasLeftBehind = (await stat(socketPath)).isSocket()
  daemon = startDaemon(folder.path, '--json', '--host', '0.0.0.0')
  ready = await daemon.ready()
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

interface Answer {
  readonly status: number
  readonly cookie: string
  readonly body: Readonly<Record<string, unknown>> & { readonly error?: { readonly code: string } }
}

/** As curl does it: over TLS by the address, or through the socket. A document is posted. */
function ask(path: string, options: RequestOptions & { readonly document?: object } = {}): Promise<Answer> {
  const { document, headers, ...rest } = options
  const place = rest.socketPath === undefined ? { port: new URL(ready.origin).port, host: '127.0.0.1' } : {}
  const all = { ...(document === undefined ? {} : { 'content-type': 'application/json' }), ...(headers as object) }
  const method = document === undefined ? 'GET' : 'POST'
  return new Promise((resolve, reject) => {
    const send = rest.socketPath === undefined ? askTls : askHttp
    const request = send({ method, ...place, rejectUnauthorized: false, ...rest, path, headers: all }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => {
        const cookie = response.headers['set-cookie']?.[0] ?? ''
        resolve({ status: response.statusCode ?? 0, cookie, body: JSON.parse(text || '{}') as Answer['body'] })
      })
    })
    request.on('error', reject).end(document === undefined ? undefined : JSON.stringify(document))
  })
}

const local = (path: string, document?: object): Promise<Answer> =>
  ask(path, { socketPath, ...(document === undefined ? {} : { document }) })
const bearer = (token: unknown): RequestOptions => ({ headers: { authorization: `Bearer ${String(token)}` } })

describe('the socket in the data folder', () => {
  test('takes the place of one that a crash left, and is for its owner, who may everything there', async () => {
    expect(wasLeftBehind).toBe(true)
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600)
    expect(await local('/v1/session')).toMatchObject({
      status: 200,
      body: { name: 'local', role: 'admin', via: 'socket' },
    })
  })

  test('is no way around for browsers and proxies', async () => {
    const answer = await ask('/v1/session', { socketPath, headers: { origin: 'http://localhost' } })
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'wrong-origin' } } })
  })
})

describe('a node that others can reach', () => {
  test('talks TLS 1.2 and later, and nothing else', async () => {
    const port = Number(new URL(ready.origin).port)
    expect(ready.origin.startsWith('https://')).toBe(true)
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed')
    const spoken = (maxVersion: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): Promise<string | null> =>
      new Promise((resolve) => {
        const options = { port, maxVersion, minVersion: maxVersion, rejectUnauthorized: false } as const
        const socket = connect(options, () => {
          resolve(socket.getProtocol())
          socket.destroy()
        }).on('error', () => resolve(null))
      })
    expect([await spoken('TLSv1.1'), await spoken('TLSv1.2'), await spoken('TLSv1.3')]).toEqual([
      null,
      'TLSv1.2',
      'TLSv1.3',
    ])
  })

  test('answers under its own names only, and to nobody who shows nothing', async () => {
    expect(await ask('/v1/node')).toMatchObject({ status: 401, body: { error: { code: 'no-key' } } })
    expect(await ask('/v1/node', bearer(ready.token))).toMatchObject({ status: 200 })
    const evil = { headers: { ...(bearer(ready.token).headers as object), host: 'evil.example' } }
    expect(await ask('/v1/node', evil)).toMatchObject({ status: 403, body: { error: { code: 'wrong-host' } } })
  })

  test('is known by the fingerprint that it says', async () => {
    const { body } = await local('/v1/tls')
    expect(body['certificate']).toMatchObject({
      selfSigned: true,
      fingerprint: expect.stringMatching(/^(\w\w:){31}\w\w$/) as string,
    })
  })
})

describe('a user', () => {
  const logIn = (name: string, secret: string): Promise<Answer> =>
    ask('/v1/login', { document: { name, password: secret }, headers: { origin: ready.origin } })

  test('logs in by his password, may what his role may, and no more once he is removed', async () => {
    expect(await local('/v1/users/add', { name: 'ann', role: 'viewer', password })).toMatchObject({ status: 200 })
    expect(await local('/v1/users/add', { name: 'bob', role: 'viewer', password: 'short' })).toMatchObject({
      status: 400,
    })
    const owner = await local('/v1/users/add', { name: 'local', role: 'viewer', password })
    expect(owner).toMatchObject({ status: 409, body: { error: { code: 'wrong-field' } } })
    const { status, cookie: set, body } = await logIn('ann', password)
    expect([status, body]).toMatchObject([200, { name: 'ann', role: 'viewer', via: 'session' }])
    expect(set).toMatch(/^__Host-flotilla_\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/)
    const cookie = set.split(';')[0] ?? ''
    const headers = { cookie, origin: ready.origin, 'x-flotilla-session': String(body['secret']) }
    expect(await ask('/v1/node', { headers })).toMatchObject({ status: 200 })
    // Nor what others did.
    expect(await ask('/v1/audit', { headers })).toMatchObject({ status: 403 })
    expect(await ask('/v1/users', { headers })).toMatchObject({
      status: 403,
      body: { error: { code: 'forbidden' } },
    })
    const say = { headers, document: { text: 'hello' } }
    expect(await ask('/v1/notes/say', say)).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } })
    await local('/v1/users/role', { name: 'ann', role: 'operator' })
    expect(await ask('/v1/node', { headers })).toMatchObject({ status: 401 })
    await local('/v1/users/remove', { name: 'ann' })
    expect(await logIn('ann', password)).toMatchObject({ status: 401, body: { error: { code: 'wrong-login' } } })
  })

  test('is not told which of name and password is wrong, and not asked without end', async () => {
    await local('/v1/users/add', { name: 'cas', role: 'viewer', password })
    const [wrong, nobody] = [await logIn('cas', 'x'), await logIn('nobody', 'x')]
    expect([wrong.status, wrong.body]).toEqual([nobody.status, nobody.body])
    const codes: number[] = []
    for (let count = 0; count <= nodeLimitsDefaults.loginsPerAddress.burst; count++) {
      codes.push((await ask('/v1/login', { document: { code: 'x' }, headers: { origin: ready.origin } })).status)
    }
    expect(codes.at(-1)).toBe(429)
    // The owner of the machine is never kept out.
    expect(await local('/v1/session')).toMatchObject({ status: 200 })
  })
})

describe('a signal', () => {
  const send = (pid: number, signal: string, who: RequestOptions): Promise<Answer> =>
    ask('/v1/processes/signal', { ...who, document: { node: ready.id, bootId: 'x', startTicks: 1, pid, signal } })

  test('is not sent to the node itself by anybody, and one that opens debuggers only by an admin', async () => {
    const { body } = await local('/v1/tokens/create', { name: 'op', role: 'operator', ttlSeconds: 600 })
    const operator = bearer(body['token'])
    for (const who of [operator, { socketPath }]) {
      for (const signal of ['SIGKILL', 'SIGSTOP']) {
        const { error } = (await send(ready.pid, signal, who)).body
        expect(error).toMatchObject({ code: 'refused', hint: expect.stringContaining('Ctrl-C') as string })
      }
    }
    const nobody = 2 ** 22 + 1
    expect((await send(nobody, 'SIGUSR1', operator)).body.error?.code).toBe('forbidden')
    expect((await send(nobody, 'SIGTERM', operator)).body.error?.code).toBe('not-found')
    expect((await send(nobody, 'SIGUSR1', { socketPath })).body.error?.code).toBe('not-found')
  })
})

describe('an API token', () => {
  test('is good where it was made until it is revoked, for what its role may', async () => {
    const { body } = await local('/v1/tokens/create', { name: 'ci', role: 'operator', ttlSeconds: 600 })
    expect(await ask('/v1/session', bearer(body['token']))).toMatchObject({
      body: { name: 'ci', role: 'operator', via: 'token' },
    })
    expect(await ask('/v1/tokens', bearer(body['token']))).toMatchObject({ status: 403 })
    expect(await ask('/v1/audit', bearer(body['token']))).toMatchObject({ status: 200 })
    const other = await ask('/v1/session', bearer(String(body['token']).replace(/.{4}$/, 'AAAA')))
    expect(other).toMatchObject({ status: 401, body: { error: { code: 'wrong-key' } } })
    await local('/v1/tokens/revoke', { id: body['id'] })
    expect(await ask('/v1/session', bearer(body['token']))).toMatchObject({ status: 401 })
  })
})

test('no secret is written into the log or the audit log, and the stop takes the socket away', async () => {
  const { body } = await local('/v1/tokens/create', { name: 'last', role: 'viewer', ttlSeconds: 600 })
  const audit = JSON.stringify((await local('/v1/audit?limit=100')).body)
  const { stdout, stderr } = await daemon.stop()
  const record = await readFile(join(ready.dataFolder, 'cluster/accounts.record'), 'latin1')
  expect(audit).toContain('users.add')
  // Who came and who was refused, but not under which name.
  expect(audit).toMatch(/"actor":"ann \(session\)","action":"login","target":"this node","outcome":"done"/)
  expect(audit).toMatch(/"actor":"somebody","action":"login","target":"this node","outcome":"refused"/)
  expect(audit).not.toContain('nobody')
  for (const text of [audit, stdout, stderr, record]) {
    for (const secret of [password, String(body['token']), ready.token]) expect(text).not.toContain(secret)
  }
  await expect(stat(socketPath)).rejects.toThrow('ENOENT')
})
