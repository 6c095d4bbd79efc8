import { diskConformance, networkConformance, type DiskUnderTest, type NetworkHarness } from '@flotilla/core/testing'
import type { NetworkLimits } from '@flotilla/core/network'
import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import { noFaults } from '../faults/fault-plan.ts'
import type { Host } from '../suite.ts'
import { hostId } from './host-id.ts'
import { turn } from './node-turn.ts'
import { Trace } from './trace.ts'
import { World, type WorldOptions } from './world.ts'

/** A quiet world whose time passes by itself, for code that simply waits. */
async function livingWorld(names: readonly string[], options: Partial<WorldOptions> = {}) {
  const world = new World({ random: new Prng(1), plan: noFaults, trace: new Trace(), ...options })
  const latest = new Map<string, Host>()
  for (const name of names) {
    const start = async (host: Host): Promise<AsyncDisposable> => {
      latest.set(name, host)
      return { [Symbol.asyncDispose]: async () => {} }
    }
    world.add({ name, start })
  }
  const over = new AbortController()
  const live = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await turn()
      world.time.step(world.time.nowMs + 1)
    }
  }
  const living = live()
  const until = async (what: string, condition: () => boolean): Promise<void> => {
    const limitMs = world.time.nowMs + 120_000
    while (!condition()) {
      if (world.time.nowMs > limitMs) throw new Error(`waited for ever until ${what}`)
      await turn()
    }
  }
  const elapse = async (durationMs: number): Promise<void> => {
    const atMs = world.time.nowMs + durationMs
    await until('time has passed', () => world.time.nowMs >= atMs)
  }
  const end = async (): Promise<void> => {
    over.abort()
    await living
  }
  const portsOf = (name: string): Host => latest.get(name) as Host
  const hostOf = (name: string) => {
    const host = world.hosts.find(({ spec }) => spec.name === name)
    if (host === undefined) throw new Error(`no host ${name}`)
    return host
  }
  await elapse(500)
  return { world, until, elapse, end, portsOf, hostOf }
}

async function networkHarness(networkLimits: NetworkLimits): Promise<NetworkHarness> {
  const names = ['a', 'b', 'c'] as const
  const { world, until, elapse, end, portsOf } = await livingWorld(names, { networkLimits })
  const [a, b, c] = names.map((name) => portsOf(name).network)
  if (a === undefined || b === undefined || c === undefined) throw new Error('the hosts have not started')
  const nodes = [a, b, c] as const
  const lists = (one: string, other: string): boolean =>
    nodes.some((node) => node.self === one && node.peers().some((peer) => peer === other))
  return {
    nodes,
    stranger: hostId('stranger'),
    until,
    elapse,
    settle: () => elapse(500),
    handlerErrors: () => [],
    close: async (node) => {
      const host = world.hosts.find(({ id }) => id === node)
      if (host !== undefined) world.stop(host)
      await until('the host has stopped', () => host?.life === undefined)
    },
    cut: async (one, other) => {
      world.connections.cut(one, other)
      world.connections.cut(other, one)
      await until('both noticed', () => !lists(one, other) && !lists(other, one))
    },
    heal: async (one, other) => {
      world.connections.heal(one, other)
      world.connections.heal(other, one)
      await until('they are connected', () => lists(one, other) && lists(other, one))
    },
    [Symbol.asyncDispose]: end,
  }
}

const cases = networkConformance(networkHarness, { without: ['handler-errors'] })

test.for(cases)('the network of a quiet world: $name', async ({ run }) => {
  await expect(run()).resolves.toBeUndefined()
})

describe('the disk of a quiet world', () => {
  const worlds: (() => Promise<void>)[] = []
  const make = async (): Promise<DiskUnderTest> => {
    const { world, end, until, portsOf, hostOf } = await livingWorld(['a'])
    worlds.push(end)
    const comesBack = async (): Promise<Host['disk']> => {
      const before = portsOf('a')
      await until('the host is back', () => portsOf('a') !== before)
      return portsOf('a').disk
    }
    return {
      disk: portsOf('a').disk,
      reopen: async () => hostOf('a').disk.open(),
      crash: async () => {
        world.crash(hostOf('a'), 10)
        return comesBack()
      },
    }
  }
  test.for(diskConformance(make, { crashes: true }))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
    for (const end of worlds.splice(0)) await end()
  })
})
