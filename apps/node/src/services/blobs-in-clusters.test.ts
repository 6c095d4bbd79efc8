/** What becomes of the blobs of a node that was alone when it comes into a cluster. */
import { randomBytes } from 'node:crypto'
import { open, readdir, readFile, rm, stat as statOf, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DaemonClient } from '../testing/daemon-client.ts'
import { startDaemon, temporaryFolder, type DaemonProcess } from '../testing/daemon-process.ts'
import type { BlobPutAnswer, BlobStatAnswer } from './blob-answers.ts'

const blob = '/v1/blobs/b'
/** For what takes its time; a test that waits so long has failed. */
const patience = { interval: 100, timeout: 60_000 }

/** Again until there is somebody who takes the other copy: a node that has just come does not know who has room. */
async function put(client: DaemonClient, body: string): Promise<BlobPutAnswer> {
  const answers: BlobPutAnswer[] = []
  const attempt = async (): Promise<number> => {
    const response = await client.raw(blob, { method: 'PUT', body })
    if (response.status === 201) answers.push((await response.json()) as BlobPutAnswer)
    return response.status
  }
  await expect.poll(attempt, patience).toBe(201)
  return answers[0] as BlobPutAnswer
}

const textOf = async (client: DaemonClient): Promise<string> => (await client.raw(blob)).text()

interface Node {
  readonly daemon: DaemonProcess
  readonly client: DaemonClient
  readonly path: string
}

async function node(stack: AsyncDisposableStack, name: string, path?: string): Promise<Node> {
  const folder = path ?? stack.use(await temporaryFolder()).path
  const daemon = stack.use(startDaemon(folder, '--json', '--name', name, '--no-beacons'))
  return { daemon, client: await DaemonClient.of(daemon), path: folder }
}

test('who makes a cluster keeps its blobs and their ids, and so it stays', async () => {
  await using stack = new AsyncDisposableStack()
  const ann = await node(stack, 'ann')
  const { id } = await put(ann.client, 'mine')
  await ann.client.post('/v1/cluster/init', {})
  expect(await textOf(ann.client)).toBe('mine')
  expect((await put(ann.client, 'mine')).id).toBe(id)
  expect((await ann.daemon.stop()).code).toBe(0)
  const again = await node(stack, 'ann', ann.path)
  expect(await textOf(again.client)).toBe('mine')
  expect((await put(again.client, 'mine')).id).toBe(id)
})

test('who joins one has the ids of the others, and leaves nothing behind unasked', async () => {
  await using stack = new AsyncDisposableStack()
  const [ann, bob] = [await node(stack, 'ann'), await node(stack, 'bob')]
  await ann.client.post('/v1/cluster/init', {})
  const { id } = await put(ann.client, 'the same')
  const own = await put(bob.client, 'the same')
  expect(own.id).not.toBe(id)
  const token = await ann.client.invite()
  const refused = await bob.client.post('/v1/cluster/join', { token })
  expect(refused).toMatchObject({ error: { code: 'has-blobs' } })
  expect((await bob.client.cluster()).cluster).toBeNull()
  expect((await put(bob.client, 'the same')).id).toBe(own.id)

  expect((await bob.client.raw(blob, { method: 'DELETE' })).status).toBe(200)
  expect(await bob.client.post('/v1/cluster/join', { token })).toMatchObject({ cluster: { name: 'bob' } })
  expect((await put(bob.client, 'the same')).id).toBe(id)
  expect((await bob.daemon.stop()).code).toBe(0)
  const again = await node(stack, 'bob', bob.path)
  expect((await put(again.client, 'the same')).id).toBe(id)
})

test('what one puts, the others have, mend each other by, and lose when one deletes it', async () => {
  await using stack = new AsyncDisposableStack()
  const [ann, bob] = [await node(stack, 'ann'), await node(stack, 'bob')]
  const before = await put(ann.client, 'from before')
  await ann.client.post('/v1/cluster/init', {})
  await bob.client.post('/v1/cluster/join', { token: await ann.client.invite() })
  await expect.poll(() => textOf(bob.client), patience).toBe('from before')

  const content = randomBytes(3_000_000)
  const putLarge = (): Promise<Response> => ann.client.raw('/v1/blobs/large?copies=2', { method: 'PUT', body: content })
  // Until the other has opened its own store.
  await expect.poll(async () => (await putLarge()).status, patience).toBe(201)
  const { id, copies } = (await (await putLarge()).json()) as BlobPutAnswer
  expect(copies).toBe(2)
  const there = await bob.client.raw('/v1/blobs/large', { headers: { range: 'bytes=1000000-1999999' } })
  expect(Buffer.compare(Buffer.from(await there.arrayBuffer()), content.subarray(1_000_000, 2_000_000))).toBe(0)
  const holdersAt = async ({ client }: Node): Promise<readonly string[] | undefined> => {
    const stat = (await (await client.raw('/v1/blob/stat?ref=large')).json()) as BlobStatAnswer
    expect(stat).toMatchObject({ id, copiesWanted: 2 })
    return stat.holders?.map(({ name }) => name).toSorted()
  }
  for (const one of [ann, bob]) await expect.poll(() => holdersAt(one), patience).toEqual(['ann', 'bob'])
  expect((await bob.client.raw('/v1/blobs/more?copies=3', { method: 'PUT', body: 'x' })).status).toBe(503)

  const large = JSON.stringify({ ref: 'large' })
  const kept = await bob.client.raw('/v1/blob/keep', { method: 'POST', body: large })
  expect(await kept.text()).toContain('"done":{"kept":true}')
  expect(await bob.client.post('/v1/blob/release', { ref: 'large' })).toEqual({ kept: false })
  const lacking = await bob.client.raw('/v1/blob/keep', { method: 'POST', body: JSON.stringify({ ref: 'nothing' }) })
  expect(await lacking.text()).toContain('not-found')

  await flipByte(join(ann.path, 'blobs', 'packs'))
  const checked = await ann.client.raw('/v1/blob/fsck', { method: 'POST', body: '{}' })
  expect(await checked.text()).toMatch(/"event":"finding"[^]*"event":"done"[^]*"mended":1,"blobsHurt":\[\]/)
  const mended = await ann.client.raw('/v1/blobs/large')
  expect(Buffer.compare(Buffer.from(await mended.arrayBuffer()), content)).toBe(0)

  expect((await bob.client.raw(`/v1/blobs/${before.id}`, { method: 'DELETE' })).status).toBe(200)
  await expect.poll(async () => (await ann.client.raw(blob)).status, patience).toBe(404)
})

test('one that has lost its catalogue rebuilds it, and has from the others what its packs do not say', async () => {
  await using stack = new AsyncDisposableStack()
  const [ann, bob] = [await node(stack, 'ann'), await node(stack, 'bob')]
  await ann.client.post('/v1/cluster/init', {})
  await bob.client.post('/v1/cluster/join', { token: await ann.client.invite() })
  const content = randomBytes(2_000_000)
  const putTwice = (name: string): Promise<Response> =>
    bob.client.raw(`/v1/blobs/${name}?copies=2`, { method: 'PUT', body: content })
  await expect.poll(async () => (await putTwice('kept')).status, patience).toBe(201)
  await ann.daemon.stop()
  for (const name of await readdir(join(ann.path, 'blobs'))) {
    if (name.startsWith('catalogue')) await rm(join(ann.path, 'blobs', name))
  }
  const again = await node(stack, 'ann', ann.path)
  expect((await again.client.raw('/v1/blobs/kept')).status).toBe(503)
  const rebuilt = await again.client.raw('/v1/blob/rebuild', { method: 'POST', body: '{}' })
  expect(await rebuilt.text()).toMatch(/"done":\{[^}]*"blobs":0/)
  const bytes = async (): Promise<number> => (await (await again.client.raw('/v1/blobs/kept')).arrayBuffer()).byteLength
  await expect.poll(bytes, patience).toBe(content.length)
  const holders = async (): Promise<readonly string[] | undefined> => {
    const stat = (await (await again.client.raw('/v1/blob/stat?ref=kept')).json()) as BlobStatAnswer
    return stat.holders?.map(({ name }) => name).toSorted()
  }
  await expect.poll(holders, patience).toEqual(['ann', 'bob'])
  // What it says from now on is heard by the others, too.
  expect((await again.client.raw('/v1/blobs/kept', { method: 'DELETE' })).status).toBe(200)
  await expect.poll(async () => (await bob.client.raw('/v1/blobs/kept')).status, patience).toBe(404)
})

test.each(['agent', 'replica'])('on a member of role %s nothing can be put', async (role) => {
  await using stack = new AsyncDisposableStack()
  const [ann, bob] = [await node(stack, 'ann'), await node(stack, 'bob')]
  await ann.client.post('/v1/cluster/init', {})
  await bob.client.post('/v1/cluster/join', { token: await ann.client.invite(role) })
  const response = await bob.client.raw(blob, { method: 'PUT', body: 'x' })
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ error: { code: 'no-blobs' } })
  expect(await (await bob.client.raw('/healthz')).json()).toEqual({ status: 'healthy' })
})

test('without its key a node goes on, says what is wrong, and has lost nothing when it is back', async () => {
  await using stack = new AsyncDisposableStack()
  const ann = await node(stack, 'ann')
  await put(ann.client, 'kept')
  await ann.daemon.stop()
  const path = join(ann.path, 'blobs.key')
  const key = await readFile(path)
  await writeFile(path, Buffer.from(key.toReversed()))
  const without = await node(stack, 'ann', ann.path)
  expect(await (await without.client.raw('/healthz')).json()).toMatchObject({ status: 'degraded', failed: ['blobs'] })
  const refused = await without.client.raw(blob)
  expect(refused.status).toBe(503)
  expect(await refused.json()).toMatchObject({ error: { code: 'wrong-key' } })
  await without.daemon.stop()
  await writeFile(path, key)
  const again = await node(stack, 'ann', ann.path)
  expect(await textOf(again.client)).toBe('kept')
})

/** In the middle of the largest pack. */
async function flipByte(packs: string): Promise<void> {
  const paths = (await readdir(packs, { recursive: true })).map((name) => join(packs, name))
  const files = await Promise.all(paths.map(async (path) => ({ path, facts: await statOf(path) })))
  const sizes = files.map(({ path, facts }) => ({ path, size: facts.isFile() ? facts.size : 0 }))
  const [largest] = sizes.toSorted((one, other) => other.size - one.size)
  if (largest === undefined) throw new Error('there is no pack')
  const handle = await open(largest.path, 'r+')
  const place = largest.size >> 1
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, place)
  await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, place)
  await handle.close()
}
