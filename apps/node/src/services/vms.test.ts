/** Nodes that have virtual machines, as real processes; the machines are guests of this one, behind Unix sockets. */
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import { serveOwn, serveQga, type CommandOrder, type GuestCommands, type SharedKey } from '@flotilla/virtio-agent'
import { nodeLineCipher, socketChannel } from '@flotilla/virtio-agent/node'
import { expect, test } from 'vitest'
import { DaemonClient } from '../testing/daemon-client.ts'
import { startDaemon, temporaryFolder } from '../testing/daemon-process.ts'
import type { AuditAnswer } from './machine-answers.ts'
import type { VmMetricsAnswer, VmOrderEvent, VmsAnswer } from './vm-answers.ts'

const patience = { interval: 100, timeout: 60_000 }
const clock = nodeClock()

interface Place {
  readonly client: DaemonClient
  readonly vms: string
  readonly data: string
}

async function node(stack: AsyncDisposableStack, name: string, ...flags: readonly string[]): Promise<Place> {
  const folder = stack.use(await temporaryFolder()).path
  const vms = join(folder, 'vms')
  await mkdir(vms)
  const channels = ['--vm-channels', `${vms}/{vm}.own`, '--vm-channels', `qga:${vms}/{vm}.qga`]
  const words = ['--json', '--name', name, '--no-beacons', ...channels, ...flags]
  const data = join(folder, 'data')
  return { client: await DaemonClient.of(stack.use(startDaemon(data, ...words))), vms, data }
}

/** A guest that does nothing, and remembers what it was asked for. */
function guest(stack: AsyncDisposableStack, { vms }: Place, vm: string, key?: SharedKey): CommandOrder[] {
  const place = { path: join(vms, `${vm}.own`) }
  const channel = stack.use(socketChannel({ place, role: 'listen', clock, prng: new Prng(1) }))
  const orders: CommandOrder[] = []
  const commands: GuestCommands = {
    supported: () => ['ping', 'service.restart', 'service.list'],
    run(order, run) {
      orders.push(order)
      run.progress({ type: 'output', stream: 'stdout', bytes: Uint8Array.of(1, 255) })
      return Promise.resolve({ type: 'done', value: { vm } })
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  const memory = { totalBytes: 9, usedBytes: 3, availableBytes: 6, swapTotalBytes: 0, swapUsedBytes: 0 }
  const system = { wallMs: 1, bootId: vm, problems: [], memory }
  const figures = { collect: () => Promise.resolve({ system }) }
  const parts = { channel, commands, figures, clock, entropy: nodeEntropy(), guest: vm, agentVersion: '1' }
  stack.use(serveOwn({ ...parts, ...(key === undefined ? {} : { key }) }))
  return orders
}

async function asked<Answer>({ client }: Place, path: string): Promise<Answer> {
  return (await client.raw(path)).json() as Promise<Answer>
}

async function ordered({ client }: Place, order: object): Promise<readonly VmOrderEvent[]> {
  const answer = await client.raw('/v1/vm-order', { method: 'POST', body: JSON.stringify(order) })
  const text = await answer.text()
  if (!text.startsWith('data: ')) return [JSON.parse(text) as VmOrderEvent]
  return text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(event.slice('data: '.length)) as VmOrderEvent)
    .filter(({ event }) => event !== 'beat')
}

async function records(place: Place): Promise<unknown> {
  const { newest } = await asked<AuditAnswer>(place, '/v1/audit')
  const orders = newest.filter(({ action }) => action.startsWith('vm.'))
  return orders.map(({ action, target, outcome }) => [action, target, outcome])
}

test('machines of both nodes are seen on both; orders go where they are permitted, and are noted there', async () => {
  await using stack = new AsyncDisposableStack()
  const ann = await node(stack, 'ann', '--process-control', 'own')
  const bob = await node(stack, 'bob', '--process-control', 'nodes')
  const [onAnn, onBob] = [guest(stack, ann, 'web'), guest(stack, bob, 'db')]
  await ann.client.post('/v1/cluster/init', {})
  await bob.client.post('/v1/cluster/join', { token: await ann.client.invite() })
  const seen = async (place: Place): Promise<unknown> =>
    (await asked<VmsAnswer>(place, '/v1/vms')).vms.map(({ vm, node: { name }, state }) => [vm, name, state])
  const all = [
    ['db', 'bob', 'there'],
    ['web', 'ann', 'there'],
  ]
  await expect.poll(() => seen(ann), patience).toEqual(all)
  await expect.poll(() => seen(bob), patience).toEqual(all)
  const bytes = async (): Promise<unknown> =>
    (await asked<VmMetricsAnswer>(ann, '/v1/vms/db')).newest?.system.memory?.totalBytes
  await expect.poll(bytes, patience).toBe(9)

  const events = await ordered(ann, { vm: 'db', command: 'service.restart', arguments: { name: 'x' } })
  expect(events).toEqual([
    { event: 'output', stream: 'stdout', bytes: 'Af8=' },
    { event: 'ended', ending: { type: 'done', value: { vm: 'db' } }, dropped: 0 },
  ])
  const actor = expect.stringContaining('of ann') as unknown
  expect(onBob).toMatchObject([{ command: 'service.restart', arguments: { name: 'x' }, actor }])
  expect(await records(bob)).toEqual([
    ['vm.service.restart', 'vm db', 'done'],
    ['vm.service.restart', 'vm db', 'asked'],
  ])
  const refused = await ordered(bob, { vm: 'web', command: 'service.restart', arguments: { name: 'x' } })
  expect(refused).toMatchObject([{ error: { code: 'not-permitted' } }])
  expect(onAnn).toEqual([])
  expect(await records(ann)).toEqual([['vm.service.restart', 'vm web', 'refused']])
  expect(await ordered(bob, { vm: 'web', command: 'service.list' })).toMatchObject([{}, { event: 'ended' }])
  expect(onAnn.length).toBe(1)

  // Of two machines of one name none is meant, unless somebody says which.
  guest(stack, bob, 'web')
  const places = async (): Promise<number> => (await asked<VmsAnswer>(ann, '/v1/vms')).vms.length
  await expect.poll(places, patience).toBe(3)
  const ping = { vm: 'web', command: 'service.list' }
  expect(await ordered(ann, ping)).toMatchObject([{ error: { code: 'ambiguous-vm' } }])
  expect(await ordered(ann, { ...ping, node: 'ann' })).toMatchObject([{}, { event: 'ended' }])
})

test('both dialects are spoken, and what is wrong is refused with a reason', async () => {
  await using stack = new AsyncDisposableStack()
  const ann = await node(stack, 'ann')
  guest(stack, ann, 'web')
  const channel = { path: join(ann.vms, 'old.qga') }
  const qga = stack.use(socketChannel({ place: channel, role: 'listen', clock, prng: new Prng(1) }))
  const system = {
    time: () => 1n,
    load: () => Promise.resolve([1, 2, 3] as const),
    [Symbol.asyncDispose]: async () => {},
  }
  stack.use(serveQga({ channel: qga, clock, system, version: '7' }))
  const dialects = async (): Promise<unknown> =>
    (await asked<VmsAnswer>(ann, '/v1/vms')).vms.map(({ vm, dialect }) => [vm, dialect])
  await expect.poll(dialects, patience).toEqual([
    ['old', 'qga'],
    ['web', 'own'],
  ])
  const codeOf = async (order: object): Promise<unknown> =>
    ((await ordered(ann, order))[0] as unknown as { readonly error?: { readonly code: string } }).error?.code
  expect(await codeOf({ vm: 'nobody', command: 'ping' })).toBe('no-such-vm')
  expect(await codeOf({ vm: 'web', command: 'explode' })).toBe('wrong-document')
  expect(await codeOf({ vm: 'web', command: 'ping', timeoutMs: 0 })).toBe('wrong-document')
  expect(await codeOf({ vm: 'web', command: 'ping', arguments: [] })).toBe('wrong-document')
  expect(await codeOf({ vm: 'web', command: 'ping', node: 'nobody' })).toBe('no-such-node')
  expect(await ordered(ann, { vm: 'old', command: 'service.list' })).toMatchObject([
    { ending: { type: 'refused', code: 'not-supported' } },
  ])
  expect((await ann.client.raw('/v1/vms/nobody')).status).toBe(404)
  const metrics = async (): Promise<string> => ann.client.text('/metrics')
  await expect.poll(metrics, patience).toContain('flotilla_vm_memory_used_bytes{vm="web"} 3')
  expect(await metrics()).toContain('flotilla_vms{state="there"} 2')
})

test('a key file of the operator is used, and a wrong one refused', async () => {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder()).path
  const file = join(folder, 'vm.key')
  await writeFile(file, '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\n', { mode: 0o600 })
  const ann = await node(stack, 'ann', '--vm-key', file)
  expect(await asked(ann, '/v1/vm-key')).toEqual({
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  })
  const open = join(folder, 'open.key')
  await writeFile(open, '00'.repeat(32), { mode: 0o644 })
  for (const flags of [
    ['--vm-key', open],
    ['--vm-key', join(folder, 'none')],
    ['--vm-channels', 'off', '--vm-channels', 'auto'],
    ['--vm-channels', '/vms/none'],
  ]) {
    const daemon = stack.use(startDaemon(join(folder, 'other'), '--json', ...flags))
    await expect(daemon.ready()).rejects.toThrow(/--vm-|pattern/)
  }
})

test('a machine that was given a key is spoken with under it, once its file is for nobody else', async () => {
  await using stack = new AsyncDisposableStack()
  const ann = await node(stack, 'ann')
  const bytes = new Uint8Array(32).fill(0xab)
  const file = join(ann.data, 'vm-keys', 'web')
  await writeFile(file, 'ab'.repeat(32), { mode: 0o644 })
  guest(stack, ann, 'web', { bytes, crypto: nodeCrypto(), cipher: nodeLineCipher() })
  const seen = async (): Promise<unknown> =>
    (await asked<VmsAnswer>(ann, '/v1/vms')).vms.map(({ state, why }) => [state, why?.replace(/\/\S+\//, '') ?? null])
  await expect.poll(seen, patience).toEqual([['away', expect.stringContaining('others may read web') as unknown]])
  await chmod(file, 0o600)
  await expect.poll(seen, patience).toEqual([['there', null]])
})
