import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildNode } from '../../building/node-build.ts'
import { DaemonClient } from '../testing/daemon-client.ts'
import { startDaemon, temporaryFolder, type DaemonProcess } from '../testing/daemon-process.ts'
import type { RaftAnswer } from '../services/lock-answers.ts'
import { RetryingClient, type KnownNode } from './retrying-client.ts'

const names = ['ann', 'bob', 'cid'] as const
/** For what takes its time; a test that waits so long has failed. */
const patience = { interval: 100, timeout: 60_000 }

interface RunningNode {
  readonly folder: string
  daemon: DaemonProcess
  client: DaemonClient
}

/** The program that nodes are upgraded to: this one, packed, which says that it is newer. */
async function newerProgram(): Promise<AsyncDisposable & { readonly path: string }> {
  // Within the package, so that it finds what is not packed.
  const dist = join(import.meta.dirname, '../../node_modules', `.newer-${process.pid}`)
  await buildNode(dist)
  for (const name of await readdir(dist)) {
    const text = await readFile(join(dist, name), 'utf8')
    await writeFile(join(dist, name), text.replaceAll(/(var version\S* = )"\d+\.\d+\.\d+";/g, '$1"99.0.0";'))
  }
  return { path: join(dist, 'main.js'), [Symbol.asyncDispose]: () => rm(dist, { recursive: true }) }
}

async function started(folder: string, name: string, program?: string): Promise<RunningNode> {
  const circumstances = { environment: { FLOTILLA_STEADY_SECONDS: '0' }, ...(program !== undefined && { program }) }
  const daemon = startDaemon(folder, circumstances, '--json', '--name', name, '--no-beacons')
  return { folder, daemon, client: await DaemonClient.of(daemon) }
}

async function knownAs({ daemon }: RunningNode): Promise<KnownNode> {
  return await daemon.ready()
}

/** How many decide, and are seen to by who leads. */
async function votersThrough({ client }: RunningNode): Promise<number> {
  const { groups } = JSON.parse(await client.text('/v1/raft')) as RaftAnswer
  const { members = [], quiet = false } = groups[0] ?? {}
  // Only who leads says it of others, and of a quiet group it is not asked.
  const isWhole = quiet || members.every(({ answers }) => answers !== false)
  return isWhole ? members.filter(({ part }) => part === 'voter').length : 0
}

async function agree(nodes: readonly RunningNode[]): Promise<void> {
  const everybody = async (): Promise<readonly number[]> => await Promise.all(nodes.map((node) => votersThrough(node)))
  await expect.poll(everybody, patience).toEqual(nodes.map(() => nodes.length))
}

/** Asks for all kinds of things until it is over; the last words say how often each was done. */
async function load(client: RetryingClient, isOver: () => boolean): Promise<Readonly<Record<string, number>>> {
  const done = { reads: 0, blobs: 0, locks: 0 }
  const read = async (): Promise<void> => {
    const { nodes } = (await client.ask('/v1/nodes', {}, (answer) => answer.json())) as { readonly nodes: unknown[] }
    expect(nodes.length).toBe(names.length)
    done.reads++
  }
  const put = async (): Promise<void> => {
    const content = `content ${done.blobs}`
    // Under a new name each time: what a name meant before may be told by another node for a moment.
    const path = `/v1/blobs/mine-${done.blobs}`
    await client.ask(`${path}?copies=2`, { method: 'PUT', body: content }, (answer) => answer.text())
    expect(await client.ask(path, {}, (answer) => answer.text())).toBe(content)
    done.blobs++
  }
  const hold = async (): Promise<void> => {
    const wish = { key: 'build', mode: 'exclusive', wait: true, timeoutMs: 5_000, value: '' }
    await client.ask('/v1/lock/hold', { method: 'POST', body: JSON.stringify(wish) }, untilGranted)
    done.locks++
  }
  const again = async (act: () => Promise<void>): Promise<void> => {
    while (!isOver()) await act()
  }
  await Promise.all([again(read), again(put), again(hold)])
  return done
}

/** Whoever reads no more lets go. */
async function untilGranted(answer: Response): Promise<void> {
  let said = ''
  for await (const part of answer.body ?? []) {
    said += Buffer.from(part).toString()
    if (said.includes('"granted"')) return
  }
  throw new Error(`it was not granted: ${said}`)
}

test('nodes are upgraded one at a time, and no client that knows all three sees any of it', async () => {
  await using stack = new AsyncDisposableStack()
  const newer = stack.use(await newerProgram())
  const nodes = [await started(stack.use(await temporaryFolder()).path, names[0])]
  stack.defer(async () => void (await Promise.all(nodes.map(({ daemon }) => daemon[Symbol.asyncDispose]()))))
  const [first] = nodes
  if (first === undefined) return
  await first.client.post('/v1/cluster/init', {})
  for (const name of names.slice(1)) {
    const node = await started(stack.use(await temporaryFolder()).path, name)
    nodes.push(node)
    await node.client.post('/v1/cluster/join', { token: await first.client.invite() })
  }
  await agree(nodes)
  const client = new RetryingClient(await Promise.all(nodes.map(knownAs)))
  let isOver = false
  const loaded = load(client, () => isOver)
  loaded.catch(() => {}) // It is told below.
  for (const [index, name] of names.entries()) {
    const before = nodes[index]
    if (before === undefined) continue
    expect((await before.daemon.stop()).code).toBe(0)
    const after = await started(before.folder, name, newer.path)
    nodes[index] = after
    client.renew(index, await knownAs(after))
    // Whoever upgrades waits for this before the next one: else two of three would be away.
    await agree(nodes)
  }
  isOver = true
  const done = await loaded
  for (const count of Object.values(done)) expect(count).toBeGreaterThan(0)
  const shown = await Promise.all(nodes.map(async ({ client: each }) => await each.text('/v1/node')))
  const versions = shown.map((text) => (JSON.parse(text) as { readonly version: string }).version)
  expect(versions).toEqual(names.map(() => '99.0.0'))
})
