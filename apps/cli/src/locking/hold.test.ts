import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { NodeClient } from '../running-node/node-client.ts'
import { temporaryFolder } from '../testing/programs.ts'
import { acquireHold, type Hold } from './hold.ts'

/** What a node was asked, and how it goes on. */
interface FakeNode extends AsyncDisposable {
  readonly client: NodeClient
  readonly asked: string[]
  /** Of the request that holds. */
  readonly response: Promise<ServerResponse>
}

async function fakeNode(): Promise<FakeNode> {
  const folder = await temporaryFolder()
  const asked: string[] = []
  const held = Promise.withResolvers<ServerResponse>()
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (request.url === '/v1/lock/hold') held.resolve(response)
    else response.end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const access = { url: `http://127.0.0.1:${port}`, token: 'abc', pid: 1 }
  await writeFile(join(folder.path, 'access.json'), JSON.stringify(access), { mode: 0o600 })
  return {
    client: await NodeClient.of(folder.path),
    asked,
    response: held.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

const wish = { key: 'build', mode: 'exclusive', wait: true, value: '' } as const
const granted = { event: 'granted', hold: 'h1', key: 'build', token: 7 }
const line = (event: object): string => `data: ${JSON.stringify(event)}\n\n`

async function heldOn(node: FakeNode): Promise<{ readonly hold: Hold; readonly response: ServerResponse }> {
  const asking = acquireHold(node.client, wish, () => {})
  const response = await node.response
  response.write(line(granted))
  return { hold: await asking, response }
}

test('says who has it meanwhile, and what was granted; the end is told, and ends the connection', async () => {
  await using node = await fakeNode()
  const counts = { capacity: 0, holding: 0, waiting: 1, token: 0, delayedMs: 0 }
  const lock = { key: 'build', ...counts, holders: [], waiters: [] }
  const waited: unknown[] = []
  const asking = acquireHold(node.client, wish, (found) => void waited.push(found))
  const response = await node.response
  const closed = once(response, 'close')
  // In pieces, as a network may bring it.
  const text = line({ event: 'beat' }) + line({ event: 'waiting', lock }) + line(granted)
  response.write(text.slice(0, 30))
  response.write(text.slice(30))
  const hold = await asking
  expect(waited).toEqual([lock])
  expect(hold).toMatchObject({ key: 'build', token: 7, loss: undefined })
  await hold[Symbol.asyncDispose]()
  await closed
  expect(node.asked).toEqual(['POST /v1/lock/hold', 'POST /v1/lock/release'])
  expect(hold.loss).toBeUndefined()
})

test.each([
  [{ event: 'lost', code: 'session-expired', message: 'the lease ran out' }, 'the lease ran out'],
  [{ event: 'stopping' }, 'the node stops'],
])('is lost when the node says so: %j', async (event, why) => {
  await using node = await fakeNode()
  const { hold, response } = await heldOn(node)
  expect(hold.signal.aborted).toBe(false)
  response.write(line(event))
  await once(hold.signal, 'abort')
  expect(hold.loss).toBe(why)
  await hold[Symbol.asyncDispose]()
  expect(node.asked).toEqual(['POST /v1/lock/hold'])
})

test.each([
  ['breaks', (response: ServerResponse) => void response.destroy(), /connection .* broke/],
  ['ends', (response: ServerResponse) => void response.end(), /the node ended it/],
  ['says what no node says', (response: ServerResponse) => void response.write('data: x\n\n'), /not JSON/],
])('is lost when the connection %s', async (_what, act, why) => {
  await using node = await fakeNode()
  const { hold, response } = await heldOn(node)
  act(response)
  await once(hold.signal, 'abort')
  expect(hold.loss).toMatch(why)
  await hold[Symbol.asyncDispose]()
})

test('is lost when nothing is heard of the node for too long', { timeout: 30_000 }, async () => {
  await using node = await fakeNode()
  const { hold } = await heldOn(node)
  await once(hold.signal, 'abort')
  expect(hold.loss).toMatch(/silent/)
  await hold[Symbol.asyncDispose]()
})

test('a refusal is passed on with its code, before the events and among them', async () => {
  for (const isEvent of [false, true]) {
    await using node = await fakeNode()
    const asking = acquireHold(node.client, wish, () => {})
    const error = { code: 'busy', message: 'ann has it', hint: 'wait' }
    const response = await node.response
    if (isEvent) response.end(line({ event: 'failed', error }))
    else response.writeHead(409).end(JSON.stringify({ error }))
    await expect(asking).rejects.toMatchObject({ refusal: 'busy', message: 'the node refused: ann has it' })
  }
})

test('a node that stops meanwhile is not waited for', async () => {
  await using node = await fakeNode()
  const asking = acquireHold(node.client, wish, () => {})
  const response = await node.response
  response.write(line({ event: 'stopping' }))
  await expect(asking).rejects.toMatchObject({ code: 'no-answer' })
})
