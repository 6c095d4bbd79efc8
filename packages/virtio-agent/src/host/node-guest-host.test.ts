/** Machines behind real Unix sockets, as QEMU has them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Prng } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { serveOwn, serveQga } from '../guest/index.ts'
import { socketChannel } from '../ports/node-socket-channel.ts'
import { memoryQgaSystem } from '../testing/index.ts'
import { channelPattern } from './channel-patterns.ts'
import type { GuestHost, VmSummary } from './contract.ts'
import { openGuestHost } from './node-guest-host.ts'

const patience = { interval: 20, timeout: 15_000 }
const clock = nodeClock()
let owned: AsyncDisposableStack
let folder: string
let host: GuestHost

beforeEach(async () => {
  owned = new AsyncDisposableStack()
  folder = await mkdtemp(join(tmpdir(), 'flotilla-host-'))
  owned.defer(() => rm(folder, { recursive: true }))
  host = owned.use(
    openGuestHost({
      patterns: [channelPattern(`${folder}/{vm}.own`), channelPattern(`${folder}/{vm}.qga`)],
      clock,
      entropy: nodeEntropy(),
      limits: {
        findEveryMs: 50,
        ownPatienceMs: 500,
        holdOffMs: 300,
        bytesPerSecondMax: 100_000,
        burstBytesMax: 200_000,
      },
    }),
  )
})

afterEach(async () => {
  await owned.disposeAsync()
})

function listening(name: string) {
  return socketChannel({ place: { path: join(folder, name) }, role: 'listen', clock, prng: new Prng(1) })
}

function ownGuest(vm: string): AsyncDisposable {
  const stack = new AsyncDisposableStack()
  const channel = stack.use(listening(`${vm}.own`))
  const commands = {
    supported: () => ['ping' as const],
    run: () => Promise.resolve({ type: 'done' as const, value: vm }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  const system = { wallMs: 1, bootId: vm, problems: [] }
  const figures = { collect: () => Promise.resolve({ system }) }
  stack.use(serveOwn({ channel, commands, figures, clock, entropy: nodeEntropy(), guest: vm, agentVersion: '1' }))
  return stack
}

/** A machine that answers nothing; what it does when somebody connects is its own affair. */
async function hostile(name: string, act: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    act(socket)
  })
  await new Promise<void>((resolve) => server.listen(join(folder, name), resolve))
  owned.defer(() => void server.close())
  return server
}

const vm = (name: string): VmSummary | undefined => host.list().find((each) => each.vm === name)

async function pinged(name: string): Promise<unknown> {
  const { ending } = await host.order(name, { command: 'ping', arguments: {}, actor: 'ann', timeoutMs: 5_000 })
  return ending.type === 'done' ? ending.value : ending
}

test('both dialects, over sockets', async () => {
  owned.use(ownGuest('a'))
  const channel = owned.use(listening('b.qga'))
  owned.use(serveQga({ channel, clock, system: memoryQgaSystem(), version: '9.9' }))
  await expect.poll(() => [vm('a')?.dialect, vm('b')?.agentVersion], patience).toEqual(['own', '9.9'])
  expect(await pinged('a')).toBe('a')
  expect(await pinged('b')).toEqual({})
  await expect.poll(() => host.metrics('a').newest?.system.bootId, patience).toBe('a')
})

test('a machine that goes and comes again is met again', async () => {
  const first = ownGuest('a')
  await expect.poll(() => vm('a')?.state, patience).toBe('there')
  await first[Symbol.asyncDispose]()
  await expect.poll(() => vm('a')?.state, patience).not.toBe('there')
  owned.use(ownGuest('a'))
  await expect.poll(() => vm('a')?.state, patience).toBe('there')
  expect(await pinged('a')).toBe('a')
})

test('other patterns take the place of the first, and what they do not lead to is let go', async () => {
  owned.use(ownGuest('a'))
  await expect.poll(() => vm('a')?.state, patience).toBe('there')
  host.usePatterns([channelPattern(`b=${folder}/a.own`)])
  await expect.poll(() => [vm('a')?.state, vm('b')?.state], patience).toEqual([undefined, 'there'])
})

test('while one floods, one sends garbage, one is deaf and one is silent, the good one answers', async () => {
  owned.use(ownGuest('good'))
  await hostile('flood.own', (socket) => {
    const line = Buffer.alloc(65_536, 'x')
    const more = (): void => {
      while (!socket.destroyed && socket.write(line));
    }
    socket.on('drain', more)
    more()
  })
  await hostile('garbage.own', (socket) => void socket.write(Buffer.from('{"a":[[[\n\0\n}}}\n\xff\n')))
  await hostile('deaf.own', (socket) => void socket.pause())
  await hostile('silent.own', () => {})
  await expect.poll(() => vm('flood')?.counters.cuts ?? 0, patience).toBeGreaterThan(0)
  await expect.poll(() => vm('garbage')?.counters.troubles ?? 0, patience).toBeGreaterThan(0)
  await expect.poll(() => vm('good')?.state, patience).toBe('there')
  expect(await pinged('good')).toBe('good')
  expect([vm('deaf')?.state, vm('silent')?.state, vm('garbage')?.state]).toEqual(['silent', 'silent', 'silent'])
})
