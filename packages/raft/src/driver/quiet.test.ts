import { expect, test } from 'vitest'
import type { Network } from '@flotilla/core/network'
import { memoryStorage } from '../storage/memory-storage.ts'
import { counterKind } from '../testing/counter-machine.ts'
import { TestCluster, trio, type CounterGroup } from '../testing/test-cluster.ts'
import { noticeKinds } from '../wire/notice-kind.ts'
import { createRaft } from './raft-driver.ts'

/** The network, with every notice that leaves told by its kind. */
function watched(network: Network, told: (kind: number) => void): Network {
  return {
    self: network.self,
    limits: network.limits,
    peers: () => network.peers(),
    open(name, handlers) {
      const channel = network.open(name, handlers)
      return {
        notify(to, payload) {
          told(payload[0] ?? 0)
          return channel.notify(to, payload)
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
  // Three processes, each to two others, ten times a second.
  expect(kinds.get(noticeKinds.beat)).toBeLessThanOrEqual(610)
  expect(cluster.clock.timersWaiting).toBeLessThanOrEqual(3 * 2)
})
