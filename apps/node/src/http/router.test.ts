import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AuditEntry } from '@flotilla/core/audit'
import { FlotillaError } from '@flotilla/core/errors'
import { silentLogger, silentMetrics } from '@flotilla/core/observe'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import { expect, test } from 'vitest'
import { nodeLimitsDefaults } from '../limits.ts'
import { RequestContexts } from '../observe/following/request-contexts.ts'
import { Tracing } from '../observe/following/tracing.ts'
import { object, oneOf, optional, text, usual, whole } from '../schema/building.ts'
import { askedValue } from './asked-value.ts'
import { userRoles, type UserRole } from './caller.ts'
import { asked, handled, posted, streamed } from './described.ts'
import type { AnyRoute } from './route.ts'
import { Router } from './router.ts'

interface Scene extends AsyncDisposable {
  /** What was done, by the handlers of the routes. */
  readonly done: unknown[]
  readonly audited: AuditEntry[]
  readonly routes: readonly AnyRoute[]
  /** Nobody may ask any more. */
  readonly ended: AbortController
  ask(address: string, options?: RequestInit & { readonly role?: UserRole; readonly name?: string }): Promise<Asked>
}

interface Asked {
  readonly status: number
  readonly said: string
}

const answer = object({ ok: oneOf([true]) })

function routesOf(done: unknown[]): readonly AnyRoute[] {
  const note = (what: unknown): { readonly ok: true } => {
    done.push(what)
    return { ok: true }
  }
  const limit = usual(whole({ least: 1, most: 9 }), 5)
  const event = object({ event: oneOf(['one']) })
  return [
    asked({
      path: '/asked',
      about: { summary: 'something', query: object({ limit }), answer },
      get: ({ query, caller }) => note([query, caller.role]),
    }),
    asked({
      path: '/below/*',
      about: { summary: 'something', rest: { name: 'key', description: 'of it' }, answer },
      get: ({ rest }) => note(rest),
    }),
    asked({ path: '/secret', role: 'admin', about: { summary: 'something', answer }, get: () => note('secret') }),
    posted({
      path: '/posted',
      about: { summary: 'something', document: object({ a: text(), b: optional(text()) }), answer },
      post: (document) => note(document),
    }),
    posted({ path: '/admin', role: 'admin', about: { summary: 'something', answer }, post: () => note('admin') }),
    streamed({
      path: '/events',
      isPosted: true,
      about: { summary: 'something', events: event },
      async stream(_question, events) {
        note('events')
        events.send({ event: 'one' })
        await events.drained()
        throw new FlotillaError('busy', 'it broke', { hint: 'wait' })
      },
    }),
    streamed({
      path: '/watched',
      isPosted: false,
      about: { summary: 'something', events: event },
      async stream(_question, events) {
        note('watched')
        await once(events.signal, 'abort')
      },
    }),
    {
      path: '/long',
      content: {
        GET: handled({
          about: { summary: 'something' },
          serve: async (_question, { signal }) => ({ status: 200, headers: {}, bytes: untilAborted(signal, note) }),
        }),
      },
    },
    {
      path: '/content',
      content: {
        GET: handled({ about: { summary: 'something' }, serve: async () => ({ status: 200, type: 'x', body: 'x' }) }),
        PUT: handled({
          audit: 'once',
          about: { summary: 'something' },
          async serve({ body }) {
            for await (const part of body) note(String(part))
            return { status: 201, type: 'x', body: '' }
          },
        }),
      },
    },
  ]
}

/** Content that never ends by itself. */
async function* untilAborted(signal: AbortSignal, note: (what: string) => void): AsyncGenerator<Uint8Array> {
  yield Buffer.from('begun')
  note('begun')
  await once(signal, 'abort')
  throw new FlotillaError('cancelled', 'nobody wants it any more')
}

/** A server over a router whose callers have the role that their request says. */
async function scene(failsToAudit = false): Promise<Scene> {
  const [done, audited]: [unknown[], AuditEntry[]] = [[], []]
  const ended = new AbortController()
  const [routes, clock, entropy] = [routesOf(done), nodeClock(), nodeEntropy()]
  const router = new Router({
    routes,
    clock,
    logger: silentLogger,
    metrics: silentMetrics,
    tracing: new Tracing({ contexts: new RequestContexts(), entropy, clock, sink: undefined }),
    access: {
      gateRefusal: () => undefined,
      caller: ({ headers }) => {
        const role = userRoles.find((each) => each === headers['x-role'])
        const name = String(headers['x-name'])
        if (role !== undefined) return Promise.resolve({ name, role, via: 'token', ended: ended.signal })
        return Promise.resolve({ status: 401, code: 'no-key', message: 'who asks?', hint: 'say it' })
      },
    },
    audit: {
      write(entry) {
        if (failsToAudit) return Promise.reject(new FlotillaError('not-audited', 'the disk is full'))
        audited.push(entry)
        return Promise.resolve()
      },
    },
  })
  const server = createServer((request, response) => void router.handle(request, response, 1))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    done,
    audited,
    routes,
    ended,
    async ask(address, { role, name = 'ann', ...options } = {}) {
      const known = role === undefined ? {} : { 'x-role': role, 'x-name': name }
      const sent = { 'content-type': 'application/json', ...known }
      const response = await fetch(`${origin}${address}`, { ...options, headers: sent })
      return { status: response.status, said: await response.text() }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

test('one name holds and watches so much only, and leaves the rest to others', async () => {
  await using at = await scene()
  const { eventStreamsPerNameMax } = nodeLimitsDefaults
  const watch = (): Promise<Asked> => at.ask('/watched', { role: 'viewer' })
  const held = Array.from({ length: eventStreamsPerNameMax }, watch)
  await expect.poll(() => at.done.length).toBe(eventStreamsPerNameMax)
  const refused = await watch()
  expect([refused.status, refused.said]).toEqual([429, expect.stringContaining('"too-many-streams"')])
  const other = at.ask('/watched', { role: 'viewer', name: 'bob' })
  await expect.poll(() => at.done.length).toBe(eventStreamsPerNameMax + 1)
  at.ended.abort()
  for (const { status } of await Promise.all([...held, other])) expect(status).toBe(200)
})

const post = (document: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(document) })

test.each([
  ['/asked', {}, 'viewer'],
  ['/secret', {}, 'admin'],
  ['/posted', post({ a: 'x' }), 'operator'],
  ['/admin', post({}), 'admin'],
  ['/events', post({}), 'operator'],
  ['/content', {}, 'viewer'],
  ['/content', { method: 'PUT', body: 'x' }, 'operator'],
] as const)('%s %j is for a %s and whoever may more', async (address, options, needed) => {
  for (const role of userRoles) {
    await using at = await scene()
    const { status, said } = await at.ask(address, { ...options, role })
    const mayAsk = userRoles.indexOf(role) >= userRoles.indexOf(needed)
    expect([role, status < 300]).toEqual([role, mayAsk])
    if (mayAsk) continue
    expect(said).toContain(`the role ${needed} is needed`)
    expect(said).toContain(`ann (token) has the role ${role}`)
    expect([status, at.done, at.audited]).toEqual([403, [], []])
  }
})

test('content that is being sent is cut off when its caller may not ask any more', async () => {
  await using at = await scene()
  const answered = at.ask('/long', { role: 'viewer' }).catch((error: unknown) => error)
  await expect.poll(() => at.done).toEqual(['begun'])
  at.ended.abort()
  expect(await answered).toBeInstanceOf(Error)
})

test('nothing is said or done without a caller, and no wrong method does anything', async () => {
  await using at = await scene()
  for (const address of ['/asked', '/posted', '/nothing']) expect((await at.ask(address)).status).toBe(401)
  const role = 'admin'
  expect((await at.ask('/asked', { ...post({}), role })).status).toBe(405)
  expect((await at.ask('/admin', { role })).status).toBe(405)
  expect((await at.ask('/content', { method: 'DELETE', role })).status).toBe(405)
  expect(at.done).toEqual([])
})

test('handlers are given what was checked, and nothing else comes to them', async () => {
  await using at = await scene()
  const role = 'operator'
  await at.ask('/asked', { role })
  await at.ask('/asked?limit=7', { role })
  await at.ask('/below/a%2Fb/c', { role })
  await at.ask('/posted', { ...post({ a: 'x' }), role })
  expect(at.done).toEqual([[{ limit: 5 }, role], [{ limit: 7 }, role], 'a/b/c', { a: 'x' }])
  at.done.length = 0
  at.audited.length = 0
  for (const address of ['/asked?limit=70', '/asked?else=1', '/secret?x', '/below/', '/below/%ff']) {
    expect((await at.ask(address, { role: 'admin' })).status).toBe(400)
  }
  for (const document of [{}, { a: 1 }, { a: 'x', c: 'x' }, [], null, 'x']) {
    expect((await at.ask('/posted', { ...post(document), role })).status).toBe(400)
  }
  expect((await at.ask('/posted', { method: 'POST', body: '{', role })).status).toBe(400)
  expect([at.done, at.audited]).toEqual([[], []])
})

test('what changes something is in the audit log, and is not done where that fails', async () => {
  const asks = [
    ['/posted', post({ a: 'x' })],
    ['/events', post({})],
    ['/content', { method: 'PUT', body: 'x' }],
  ] as const
  await using at = await scene()
  for (const [address, options] of asks) await at.ask(address, { ...options, role: 'operator' })
  await at.ask('/asked', { role: 'operator' })
  expect(at.audited.map(({ action, outcome }) => [action, outcome].join(' '))).toEqual([
    'posted asked',
    'posted done',
    'events asked',
    'events refused',
    'content.put asked',
  ])
  await using full = await scene(true)
  for (const [address, options] of asks) {
    expect((await full.ask(address, { ...options, role: 'operator' })).said).toContain('not-audited')
  }
  expect(full.done).toEqual([])
})

test('events that break are told to be broken, as the last event', async () => {
  await using at = await scene()
  const { said } = await at.ask('/events', { ...post({}), role: 'operator' })
  const events = said.trim().split('\n\n')
  expect(events).toHaveLength(2)
  expect(events[1]).toContain('"failed"')
  expect(events[1]).toContain('it broke')
})

test('the node itself asks as somebody, without a request', async () => {
  await using at = await scene()
  const as = (role: UserRole, address: string): Promise<object> =>
    askedValue(at.routes, address, { name: 'self', role, via: 'session' })
  expect(await as('viewer', '/asked?limit=2')).toEqual({ ok: true })
  expect(await as('viewer', '/below/a%20b')).toEqual({ ok: true })
  expect(at.done).toEqual([[{ limit: 2 }, 'viewer'], 'a b'])
  await expect(as('viewer', '/secret')).rejects.toMatchObject({ code: 'forbidden' })
  await expect(as('admin', '/asked?limit=x')).rejects.toMatchObject({ code: 'wrong-parameter' })
  await expect(as('admin', '/posted')).rejects.toMatchObject({ code: 'not-found' })
})
