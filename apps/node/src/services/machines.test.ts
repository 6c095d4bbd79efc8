/** Machines of one cluster, as real processes: they see each other, and obey only whom they are told to. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DaemonClient } from '../testing/daemon-client.ts'
import { startDaemon, temporaryFolder, type DaemonProcess } from '../testing/daemon-process.ts'
import type { AuditAnswer, HistoryAnswer, MachinesAnswer, ProcessEntry, ProcessesAnswer } from './machine-answers.ts'

const patience = { interval: 100, timeout: 60_000 }

async function node(stack: AsyncDisposableStack, name: string, ...flags: readonly string[]): Promise<DaemonClient> {
  const folder = stack.use(await temporaryFolder()).path
  return DaemonClient.of(stack.use(startDaemon(folder, '--json', '--name', name, '--no-beacons', ...flags)))
}

async function asked<Answer>(client: DaemonClient, path: string): Promise<Answer> {
  return (await client.raw(path)).json() as Promise<Answer>
}

/** A process to be found, and to be ended. */
function sleeper(stack: AsyncDisposableStack): ChildProcess {
  const child = spawn('sleep', ['600'])
  stack.defer(() => void child.kill('SIGKILL'))
  return child
}

async function found(client: DaemonClient, where: string, child: ChildProcess): Promise<ProcessEntry> {
  const list = await asked<ProcessesAnswer>(client, `/v1/processes?node=${where}&pid=${child.pid}`)
  return list.processes[0] as ProcessEntry
}

function orderFor({ node: { id }, bootId, pid, startTicks }: ProcessEntry): object {
  return { node: id, bootId, pid, startTicks }
}

test('they see how the others are and what runs there, and end a process where that is permitted', async () => {
  await using stack = new AsyncDisposableStack()
  const ann = await node(stack, 'ann', '--process-control', 'own')
  const bob = await node(stack, 'bob', '--process-control', 'nodes')
  await ann.post('/v1/cluster/init', {})
  await bob.post('/v1/cluster/join', { token: await ann.invite() })
  const names = async (): Promise<readonly string[]> => {
    const { machines } = await asked<MachinesAnswer>(ann, '/v1/machines')
    return machines.filter(({ figures }) => figures.memoryTotalBytes !== undefined).map(({ node: { name } }) => name)
  }
  await expect.poll(names, patience).toEqual(['ann', 'bob'])
  const all = await asked<ProcessesAnswer>(ann, '/v1/processes?limit=5000')
  expect(all.unanswered).toEqual([])
  expect(new Set(all.processes.map((process) => process.node.name))).toEqual(new Set(['ann', 'bob']))

  const child = sleeper(stack)
  const here = await found(bob, 'ann', child)
  expect(await bob.post('/v1/processes/signal', { ...orderFor(here), signal: 'SIGKILL' })).toMatchObject({
    error: { code: 'remote-failed' },
  })
  const there = await found(ann, 'bob', child)
  const ended = once(child, 'exit')
  expect(await ann.post('/v1/processes/signal', { ...orderFor(there), signal: 'SIGKILL' })).toMatchObject({
    pid: child.pid,
  })
  expect(await ended).toEqual([null, 'SIGKILL'])
  const records = async (client: DaemonClient): Promise<unknown> =>
    (await asked<AuditAnswer>(client, '/v1/audit')).newest
      .filter(({ action }) => action.startsWith('process.'))
      .map(({ outcome, action }) => [action, outcome])
  expect(await records(ann)).toEqual([['process.signal', 'refused']])
  expect(await records(bob)).toEqual([
    ['process.signal', 'done'],
    ['process.signal', 'asked'],
  ])
})

test('a node that is not known, a figure that is not there and a wrong query are refused with a reason', async () => {
  await using stack = new AsyncDisposableStack()
  const ann = await node(stack, 'ann')
  const codeOf = async (path: string): Promise<unknown> =>
    ((await asked<object>(ann, path)) as { readonly error?: { readonly code: string } }).error?.code
  expect(await codeOf('/v1/machines/nobody')).toBe('no-such-node')
  expect(await codeOf('/v1/processes?sort=size')).toBe('wrong-query')
  expect(await codeOf('/v1/processes?limit=0')).toBe('wrong-query')
  expect(await codeOf('/v1/processes?colour=red')).toBe('wrong-parameter')
  expect(await codeOf('/v1/machine-history?figure=')).toBe('wrong-parameter')
  await expect.poll(() => codeOf('/v1/machines/ann'), patience).toBeUndefined()
  const metrics = async (): Promise<string> => ann.text('/metrics')
  await expect.poll(metrics, patience).toContain('node_memory_MemTotal_bytes')
})

test('figures have a past over restarts; one that is damaged is dropped, and the node starts', async () => {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder()).path
  const started = (): DaemonProcess => stack.use(startDaemon(folder, '--json', '--name', 'ann', '--no-beacons'))
  const past = async (client: DaemonClient): Promise<readonly number[]> => {
    const { points } = await asked<HistoryAnswer>(client, '/v1/machine-history?figure=memory.used&resolution=1s')
    return points.map(({ atMs }) => atMs)
  }
  const first = started()
  const client = await DaemonClient.of(first)
  await expect.poll(async () => (await past(client)).length, patience).toBeGreaterThan(0)
  const before = await past(client)
  expect((await first.stop()).code).toBe(0)

  const second = started()
  expect(await past(await DaemonClient.of(second))).toEqual(expect.arrayContaining([...before]))
  expect((await second.stop()).code).toBe(0)
  const file = join(folder, 'disk', 'figures.history')
  const bytes = await readFile(file)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
  await writeFile(file, bytes)

  const third = started()
  const anew = await past(await DaemonClient.of(third))
  expect(anew).not.toEqual(expect.arrayContaining([...before]))
  expect((await third.stop()).stderr).toContain('the history of figures begins anew')
})
