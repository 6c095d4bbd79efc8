import { describe, expect, test } from 'vitest'
import type { NodeId } from '@flotilla/core/ids'
import type { GroupHandle } from './group-handle.ts'
import { createRaftClient } from '../client/raft-client.ts'
import type { Replicated } from '../group.ts'
import type { Trio, CounterGroup } from '../testing/test-cluster.ts'
import { counterCodecs, type Add, type Ask, type Sum } from '../testing/counter-machine.ts'
import { counterOptions, pick, settle, startTrio, trio } from '../testing/test-cluster.ts'

function leaderOf(groups: readonly CounterGroup[]): number {
  return groups.findIndex((group) => group.status().role === 'leader')
}

function clientOf({ cluster }: Trio): Replicated<Add, Sum, Ask, Sum> & AsyncDisposable {
  const { network } = cluster.hub.join('client' as NodeId)
  const { clock } = cluster
  return createRaftClient({ network, clock, entropy: cluster.entropy(), group: 'counter', codecs: counterCodecs })
}

describe('when the leader dies', () => {
  test('a client goes on, and what it asked for is done once', async () => {
    const world = await startTrio()
    const { cluster, groups } = world
    await using _cluster = cluster
    await using client = clientOf(world)
    let sum = 0
    for (let round = 0; round < 3; round++) {
      const running = Array.from({ length: 20 }, () => client.run({ add: 1 }))
      if (round === 1) cluster.crash(trio[leaderOf(groups)] ?? '')
      const results = await cluster.until(Promise.all(running))
      sum += running.length
      expect(Math.max(...results.map((result) => result.sum))).toBe(sum)
      expect(new Set(results.map((result) => result.sum)).size).toBe(running.length)
    }
  })

  test('its quiet followers notice within two election timeouts', async () => {
    const { cluster, groups } = await startTrio()
    await using _cluster = cluster
    await cluster.until(Promise.all(groups.map((group) => group.run({ add: 1 }))))
    await cluster.untilTrue(() => groups.every((group) => group.status().quiet))
    const led = leaderOf(groups)
    const left = groups.filter((_, place) => place !== led)
    cluster.crash(trio[led] ?? '')
    await cluster.pass(1_200)
    expect(left.filter((group) => group.status().role === 'leader')).toHaveLength(1)
  })

  test('that stands still without losing its connections is left too', async () => {
    const world = await startTrio()
    const { cluster, groups } = world
    await using _cluster = cluster
    await using client = clientOf(world)
    await cluster.until(client.run({ add: 1 }))
    const led = leaderOf(groups)
    // Nothing more comes from it, but nobody is told.
    cluster.node(trio[led] ?? '').process.crash()
    expect(await cluster.until(client.run({ add: 1 }), 6_000)).toEqual({ sum: 2 })
  })
})

describe('when the leader is cut off', () => {
  test('it lets go of the calls that wait for it, soon after it gave way', async () => {
    const { cluster, groups } = await startTrio()
    await using _cluster = cluster
    const led = leaderOf(groups)
    const cut = pick(groups, led)
    await cluster.until(cut.run({ add: 1 }))
    cluster.hub.disconnect(pick(trio, led))
    const running = cut.run({ add: 1 }, { timeoutMs: 20_000 })
    await settle()
    const { proposals } = (cut as GroupHandle<Add, Sum, Ask, Sum>).driver
    expect(proposals.waiting).toBe(1)
    await cluster.untilTrue(() => cut.status().role !== 'leader')
    await cluster.pass(150)
    expect(proposals.waiting).toBe(0)
    for (const name of trio) if (name !== pick(trio, led)) cluster.hub.connect(pick(trio, led), name)
    expect(await cluster.until(running)).toEqual({ sum: 2 })
  })
})

describe('when all are gone and come again', () => {
  test('everything that was said to be decided is there', async () => {
    const world = await startTrio()
    const { cluster, groups } = world
    await using _cluster = cluster
    await cluster.until(Promise.all(Array.from({ length: 50 }, (_, at) => pick(groups, at % 3).run({ add: 2 }))))
    for (const name of trio) cluster.crash(name)
    const opening = trio.map((name) => cluster.start(name).raft.open(counterOptions(trio)))
    const again = await cluster.until(Promise.all(opening))
    for (const group of again) expect(await cluster.until(group.read({ what: 'sum' }))).toEqual({ sum: 100 })
    expect(await cluster.until(pick(again, 1).run({ add: 1 }))).toEqual({ sum: 101 })
  })

  test('a snapshot and what follows it are loaded', async () => {
    const world = await startTrio()
    const { cluster, groups } = world
    await using _cluster = cluster
    const first = pick(groups, 0)
    await cluster.until(Promise.all(Array.from({ length: 10 }, () => first.run({ add: 1 }))))
    await cluster.pass(300)
    await cluster.until(Promise.all(groups.map((group) => group.compact())))
    for (const group of groups) expect(group.status().snapshotIndex).toBeGreaterThan(9)
    await cluster.until(Promise.all(Array.from({ length: 10 }, () => first.run({ add: 1 }))))
    for (const name of trio) cluster.crash(name)
    const again = await cluster.until(Promise.all(trio.map((name) => cluster.start(name).raft.open(counterOptions()))))
    for (const group of again) expect(await cluster.until(group.read({ what: 'sum' }))).toEqual({ sum: 20 })
  })
})
