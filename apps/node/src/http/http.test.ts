import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeLimitsDefaults } from '../limits.ts'
import type { AuditAnswer } from '../services/machine-answers.ts'
import { openPage, type BrowserSession } from '../testing/browser-session.ts'
import { startDaemon, temporaryFolder, type DaemonProcess, type ReadyDaemon } from '../testing/daemon-process.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let daemon: DaemonProcess
let ready: ReadyDaemon
let origin: string
let token: string

beforeAll(async () => {
  folder = await temporaryFolder()
  daemon = startDaemon(folder.path, '--json')
  ready = await daemon.ready()
  origin = ready.origin
  token = ready.token
})

afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const bearer = (key: string): { readonly headers: Readonly<Record<string, string>> } => ({
  headers: { authorization: `Bearer ${key}` },
})

interface Answer {
  readonly status: number
  readonly body: string
}

/** `fetch` does not let one lie about the host. */
function ask(path: string, options: { readonly host?: string; readonly method?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, ...(options.host === undefined ? {} : { host: options.host }) }
    const request = httpRequest(`${origin}/`, { path, method: options.method ?? 'GET', headers }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => (body += text))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    request.on('error', reject)
    request.end()
  })
}

describe('without the key', () => {
  test.each(['/metrics', '/v1/node', '/v1/history', '/v1/session', '/nothing'])('%s is refused', async (path) => {
    const response = await fetch(`${origin}${path}`)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toContain('Bearer')
    expect(await response.text()).not.toContain(folder.path)
  })

  test('health and readiness are answered, and say nothing else', async () => {
    expect(await (await fetch(`${origin}/healthz`)).json()).toEqual({ status: 'healthy' })
    expect(await (await fetch(`${origin}/readyz`)).json()).toEqual({ status: 'ready' })
  })

  test('a wrong key is refused, many are refused sooner, and the right one still opens', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => fetch(`${origin}/v1/node`, bearer('wrong'))))
    const codes = answers.map(({ status }) => status)
    expect(codes).toContain(401)
    expect(codes).toContain(429)
    expect((await fetch(`${origin}/v1/node`, bearer(token))).status).toBe(200)
  })
})

describe('with the key', () => {
  test('the API tells what the node is and what happened to it', async () => {
    const node = await fetch(`${origin}/v1/node`, bearer(token))
    expect(await node.json()).toMatchObject({ life: 1, dataFolder: folder.path, storage: { historyRows: 1 } })
    const history = await fetch(`${origin}/v1/history?limit=1`, bearer(token))
    expect(await history.json()).toMatchObject({ history: [{ life: 1, type: 'started' }] })
  })

  test.each(['?limit=0', '?limit=1001', '?limit=x', '?limit=1&limit=2', '?rows=1'])(
    'history%s is refused',
    async (query) => {
      const response = await fetch(`${origin}/v1/history${query}`, bearer(token))
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ error: { code: 'wrong-parameter' } })
    },
  )

  test('metrics are in the format of Prometheus', async () => {
    await fetch(`${origin}/v1/node`, bearer(token))
    const text = await (await fetch(`${origin}/metrics`, bearer(token))).text()
    expect(text).toMatch(/^flotilla_node_http_requests_total\{route="\/v1\/node",code="200"\} [1-9]/m)
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|[a-zA-Z_]\w*(\{[^}]*\})? [-+.\deE]+(Inf)?)$/)
    }
  })

  test('what changes can be watched, and nothing else', async () => {
    expect((await fetch(`${origin}/v1/live?topics=node`)).status).toBe(401)
    for (const query of ['', '?topics=', '?topics=users', '?topics=node&topics=raft', '?topics=node&more=1']) {
      expect([query, (await fetch(`${origin}/v1/live${query}`, bearer(token))).status]).toEqual([query, 400])
    }
    const leaving = new AbortController()
    const watching = { ...bearer(token), signal: leaving.signal }
    const stream = await fetch(`${origin}/v1/live?topics=node,locks`, watching)
    let text = ''
    for await (const piece of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += piece
      if (text.includes('"topic":"node"') && text.includes('"topic":"locks"')) break
    }
    leaving.abort()
    expect(text).toMatch(/^data: \{"event":"beat"\}$/m)
    expect(text).toMatch(/^data: \{"event":"live","topic":"node","value":\{.*"life":1.*\}\}$/m)
    expect(text).toMatch(/^data: \{"event":"live","topic":"locks","error":\{"code":"no-cluster",.*\}\}$/m)
  })

  test('what does not exist is said with what does', async () => {
    const response = await fetch(`${origin}/nothing`, bearer(token))
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: { code: 'not-found' } })
  })
})

describe('a browser', () => {
  let session: BrowserSession
  const post = (headers: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(`${origin}/v1/login-codes`, { method: 'POST', body: '{}', headers })

  test('gets the page without a key, and a session for the code that was printed, once', async () => {
    const { pageUrl } = ready
    expect(pageUrl.startsWith(`${origin}/login#code=`)).toBe(true)
    session = await openPage(ready)
    expect(session.setCookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(session.setCookie).not.toContain(token)
    await expect(openPage(ready)).rejects.toThrow('wrong-login')
    const page = await fetch(`${origin}/login`)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('looks and changes nothing by the cookie alone, which others on this machine may be sent too', async () => {
    const { cookie, headers } = session
    for (const path of ['/v1/node', '/v1/nothing', '/metrics', '/v1/live?topics=node']) {
      expect((await fetch(`${origin}${path}`, { headers: { cookie } })).status).toBe(403)
    }
    expect((await fetch(`${origin}/v1/session`, { headers: { cookie } })).status).toBe(200)
    expect((await fetch(`${origin}/v1/node`, { headers })).status).toBe(200)
    expect((await post({ cookie, origin, 'content-type': 'application/json' })).status).toBe(403)
    expect((await post(headers)).status).toBe(200)
    expect((await fetch(`${origin}/v1/node`, { headers: { cookie: `${cookie.split('=')[0]}=${token}` } })).status).toBe(
      401,
    )
  })

  test('is not heard from a page of another origin, whatever it sends along', async () => {
    const { cookie, headers } = session
    const foreign = { ...headers, origin: 'http://127.0.0.1:1' }
    expect((await post(foreign)).status).toBe(403)
    expect((await post({ ...bearer(token).headers, ...foreign })).status).toBe(403)
    expect((await fetch(`${origin}/v1/node`, { headers: { cookie, 'sec-fetch-site': 'same-site' } })).status).toBe(403)
  })

  test('fetches a blob by a link with a ticket, once, and by the cookie alone none', async () => {
    const { cookie, headers } = session
    const path = `${origin}/v1/blobs/a%20secret%2Fone`
    expect((await fetch(path, { ...bearer(token), method: 'PUT', body: 'x' })).status).toBe(201)
    const want = (sent: Readonly<Record<string, string>>): Promise<Response> =>
      fetch(`${origin}/v1/blob/ticket`, { method: 'POST', headers: sent, body: '{"ref":"a secret/one"}' })
    expect((await want({ cookie, origin, 'content-type': 'application/json' })).status).toBe(403)
    const { ticket } = (await (await want(headers)).json()) as { readonly ticket: string }
    const follow = (method: string, query = `?ticket=${ticket}`): Promise<Response> =>
      fetch(`${path}${query}`, { method, headers: { cookie } })
    for (const method of ['HEAD', 'DELETE']) expect((await follow(method)).status).toBe(403)
    expect((await follow('GET', '')).status).toBe(403)
    const response = await follow('GET')
    expect([response.status, await response.text()]).toEqual([200, 'x'])
    expect(response.headers.get('content-disposition')).toBe('attachment')
    const again = await follow('GET')
    expect([again.status, await again.json()]).toMatchObject([403, { error: { code: 'wrong-ticket' } }])
  })

  test('logs out, and what it still listens to ends with that', async () => {
    const { cookie, headers } = session
    const stream = await fetch(`${origin}/v1/live?topics=node`, { headers })
    expect(stream.status).toBe(200)
    const heard = stream.text()
    const left = await fetch(`${origin}/v1/logout`, { method: 'POST', body: '{}', headers })
    expect(left.headers.get('set-cookie')).toContain('Max-Age=0')
    expect(await heard).toContain('"beat"')
    const after = await fetch(`${origin}/v1/node`, { headers: { cookie } })
    expect([after.status, await after.json()]).toMatchObject([401, { error: { code: 'session-ended' } }])
    const audit = (await (await fetch(`${origin}/v1/audit`, bearer(token))).json()) as AuditAnswer
    const noted = audit.newest.filter(({ action }) => /^log(in|out)$/.test(action))
    // A code is good once, and the second was refused.
    expect(noted.map(({ actor, action, outcome }) => [actor, action, outcome])).toEqual([
      ['local (session)', 'logout', 'done'],
      ['somebody', 'login', 'refused'],
      ['local (session)', 'login', 'done'],
    ])
  })
})

describe('the gate', () => {
  test.each(['evil.example', 'evil.example:7400', '127.0.0.1', 'localhost:1', '10.0.0.1'])(
    'refuses the host %j, even with the key',
    async (host) => {
      expect([400, 403]).toContain((await ask('/v1/node', { host })).status)
    },
  )

  test('answers under every name of this machine', async () => {
    const { port } = new URL(origin)
    for (const name of ['localhost', '127.0.0.1', '[::1]', 'LOCALHOST']) {
      expect((await ask('/v1/node', { host: `${name}:${port}` })).status).toBe(200)
    }
  })

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('refuses %s', async (method) => {
    expect((await ask('/v1/node', { method })).status).toBe(405)
  })

  test('refuses long and strange addresses', async () => {
    expect((await ask(`/${'x'.repeat(5_000)}`)).status).toBe(414)
    for (const path of ['//evil.example/', 'http://evil.example/', '/\\evil.example', '*']) {
      expect([400, 404]).toContain((await ask(path)).status)
    }
  })

  test('outlives garbage, and a client that sends too much', async () => {
    const { port } = new URL(origin)
    for (const bytes of [
      Buffer.from('\0\x01garbage\r\n\r\n'),
      Buffer.from(`GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n`),
    ]) {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => {})
      socket.write(bytes)
      await new Promise((resolve) => socket.on('close', resolve).resume())
    }
    expect((await fetch(`${origin}/healthz`)).status).toBe(200)
  })
})

describe('what is posted', () => {
  const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${origin}/v1/cluster/invite`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    })
  const right = { ttlSeconds: 60, role: 'node' }

  test('comes to where it is done, whose refusal comes back', async () => {
    const response = await post(JSON.stringify(right))
    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({ error: { code: 'no-cluster', hint: expect.any(String) as string } })
  })

  test('is a JSON document, and says that it is one', async () => {
    expect((await post(JSON.stringify(right), { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await post('x'.repeat(nodeLimitsDefaults.documentBytesMax + 1))).status).toBe(413)
  })

  test.each([
    ['', 'not JSON'],
    ['[]', 'not an object'],
    ['null', 'not an object'],
    [JSON.stringify({ ...right, more: 1 }), 'a field "more"'],
    [JSON.stringify({ ...right, ttlSeconds: 0 }), 'ttlSeconds'],
    [JSON.stringify({ ...right, ttlSeconds: '60' }), 'ttlSeconds'],
    [JSON.stringify({ ...right, role: 'king' }), 'role'],
    [JSON.stringify({ ...right, role: ['node'] }), 'role'],
  ])('and is refused as %j', async (body, words) => {
    const response = await post(body)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      error: { code: 'wrong-document', message: expect.stringContaining(words) as string },
    })
  })

  test('goes only where something is done, and only there', async () => {
    const posted = await ask('/v1/node', { method: 'POST' })
    expect(posted.status).toBe(405)
    expect((await ask('/v1/cluster/init')).status).toBe(405)
    expect((await ask('/v1/cluster/init', { method: 'HEAD' })).status).toBe(405)
  })
})
