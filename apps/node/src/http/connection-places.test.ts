import { once } from 'node:events'
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { silentLogger } from '@flotilla/core/observe'
import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { sampleOrigin, samplePort, sampleRequest } from '../testing/sample-access.ts'
import type { Access } from './access.ts'
import { loginRoutes } from './callers/login-routes.ts'
import { admitted, beingLookedAt, givePlaces } from './connection-places.ts'

/** A server of two places, whose requests say by their path what is known of who asks. */
async function scene() {
  const server = createServer()
  let refused = 0
  givePlaces({ server, most: 2, onRefused: () => refused++ })
  const waiting: ServerResponse[] = []
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    request.emit(request.url === '/password' ? beingLookedAt : request.url === '/known' ? admitted : 'nothing')
    if (request.headers['x-waits'] === undefined) response.end('told')
    else waiting.push(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    waiting,
    /** Comes in, and says nothing. */
    async floods(count: number): Promise<Socket[]> {
      const before = refused
      const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1').on('error', () => {}))
      await expect.poll(() => refused - before).toBe(count - 1)
      return sockets
    },
    async says(path: string): Promise<string> {
      const request = ask({ port, host: '127.0.0.1', path, headers: { 'x-waits': 'yes' } }).end()
      try {
        const [response] = (await once(request, 'response')) as [IncomingMessage]
        return await text(response)
      } catch {
        return 'turned away'
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

test.each([
  ['/known', 'answered'],
  ['/password', 'answered'],
  ['/nothing', 'turned away'],
])('a flood of connections leaves who asks for %s %s', async (path, outcome) => {
  await using at = await scene()
  const said = at.says(path)
  await expect.poll(() => at.waiting.length).toBe(1)
  const flood = await at.floods(4)
  at.waiting[0]?.end('answered')
  expect(await said).toBe(outcome)
  for (const socket of flood) socket.destroy()
})

test.each([
  [{ name: 'ann', password: 'x' }, ['looked at', 'checked']],
  [{ code: 'x' }, ['checked']],
])('a connection that logs in by %j is looked at while that takes long only', async (document, expected) => {
  const seen: string[] = []
  const access = {
    attempts: { take: () => 0 },
    openByCode: () => void seen.push('checked'),
    openByPassword: () => Promise.resolve(void seen.push('checked')),
  } as unknown as Access
  const audit = { write: () => Promise.resolve() }
  const routes = loginRoutes({ access, audit, logger: silentLogger, clock: new ManualClock(), url: () => sampleOrigin })
  const route = routes.find(({ path }) => path === '/v1/login')
  const request = sampleRequest({ method: 'POST', headers: { origin: sampleOrigin } })
  request.once(beingLookedAt, () => seen.push('looked at'))
  const question = { request, port: samplePort, query: new URLSearchParams(), rest: '' }
  if (route !== undefined && 'openPost' in route) await route.openPost(document, question)
  expect(seen).toEqual(expected)
})
