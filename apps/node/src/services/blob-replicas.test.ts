/** Two nodes that trust each other, and one that keeps what it cannot read. */
import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm, stat as statOf } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { DaemonClient } from '../testing/daemon-client.ts'
import { startDaemon, temporaryFolder, type DaemonProcess } from '../testing/daemon-process.ts'
import type { BlobPutAnswer, BlobStatAnswer, BlobStatsAnswer } from './blob-answers.ts'

/** For what takes its time; a test that waits so long has failed. */
const patience = { interval: 250, timeout: 150_000 }
const testMs = 400_000

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

/** Ann and Bob, and Eve, whose role is replica. */
async function trio(stack: AsyncDisposableStack): Promise<readonly [Node, Node, Node]> {
  const [ann, bob, eve] = [await node(stack, 'ann'), await node(stack, 'bob'), await node(stack, 'eve')]
  await ann.client.post('/v1/cluster/init', {})
  await bob.client.post('/v1/cluster/join', { token: await ann.client.invite() })
  await eve.client.post('/v1/cluster/join', { token: await ann.client.invite('replica') })
  return [ann, bob, eve]
}

const nameOfBlob = 'confidential/plans-for-spring'
const blob = `/v1/blobs/${encodeURIComponent(nameOfBlob)}`
const phrase = 'the quick brown secret jumps'
/** Text, which is compressed, and bytes that are not. */
const content = Buffer.concat([Buffer.from(phrase.repeat(20_000)), randomBytes(1_000_000)])
const marks = [phrase, nameOfBlob, 'plans-for-spring', content.subarray(-200, -160)]

/** Again until the others have opened their own stores. */
async function put({ client }: Node, body: Uint8Array): Promise<BlobPutAnswer> {
  const attempt = (): Promise<Response> => client.raw(`${blob}?copies=2`, { method: 'PUT', body: Buffer.from(body) })
  await expect.poll(async () => (await attempt()).status, patience).toBe(201)
  return (await (await attempt()).json()) as BlobPutAnswer
}
const bytesAt = async ({ client }: Node): Promise<Buffer> => Buffer.from(await (await client.raw(blob)).arrayBuffer())
const statsAt = async ({ client }: Node): Promise<BlobStatsAnswer> =>
  (await (await client.raw('/v1/blob-stats')).json()) as BlobStatsAnswer
const holdersAt = async ({ client }: Node): Promise<readonly string[] | undefined> => {
  const stat = (await (
    await client.raw(`/v1/blob/stat?ref=${encodeURIComponent(nameOfBlob)}`)
  ).json()) as BlobStatAnswer
  return stat.holders?.map(({ name }) => name).toSorted()
}

/** Everything in a folder, one after the other. */
async function allOf(folder: string): Promise<Buffer> {
  const paths = (await readdir(folder, { recursive: true })).map((name) => join(folder, name))
  const files: Buffer[] = []
  for (const path of paths) if ((await statOf(path)).isFile()) files.push(await readFile(path))
  return Buffer.concat(files)
}

/** What any zstd frame in it says as well. */
function withUnpacked(bytes: Buffer): Buffer {
  const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
  const unpacked: Buffer[] = [bytes]
  for (let at = bytes.indexOf(magic); at !== -1; at = bytes.indexOf(magic, at + 1)) {
    try {
      unpacked.push(zstdDecompressSync(bytes.subarray(at), { maxOutputLength: 2 ** 24 }))
    } catch {
      // Four bytes that happen to look like the beginning of one.
    }
  }
  return Buffer.concat(unpacked)
}

test(
  'a replica gets ciphertext only, gives it back when others have lost theirs, and forgets what is deleted',
  async () => {
    await using stack = new AsyncDisposableStack()
    const [ann, bob, eve] = await trio(stack)
    await expect.poll(async () => (await statsAt(ann)).replication?.peers.length, patience).toBe(2)
    const { id } = await put(ann, content)
    for (const one of [ann, bob]) await expect.poll(() => holdersAt(one), patience).toEqual(['ann', 'bob', 'eve'])
    expect((await statsAt(eve)).blobs).toBe(1)
    const untrusted = (await statsAt(ann)).replication?.peers.filter(({ untrusted: is }) => is)
    expect(untrusted).toMatchObject([{ name: 'eve', blobs: 1 }])

    await refusesClearly(eve, id)
    const kept = withUnpacked(await allOf(eve.path))
    expect(kept.length).toBeGreaterThan(1_000_000)
    for (const mark of marks) expect(kept.indexOf(mark)).toBe(-1)
    const secrets = [await readFile(join(ann.path, 'blobs.key'))]
    for (const secret of secrets) expect(kept.indexOf(secret)).toBe(-1)

    // Both lose all packs while they do not run.
    for (const { daemon, path } of [ann, bob]) {
      await daemon.stop()
      await rm(join(path, 'blobs', 'packs'), { recursive: true })
    }
    const again = await node(stack, 'ann', ann.path)
    await expect.poll(async () => (await bytesAt(again)).equals(content), patience).toBe(true)
    const checked = await (await again.client.raw('/v1/blob/fsck', { method: 'POST', body: '{}' })).text()
    expect(checked).toMatch(/"event":"done"[^]*"blobsHurt":\[\]/)
    expect((await allOf(join(again.path, 'blobs', 'packs'))).length).toBeGreaterThan(1_000_000)

    // And one of them even its catalogue: it is told of all of it, and gets it from where it is.
    await rm(join(bob.path, 'blobs'), { recursive: true })
    const anew = await node(stack, 'bob', bob.path)
    await expect.poll(async () => (await bytesAt(anew)).equals(content), patience).toBe(true)

    expect((await again.client.raw(blob, { method: 'DELETE' })).status).toBe(200)
    await expect.poll(async () => (await statsAt(eve)).blobs, patience).toBe(0)
    await eve.client.raw('/v1/blob/gc', { method: 'POST', body: '{}' })
    await expect.poll(async () => (await statsAt(eve)).chunks, patience).toBe(0)
  },
  testMs,
)

/** Whatever may be asked of it. */
async function refusesClearly({ client }: Node, id: string): Promise<void> {
  for (const [path, method] of [
    [blob, 'GET'],
    [`/v1/blobs/${id}`, 'GET'],
    [`/v1/blobs/${id}`, 'DELETE'],
    ['/v1/blobs', 'GET'],
    ['/v1/blob-ids', 'GET'],
    [`/v1/blob/stat?ref=${id}`, 'GET'],
  ] as const) {
    const response = await client.raw(path, { method })
    expect([path, response.status]).toEqual([path, 503])
    const message = expect.stringContaining('keeps copies that it cannot read') as string
    expect(await response.json()).toMatchObject({ error: { code: 'no-blobs', message } })
  }
  expect(await client.post('/v1/blob/rotate-key', {})).toMatchObject({ error: { code: 'wrong-request' } })
  expect(await (await client.raw('/healthz')).json()).toEqual({ status: 'healthy' })
}
