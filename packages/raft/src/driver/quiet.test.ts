import { expect, test } from 'vitest'
import type { NodeId } from '@flotilla/core/ids'
import type { Network } from '@flotilla/core/network'
import { memoryStorage } from '../storage/memory-storage.ts'
import { counterKind } from '../testing/counter-machine.ts'
import { counterOptions, pick, startTrio, TestCluster, trio, type CounterGroup } from '../testing/test-cluster.ts'
import { noticeKinds } from '../wire/notice-kind.ts'
import { createRaft } from './raft-driver.ts'

/** The network, with every notice that leaves told by its kind; `false` says that it gets lost. */
function watched(network: Network, told: (kind: number) => boolean | void): Network {
  return {
    self: network.self,
    limits: network.limits,
    peers: () => network.peers(),
    open(name, handlers) {
      const channel = network.open(name, handlers)
      return {
        notify(to, payload) {
          return told(payload[0] ?? 0) === false || channel.notify(to, payload)
        },
        publish: (topic, payload) => channel.publish(topic, payload),
        subscribe: (topic, take) => channel.subscribe(topic, take),
        request: (to, payload, options) => channel.request(to, payload, options),
        openStream: (to, options) => channel.openStream(to, options),
        [Symbol.asyncDispose]: () => channel[Symbol.asyncDispose](),
      }
    },
  }
}

test('a hundred quiet groups say no more than one: the beats of their processes', async () => {
  const cluster = new TestCluster()
  await using _cluster = cluster
  const kinds = new Map<number, number>()
  const opening: Promise<CounterGroup>[] = []
  for (const id of trio) {
    const { network } = cluster.hub.join(id)
    const told = (kind: number): void => void kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    const storage = memoryStorage({ entropy: cluster.entropy() }).open()
    const { clock } = cluster
    const raft = createRaft({ network: watched(network, told), storage, clock, entropy: cluster.entropy() })
    for (let number = 0; number < 100; number++) {
      opening.push(raft.open({ name: `group-${number}`, machine: counterKind(), voters: trio }))
    }
  }
  const groups = await cluster.until(Promise.all(opening))
  await cluster.untilTrue(() => groups.every((group) => group.status().quiet))
  kinds.clear()
  await cluster.pass(10_000)
  expect([...kinds.keys()]).toEqual([noticeKinds.beat])
  // Three processes, each to two others, every third heartbeat.
  expect(kinds.get(noticeKinds.beat)).toBeLessThanOrEqual(3 * 2 * 34 + 6)
  expect(cluster.clock.timersWaiting).toBeLessThanOrEqual(3 * 2)
})

test('a group that wakes keeps its leader, at whatever moment', async () => {
  const { cluster, groups } = await startTrio()
  await using _cluster = cluster
  const { term, leader } = pick(groups, 0).status()
  for (let wake = 0; wake < 24; wake++) {
    await cluster.untilTrue(() => groups.every((group) => group.status().quiet))
    await cluster.pass(wake * 45)
    await cluster.until(pick(groups, wake % 3).run({ add: 1 }))
    await cluster.pass(1_500)
    for (const group of groups) expect(group.status()).toMatchObject({ term, leader })
  }
})

test('a leader of a quiet group that falls silent while its connections stand is replaced in two seconds', async () => {
  const cluster = new TestCluster()
  await using _cluster = cluster
  const silent = new Set<NodeId | undefined>()
  const opening = trio.map((id) => {
    const { network } = cluster.hub.join(id)
    const storage = memoryStorage({ entropy: cluster.entropy() }).open()
    const told = (): boolean => !silent.has(id)
    const raft = createRaft({
      network: watched(network, told),
      storage,
      clock: cluster.clock,
      entropy: cluster.entropy(),
    })
    return raft.open(counterOptions(trio))
  })
  const groups = await cluster.until(Promise.all(opening))
  await cluster.untilTrue(() => groups.every((group) => group.status().quiet))
  const { leader } = pick(groups, 0).status()
  silent.add(leader)
  const others = groups.filter((_, place) => trio[place] !== leader)
  await cluster.untilTrue(() => others.some((group) => group.status().role === 'leader'), 2_000)
  expect(await cluster.until(pick(others, 0).run({ add: 1 }))).toEqual({ sum: 1 })
})
