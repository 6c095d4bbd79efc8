import { once } from 'node:events'
import { readFile, rename } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { flotilla, startNode, temporaryFolder, type Ended, type StartedNode } from './testing/programs.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let node: StartedNode
let data: string
let at: string
let fingerprint: string
let token: string

beforeAll(async () => {
  folder = await temporaryFolder()
  data = join(folder.path, 'node')
  node = await startNode(data, 'itself', ['--host', '0.0.0.0'])
  const { url } = JSON.parse(await readFile(join(data, 'access.json'), 'utf8')) as { readonly url: string }
  at = url
})
afterAll(async () => {
  await node[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

async function document(words: readonly string[], environment: NodeJS.ProcessEnv = {}, input = ''): Promise<unknown> {
  const { stdout, stderr } = await flotilla([...words, '--json'], environment, input)
  return stdout === '' ? { stderr } : (JSON.parse(stdout) as unknown)
}
const here = (...words: readonly string[]): Promise<unknown> => document([...words, '--data', data])
const there = (words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  flotilla([...words, '--at', at], { FLOTILLA_TOKEN: token, FLOTILLA_FINGERPRINT: fingerprint, ...environment })

describe('on the machine itself', () => {
  test('users and tokens are made, a password comes from standard input', async () => {
    const words = ['user', 'add', 'ann', '--role', 'operator', '--data', data]
    expect(await document(words, {}, 'correct horse battery staple\n')).toMatchObject({
      users: [{ name: 'ann', role: 'operator' }],
    })
    expect(await here('user', 'role', 'ann', '--role', 'admin')).toMatchObject({ users: [{ role: 'admin' }] })
    expect(await here('user', 'ls')).toMatchObject({ users: [{ name: 'ann', role: 'admin' }] })
    const made = (await here('token', 'create', 'ci', '--role', 'admin', '--ttl', '1h')) as { readonly token: string }
    token = made.token
    expect(await here('token', 'ls')).toMatchObject({ tokens: [{ name: 'ci', role: 'admin' }] })
  })

  test('the page is opened by an address that is good once', async () => {
    const { url } = (await here('open', '--print')) as { readonly url: string }
    expect(url.startsWith(`${at}/login#code=`)).toBe(true)
    expect(await here('open')).toMatchObject({ opened: false })
  })

  test('the node is known by a fingerprint, and asked by its address where the socket is gone', async () => {
    const status = (await here('status')) as { readonly certificate: { readonly keyFingerprint: string } }
    fingerprint = status.certificate.keyFingerprint
    await rename(join(data, 'api.sock'), join(data, 'aside.sock'))
    expect(await here('status')).toMatchObject({ certificate: { keyFingerprint: fingerprint } })
    await rename(join(data, 'aside.sock'), join(data, 'api.sock'))
  })
})

describe('from elsewhere', () => {
  test('every command that asks a node does, with a token and a fingerprint', async () => {
    expect(await there(['user', 'ls'])).toMatchObject({ code: 0, stdout: expect.stringContaining('ann') as string })
    expect(await there(['blob', 'ls'])).toMatchObject({ code: 0 })
    const byEnvironment = { FLOTILLA_AT: at, FLOTILLA_TOKEN: token, FLOTILLA_FINGERPRINT: fingerprint }
    expect(await flotilla(['history'], byEnvironment)).toMatchObject({ code: 0, stderr: '' })
  })

  test('what is missing or wrong is said with what to do', async () => {
    const said = async (ended: Promise<Ended>): Promise<string> => (await ended).stderr
    expect(await said(there(['status'], { FLOTILLA_FINGERPRINT: '' }))).toContain('give --fingerprint')
    expect(await said(there(['status'], { FLOTILLA_TOKEN: '' }))).toContain('set FLOTILLA_TOKEN')
    expect(await said(there(['status'], { FLOTILLA_TOKEN: `${token}x` }))).toContain('does not take the token')
    expect(await said(there(['status', '--data', data]))).toContain('--at and --data name two nodes')
    expect(await said(there(['check']))).toContain('there is no option "--at"')
    expect(await said(flotilla(['status', '--at', 'https://127.0.0.1:1']))).toContain('listens on an address')
  })

  test('nothing secret is sent to whoever has another certificate', async () => {
    const [key, cert] = await Promise.all(['tls.key', 'tls.crt'].map((name) => readFile(join(data, 'disk', name))))
    await using impostor = await listening(createServer({ key: key ?? '', cert: cert ?? '' }))
    const other = fingerprint.replaceAll(/\w/g, '0')
    const words = ['status', '--at', impostor.url, '--fingerprint', other]
    const refused = await flotilla(words, { FLOTILLA_TOKEN: token })
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('another certificate') as string })
    expect(impostor.asked).toEqual([])
    // With the right one it is asked, so it would have heard.
    await flotilla([...words.slice(0, 3), '--fingerprint', fingerprint], { FLOTILLA_TOKEN: token })
    expect(impostor.asked).toContain(`Bearer ${token}`)
  })

  test('a token that was revoked opens nothing', async () => {
    expect(await there(['token', 'revoke', 'ci'])).toMatchObject({ code: 0 })
    expect(await there(['status'])).toMatchObject({ code: 1 })
  })
})

async function listening(
  server: Server,
): Promise<AsyncDisposable & { readonly url: string; readonly asked: unknown[] }> {
  const asked: unknown[] = []
  server.on('request', (request, response) => {
    asked.push(request.headers.authorization)
    response.writeHead(500).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `https://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
