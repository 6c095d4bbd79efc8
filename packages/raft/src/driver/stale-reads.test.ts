import { describe, expect, test } from 'vitest'
import type { ReadOptions } from '../group.ts'
import type { Sum } from '../testing/counter-machine.ts'
import { memoryStorage } from '../storage/memory-storage.ts'
import {
  counterOptions,
  pick,
  startTrio,
  TestCluster,
  trio,
  type CounterGroup,
  type Trio,
} from '../testing/test-cluster.ts'

interface Cut extends Trio {
  readonly follower: CounterGroup
}

/** One member is cut off from the others, a moment after it has heard of everything. */
async function cutOff(busy: boolean): Promise<Cut> {
  const { cluster, groups } = await startTrio()
  const leader = groups.findIndex((group) => group.status().role === 'leader')
  const place = (leader + 1) % trio.length
  const follower = pick(groups, place)
  await cluster.until(pick(groups, leader).run({ add: 1 }))
  if (busy) await cluster.pass(300)
  else await cluster.untilTrue(() => groups.every((group) => group.status().quiet))
  cluster.hub.disconnect(pick(trio, place))
  return { cluster, groups, follower }
}

function read(group: CounterGroup, options: ReadOptions): Promise<Sum> {
  return group.read({ what: 'sum' }, options)
}

describe('a read of a member’s own state', () => {
  test.each([true, false])('is bounded by when its leader was last heard of (busy: %s)', async (busy) => {
    const { cluster, follower } = await cutOff(busy)
    await using _cluster = cluster
    const cutAt = cluster.clock.now()
    // It goes on while the follower gives its leader up, stands, and hears nobody.
    while (cluster.clock.now() < cutAt + 4_000) {
      await cluster.pass(50)
      const atMost = cluster.clock.now() - cutAt
      for (const staleMsMax of [atMost - 50, atMost / 2, 10]) {
        await expect(read(follower, { consistency: 'bounded', staleMsMax })).rejects.toMatchObject({
          code: 'no-leader',
        })
      }
      expect(await read(follower, { consistency: 'local' })).toEqual({ sum: 1 })
    }
    expect(follower.status().leader).toBeUndefined()
    await expect(read(follower, { consistency: 'bounded' })).rejects.toMatchObject({ code: 'no-leader' })
  })

  test('may be as old as it is told, while it knows of nothing newer', async () => {
    const { cluster, follower } = await cutOff(true)
    await using _cluster = cluster
    await cluster.pass(300)
    expect(await read(follower, { consistency: 'bounded' })).toEqual({ sum: 1 })
    expect(await read(follower, { consistency: 'bounded', staleMsMax: 600 })).toEqual({ sum: 1 })
    await cluster.pass(3_000)
    expect(await read(follower, { consistency: 'bounded', staleMsMax: 60_000 })).toEqual({ sum: 1 })
  })

  test('is fresh in a group that is quiet, as its leader’s process is seen to be alive', async () => {
    const { cluster, groups } = await startTrio()
    await using _cluster = cluster
    await cluster.until(pick(groups, 0).run({ add: 1 }))
    await cluster.untilTrue(() => groups.every((group) => group.status().quiet))
    await cluster.pass(10_000)
    for (const group of groups) {
      expect(await read(group, { consistency: 'bounded', staleMsMax: 150 })).toEqual({ sum: 1 })
    }
  })

  test('is there again once the leader is', async () => {
    const { cluster, groups, follower } = await cutOff(true)
    await using _cluster = cluster
    const others = groups.filter((group) => group !== follower)
    await cluster.until(pick(others, 0).run({ add: 1 }))
    await cluster.pass(3_000)
    expect(await read(follower, { consistency: 'local' })).toEqual({ sum: 1 })
    const self = pick(trio, groups.indexOf(follower))
    for (const other of trio) if (other !== self) cluster.hub.connect(self, other)
    await cluster.pass(1_000)
    expect(await read(follower, { consistency: 'bounded' })).toEqual({ sum: 2 })
  })

  test('is none while its disk holds up what the leader has told it of', async () => {
    const cluster = new TestCluster()
    await using _cluster = cluster
    let stalled: (() => void)[] | undefined
    const begin = (finish: () => void): void => void (stalled === undefined ? finish() : stalled.push(finish))
    const disk = memoryStorage({ entropy: cluster.entropy(), begin })
    const settings = { priority: 1 }
    const nodes = [cluster.start('a'), cluster.start('b'), cluster.start('c', { settings }, disk)]
    const groups = await cluster.until(Promise.all(nodes.map(({ raft }) => raft.open(counterOptions(trio)))))
    const [first, slow] = [pick(groups, 0), pick(groups, 2)]
    await cluster.until(first.run({ add: 1 }))
    await cluster.pass(300)
    expect(await read(slow, { consistency: 'bounded' })).toEqual({ sum: 1 })
    stalled = []
    await cluster.until(first.run({ add: 1 }))
    await cluster.pass(300)
    expect(await read(slow, { consistency: 'local' })).toEqual({ sum: 1 })
    await expect(read(slow, { consistency: 'bounded', staleMsMax: 200 })).rejects.toMatchObject({ code: 'no-leader' })
    const waiting = stalled
    stalled = undefined
    for (const finish of waiting) finish()
    await cluster.pass(200)
    expect(await read(slow, { consistency: 'bounded' })).toEqual({ sum: 2 })
  })

  test('of a leader is its own, and of a group that was closed here is none', async () => {
    const { cluster, groups } = await startTrio()
    await using _cluster = cluster
    const leader = pick(
      groups.filter((group) => group.status().role === 'leader'),
      0,
    )
    await cluster.until(leader.run({ add: 3 }))
    expect(await read(leader, { consistency: 'bounded', staleMsMax: 0 })).toEqual({ sum: 3 })
    await cluster.until(leader[Symbol.asyncDispose]())
    for (const consistency of ['bounded', 'local'] as const) {
      await expect(read(leader, { consistency })).rejects.toMatchObject({ code: 'closed' })
    }
  })
})
