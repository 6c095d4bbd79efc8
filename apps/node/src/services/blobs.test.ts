import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DaemonClient } from '../testing/daemon-client.ts'
import { openPage } from '../testing/browser-session.ts'
import { startDaemon, temporaryFolder, type DaemonProcess } from '../testing/daemon-process.ts'
import type { BlobPutAnswer, BlobsAnswer, BlobStatsAnswer } from './blob-answers.ts'

/** For what takes its time; a test that waits so long has failed. */
const patience = { interval: 50, timeout: 30_000 }

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let daemon: DaemonProcess
let client: DaemonClient

beforeAll(async () => {
  folder = await temporaryFolder()
  daemon = startDaemon(folder.path, '--json')
  client = await DaemonClient.of(daemon)
})

afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const pathOf = (name: string): string => `/v1/blobs/${encodeURIComponent(name)}`

async function put(
  name: string,
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return client.raw(name === '' ? '/v1/blobs' : pathOf(name), { method: 'PUT', body: Buffer.from(body), headers })
}

async function putAnswer(name: string, body: Uint8Array | string): Promise<BlobPutAnswer> {
  const response = await put(name, body)
  expect(response.status).toBe(201)
  return (await response.json()) as BlobPutAnswer
}

const get = (name: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Response> =>
  client.raw(pathOf(name), { method, headers })
const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer())
const listed = async (query: string): Promise<BlobsAnswer> =>
  (await (await client.raw(`/v1/blobs${query}`)).json()) as BlobsAnswer

/** What was sent as events, `beat`s left out. */
async function eventsOf(response: Response): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const events = (await response.text()).trim().split('\n\n')
  const read = events.map((event) => JSON.parse(event.slice('data: '.length)) as Readonly<Record<string, unknown>>)
  return read.filter(({ event }) => event !== 'beat')
}

describe('content', () => {
  test('comes back as it was put, by its name and by its id, and is told what it is', async () => {
    const content = randomBytes(3_000_000)
    const { id, size, copies } = await putAnswer('a/b c', content)
    expect({ size, copies }).toEqual({ size: content.length, copies: 1 })
    for (const ref of ['a/b c', id]) {
      const response = await get(ref)
      expect(Buffer.compare(await bytesOf(response), content)).toBe(0)
      expect(response.headers.get('etag')).toBe(`"${id}"`)
      expect(response.headers.get('content-type')).toBe('application/octet-stream')
      expect(response.headers.get('content-disposition')).toBe('attachment')
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    }
    const again = await putAnswer('', content)
    expect(again).toMatchObject({ id, name: null, bytesKnown: content.length, bytesStored: 0 })
  })

  test.each(['', 'x'])('of %j is a blob too', async (content) => {
    const { id } = await putAnswer('tiny', content)
    const response = await get(id)
    expect([response.status, response.headers.get('content-length')]).toEqual([200, String(content.length)])
    expect(await response.text()).toBe(content)
  })

  test('is given in parts', async () => {
    const content = randomBytes(1_000_000)
    await putAnswer('parts', content)
    for (const [range, from, to] of [
      ['0-0', 0, 1],
      ['500000-600000', 500_000, 600_001],
      ['999999-', 999_999, 1_000_000],
      ['-10', 999_990, 1_000_000],
    ] as const) {
      const response = await get('parts', { range: `bytes=${range}` })
      expect(response.status).toBe(206)
      expect(response.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/1000000`)
      expect(Buffer.compare(await bytesOf(response), content.subarray(from, to))).toBe(0)
    }
    const beyond = await get('parts', { range: 'bytes=1000000-' })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */1000000'])
    expect(await beyond.json()).toMatchObject({ error: { code: 'wrong-range' } })
    expect((await get('parts', { range: 'bytes=0-9', 'if-range': '"other"' })).status).toBe(200)
  })

  test('is described by HEAD without being sent', async () => {
    const { id } = await putAnswer('head', 'abc')
    const response = await get('head', {}, 'HEAD')
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '3'])
    expect(response.headers.get('etag')).toBe(`"${id}"`)
    expect(await response.text()).toBe('')
    expect((await get('no such', {}, 'HEAD')).status).toBe(404)
  })

  test('is sent again only where it is another', async () => {
    const { id } = await putAnswer('cached', 'abc')
    const same = await get('cached', { 'if-none-match': `"${id}"` })
    expect([same.status, await same.text()]).toEqual([304, ''])
    expect((await get('cached', { 'if-none-match': '"other"' })).status).toBe(200)
    expect((await get('cached', { 'if-match': '"other"' })).status).toBe(412)
    expect((await get('cached', { 'if-match': `"${id}"`, range: 'bytes=1-' })).status).toBe(206)
  })

  test('with a name that looks like a path is where it was put', async () => {
    for (const name of ['a/../b', '../..', '?', '#', 'ä%2f', '名']) {
      await putAnswer(name, name)
      expect(await (await get(name)).text()).toBe(name)
    }
    const long = 'ä'.repeat(512)
    await putAnswer(long, 'long')
    expect(await (await get(long)).text()).toBe('long')
  })
})

describe('conditions', () => {
  test('keep one who puts from what another has put meanwhile', async () => {
    const first = await put('mine', 'one', { 'if-none-match': '*' })
    expect(first.status).toBe(201)
    const { id } = (await first.json()) as BlobPutAnswer
    expect((await put('mine', 'two', { 'if-none-match': '*' })).status).toBe(412)
    expect((await put('mine', 'two', { 'if-match': '"other"' })).status).toBe(412)
    expect(await (await get('mine')).text()).toBe('one')
    expect((await put('mine', 'two', { 'if-match': `"${id}"` })).status).toBe(201)
    expect((await put('nobody', 'x', { 'if-match': '*' })).status).toBe(412)
    expect(await (await get('mine')).text()).toBe('two')
  })

  test('let one win of many who put at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => put('race', `by ${index}`, { 'if-none-match': '*' })),
    )
    const won = answers.flatMap(({ status }, index) => (status === 201 ? [index] : []))
    expect(won).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(7)
    expect(await (await get('race')).text()).toBe(`by ${won[0]}`)
  })

  test('hold for what is deleted', async () => {
    const { id } = await putAnswer('kept', 'x')
    const remove = (headers: Readonly<Record<string, string>>): Promise<Response> => get('kept', headers, 'DELETE')
    expect((await remove({ 'if-match': '"other"' })).status).toBe(412)
    expect((await remove({ 'if-match': `"${id}"` })).status).toBe(200)
    expect((await remove({})).status).toBe(404)
  })
})

describe('what is refused', () => {
  test('are wrong names, parameters and parts', async () => {
    const ask = async (path: string, options: RequestInit = {}): Promise<unknown> => {
      const response = await client.raw(path, options)
      const { error } = (await response.json()) as { readonly error: { readonly code: string } }
      return [response.status, error.code]
    }
    const sent = { method: 'PUT', body: 'x' }
    expect(await ask('/v1/blobs/%zz')).toEqual([400, 'wrong-parameter'])
    expect(await ask('/v1/blobs/')).toEqual([400, 'wrong-parameter'])
    expect(await ask('/v1/blobs/x?y=1')).toEqual([400, 'wrong-parameter'])
    expect(await ask('/v1/blobs/x?copies=0', sent)).toEqual([400, 'wrong-parameter'])
    expect(await ask(`/v1/blobs/${'0'.repeat(64)}`, sent)).toEqual([400, 'wrong-request'])
    expect(await ask('/v1/blobs/x%00', sent)).toEqual([400, 'wrong-request'])
    expect(await ask('/v1/blobs/x', { ...sent, headers: { 'content-range': 'bytes 0-0/2' } })).toEqual([
      400,
      'wrong-parameter',
    ])
    expect(await ask('/v1/blobs?limit=0')).toEqual([400, 'wrong-parameter'])
    expect(await ask('/v1/blobs', { method: 'DELETE' })).toEqual([405, 'wrong-method'])
    expect(await ask('/v1/blob-stats', sent)).toEqual([405, 'wrong-method'])
    expect(await ask('/v1/blobs/x?copies=3', sent)).toEqual([503, 'too-few-copies'])
  })

  test('is everything without the token, or with the cookie only', async () => {
    const { origin, pageUrl } = await daemon.ready()
    const { cookie, headers } = await openPage({ origin, pageUrl })
    await putAnswer('secret', 'x')
    const at = (method: string, sent: Readonly<Record<string, string>>): Promise<Response> =>
      fetch(`${origin}/v1/blobs/secret`, { method, headers: sent, ...(method === 'PUT' ? { body: 'evil' } : {}) })
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) expect((await at(method, {})).status).toBe(401)
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) expect((await at(method, { cookie })).status).toBe(403)
    expect((await fetch(`${origin}/v1/blobs`, { headers: { cookie } })).status).toBe(403)
    expect((await at('GET', headers)).status).toBe(200)
    expect(await (await get('secret')).text()).toBe('x')
  })

  test('is saying what a file is with a signature or an id that is none', async () => {
    const seen = { path: '/a', signature: '5 1 1 7 8' }
    expect(await client.post('/v1/blob/seen', seen)).toEqual({ blob: null })
    expect(await client.post('/v1/blob/seen', { ...seen, signature: 'x' })).toMatchObject({
      error: { code: 'wrong-request' },
    })
    const see = { path: '/a', before: seen.signature, after: seen.signature, beganAtMs: 5_000 }
    expect(await client.post('/v1/blob/see', { ...see, id: 'x' })).toMatchObject({ error: { code: 'wrong-parameter' } })
    const { id } = await putAnswer('file', 'hello')
    expect(await client.post('/v1/blob/see', { ...see, beganAtMs: 100, id })).toEqual({ seen: false })
    expect(await client.post('/v1/blob/see', { ...see, id })).toEqual({ seen: true })
    const known = { id, name: 'other', size: 5, bytesKnown: 5, bytesStored: 0, copies: 1 }
    expect(await client.post('/v1/blob/seen', { ...seen, name: 'other' })).toEqual({ blob: known })
    expect((await get('other')).status).toBe(200)
    expect((await get('other', {}, 'DELETE')).status).toBe(200)
    expect(await client.post('/v1/blob/seen', seen)).toEqual({ blob: null })
  })

  test('is deleting what is pinned', async () => {
    await putAnswer('pinned', 'p')
    expect(await client.post('/v1/blob/pin', { ref: 'pinned' })).toEqual({ pinned: true })
    expect((await get('pinned', {}, 'DELETE')).status).toBe(409)
    expect(await client.post('/v1/blob/unpin', { ref: 'pinned' })).toEqual({ pinned: false })
    expect((await get('pinned', {}, 'DELETE')).status).toBe(200)
    expect(await client.post('/v1/blob/pin', { ref: 'pinned' })).toMatchObject({ error: { code: 'not-found' } })
  })
})

test('an upload that breaks off leaves nothing behind', async () => {
  const gone = new AbortController()
  const taken = Promise.withResolvers<void>()
  let asked = 0
  const pieces = new ReadableStream<Uint8Array>({
    pull(controller) {
      asked++
      if (asked <= 10) return controller.enqueue(randomBytes(100_000))
      taken.resolve()
      // And then no more comes.
      return new Promise(() => {})
    },
  })
  const sending = client.raw(pathOf('broken'), { method: 'PUT', body: pieces, duplex: 'half', signal: gone.signal })
  await taken.promise
  gone.abort()
  await expect(sending).rejects.toThrow('aborted')
  expect((await get('broken')).status).toBe(404)
  expect(await (await client.raw('/healthz')).json()).toEqual({ status: 'healthy' })
})

test('names are listed page by page', async () => {
  for (const name of ['list/a', 'list/b', 'list/c', 'lisu']) await putAnswer(name, name)
  const first = await listed('?prefix=list%2F&limit=2')
  expect([first.blobs.map(({ name }) => name), first.next]).toEqual([['list/a', 'list/b'], 'list/b'])
  const second = await listed('?prefix=list%2F&limit=2&after=list%2Fb')
  expect([second.blobs.map(({ name }) => name), second.next]).toEqual([['list/c'], null])
})

test('names are given and forgotten, and a blob says which it has', async () => {
  const { id } = await putAnswer('one', 'names')
  expect(await client.post('/v1/blob/name', { name: 'two', ref: 'one' })).toEqual({ named: true })
  const stat: unknown = await (await client.raw('/v1/blob/stat?ref=two')).json()
  expect(stat).toMatchObject({ id, size: 5, names: ['one', 'two'], copiesWanted: null, holders: null })
  expect(await client.post('/v1/blob/unname', { name: 'one' })).toEqual({ was: true })
  expect(await client.post('/v1/blob/unname', { name: 'one' })).toEqual({ was: false })
  expect((await get('one')).status).toBe(404)
  expect(await (await get(id)).text()).toBe('names')
})

test('who asks for events is told how far it has come, and what came of it', async () => {
  const accept = { accept: 'text/event-stream' }
  const events = await eventsOf(await put('told', randomBytes(5_000_000), accept))
  expect(events.at(-1)).toMatchObject({ event: 'done', done: { name: 'told', size: 5_000_000 } })
  const refused = await put('0'.repeat(64), 'x', accept)
  expect(refused.status).toBe(400)
})

test('garbage, checks and keys: each says when it is done, and figures follow', async () => {
  await putAnswer('work', randomBytes(2_000_000))
  const post = async (path: string, document: object): Promise<unknown> =>
    (await eventsOf(await client.raw(path, { method: 'POST', body: JSON.stringify(document) }))).at(-1)
  expect(await post('/v1/blob/gc', {})).toMatchObject({ event: 'done' })
  expect(await post('/v1/blob/fsck', { bytesPerSecond: 2 ** 40 })).toMatchObject({
    event: 'done',
    done: { damaged: 0 },
  })
  expect(await post('/v1/blob/rotate-key', {})).toMatchObject({ event: 'done', done: { keyEpoch: 2 } })
  const stats = (await (await client.raw('/v1/blob-stats')).json()) as BlobStatsAnswer
  expect(stats).toMatchObject({ keyEpoch: 2, chunksWithOlderKeys: 0, replication: null })
  const gauge = async (): Promise<string> => await client.text('/metrics')
  await expect.poll(gauge, patience).toMatch(new RegExp(`^flotilla_blobs_count ${stats.blobs}$`, 'm'))
})
