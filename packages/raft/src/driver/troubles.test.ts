import { describe, expect, test } from 'vitest'
import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { RecordingLogger } from '@flotilla/core/testing'
import { createRaftClient } from '../client/raft-client.ts'
import { memoryStorage } from '../storage/memory-storage.ts'
import { counterCodecs, counterKind } from '../testing/counter-machine.ts'
import {
  counterOptions,
  pick,
  settle,
  startTrio,
  TestCluster,
  trio,
  type CounterGroup,
} from '../testing/test-cluster.ts'

const alone = ['a'] as NodeId[]

async function startAlone(cluster: TestCluster): Promise<CounterGroup> {
  const group = await cluster.until(cluster.start('a').raft.open(counterOptions(alone)))
  await cluster.untilTrue(() => group.status().role === 'leader')
  return group
}

describe('a disk that fails', () => {
  test('stops everything, and nothing that waited for the write leaves', async () => {
    const cluster = new TestCluster()
    await using _cluster = cluster
    let failing = false
    const begin = (finish: (error?: Error) => void): void => finish(failing ? new Error('it burns') : undefined)
    const disk = memoryStorage({ entropy: cluster.entropy(), begin })
    const stopped: Error[] = []
    const { raft } = cluster.start('a', { onStopped: (error) => void stopped.push(error) }, disk)
    const group = await cluster.until(raft.open(counterOptions(alone)))
    expect(await cluster.until(group.run({ add: 1 }))).toEqual({ sum: 1 })
    failing = true
    await expect(cluster.until(group.run({ add: 1 }))).rejects.toMatchObject({ code: 'stopped' })
    expect(stopped).toMatchObject([
      { code: 'stopped', hint: 'read the error, mend its cause, and start the process again' },
    ])
    await expect(cluster.until(group.run({ add: 1 }))).rejects.toMatchObject({ code: 'stopped' })
    await expect(cluster.until(group.read({ what: 'sum' }))).rejects.toMatchObject({ code: 'stopped' })
    await expect(raft.open({ ...counterOptions(alone), name: 'other' })).rejects.toMatchObject({ code: 'stopped' })
    expect(cluster.clock.timersWaiting).toBe(0)
  })

  test('that stalls lets nothing be claimed', async () => {
    const cluster = new TestCluster()
    await using _cluster = cluster
    let stalled: ((error?: Error) => void)[] | undefined
    const begin = (finish: (error?: Error) => void): void => {
      if (stalled === undefined) finish()
      else stalled.push(finish)
    }
    const disk = memoryStorage({ entropy: cluster.entropy(), begin })
    const { raft } = cluster.start('a', {}, disk)
    const group = await cluster.until(raft.open(counterOptions(alone)))
    await cluster.until(group.run({ add: 1 }))
    stalled = []
    const running = group.run({ add: 1 })
    await cluster.pass(100)
    expect(stalled.length).toBeGreaterThan(0)
    expect(group.status().commit).toBe(group.status().lastIndex - 1)
    for (const finish of stalled.splice(0)) finish()
    stalled = undefined
    expect(await cluster.until(running)).toEqual({ sum: 2 })
  })
})

describe('a snapshot that cannot be loaded', () => {
  const broken = {
    ...counterKind(),
    restore: () => Promise.reject(new FlotillaError('malformed', 'that is no counter')),
  }

  test('at the start concerns that group only', async () => {
    const cluster = new TestCluster()
    await using _cluster = cluster
    const group = await startAlone(cluster)
    await cluster.until(group.run({ add: 1 }))
    await cluster.until(group.compact())
    cluster.crash('a')
    const { raft } = cluster.start('a')
    const opening = raft.open({ ...counterOptions(alone), machine: broken })
    await expect(cluster.until(opening)).rejects.toMatchObject({ code: 'snapshot-unloadable' })
    const other = await cluster.until(raft.open({ ...counterOptions(alone), name: 'other' }))
    expect(await cluster.until(other.run({ add: 4 }))).toEqual({ sum: 4 })
    const again = await cluster.until(raft.open(counterOptions(alone)))
    expect(await cluster.until(again.read({ what: 'sum' }))).toEqual({ sum: 1 })
  })

  test('that a leader brings is refused and told of, once, and the group goes on', async () => {
    const { cluster, groups } = await startTrio({ settings: { trailingBytes: 0 } })
    await using _cluster = cluster
    const logger = new RecordingLogger()
    const { raft } = cluster.start('d', {
      logger,
      onUnknownGroup: () => void raft.open({ ...counterOptions(), machine: broken }).catch(() => {}),
    })
    const group = pick(groups, 0)
    await cluster.until(group.run({ add: 1 }))
    await cluster.pass(300)
    await cluster.until(Promise.all(groups.map((each) => each.compact())))
    await cluster.until(group.changeMembers({ voters: trio, learners: ['d' as NodeId] }))
    await cluster.pass(5_000)
    const told = logger.entries.filter(({ message }) => message === 'a snapshot that was brought could not be loaded')
    expect(told).toHaveLength(1)
    expect(raft.groups()).toMatchObject([{ applied: 0, snapshotIndex: 0 }])
    expect(await cluster.until(group.run({ add: 1 }))).toEqual({ sum: 2 })
  })
})

describe('a machine that', () => {
  test('throws what is no refusal stops the node', async () => {
    const cluster = new TestCluster()
    await using _cluster = cluster
    const machine = {
      ...counterKind(),
      create: () => {
        const counter = counterKind().create()
        return { ...counter, codecs: counterCodecs, query: () => ({ sum: 0 }), snapshot: () => [], apply: explode }
      },
    }
    const stopped: Error[] = []
    const { raft } = cluster.start('a', { onStopped: (error) => void stopped.push(error) })
    const group = await cluster.until(raft.open({ ...counterOptions(alone), machine }))
    await expect(cluster.until(group.run({ add: 1 }))).rejects.toMatchObject({ code: 'stopped' })
    expect(stopped).toHaveLength(1)
  })

  test('is too old for what the group has agreed upon stops that group alone', async () => {
    const cluster = new TestCluster()
    await using _cluster = cluster
    const { raft } = cluster.start('a')
    const newer = await cluster.until(raft.open({ ...counterOptions(alone), machine: counterKind(2) }))
    await cluster.untilTrue(() => newer.status().version === 2)
    cluster.crash('a')
    const { raft: older } = cluster.start('a')
    const other = await cluster.until(older.open({ ...counterOptions(alone), name: 'other' }))
    const group = await cluster.until(older.open(counterOptions(alone)))
    await expect(cluster.until(group.run({ add: 1 }))).rejects.toMatchObject({ code: 'machine-too-old' })
    expect(await cluster.until(other.run({ add: 1 }))).toEqual({ sum: 1 })
  })
})

describe('a group', () => {
  test('that was closed is not begun anew over what is on the disk', async () => {
    const cluster = new TestCluster()
    await using _cluster = cluster
    const group = await startAlone(cluster)
    await cluster.until(group.run({ add: 1 }))
    const { raft } = cluster.node('a')
    await expect(cluster.until(raft.open(counterOptions(alone)))).rejects.toMatchObject({ code: 'in-use' })
    await cluster.until(group[Symbol.asyncDispose]())
    await expect(group.run({ add: 1 })).rejects.toMatchObject({ code: 'closed' })
    await expect(raft.open(counterOptions(alone))).rejects.toMatchObject({ code: 'closed' })
    await cluster.until(raft[Symbol.asyncDispose]())
    await cluster.node('a').process[Symbol.asyncDispose]()
    const again = await startAlone(cluster)
    expect(await cluster.until(again.read({ what: 'sum' }))).toEqual({ sum: 1 })
  })

  test('that was removed begins anew', async () => {
    const cluster = new TestCluster()
    await using _cluster = cluster
    const group = await startAlone(cluster)
    await cluster.until(group.run({ add: 1 }))
    await cluster.until(group.remove())
    const { raft } = cluster.node('a')
    expect(raft.stored()).toEqual([])
    const again = await cluster.until(raft.open(counterOptions(alone)))
    expect(await cluster.until(again.run({ add: 5 }))).toEqual({ sum: 5 })
  })
})

describe('malformed traffic', () => {
  test('from a peer is counted and harms nobody', async () => {
    const { cluster, groups } = await startTrio()
    await using _cluster = cluster
    const { network } = cluster.hub.join('stranger' as NodeId)
    await using channel = network.open('raft', {})
    await settle()
    for (const noise of [[], [0], [1], [1, 3], [2, 0, 0], [3, 9], [4], [5, 5], [255]]) {
      for (const to of trio) channel.notify(to, Uint8Array.from(noise))
    }
    const stream = await channel.openStream(pick(trio, 0), { header: Uint8Array.of(9, 9) })
    await expect(cluster.until(stream[Symbol.asyncIterator]().next())).rejects.toMatchObject({ code: 'stream-reset' })
    expect(await cluster.until(pick(groups, 1).run({ add: 1 }))).toEqual({ sum: 1 })
  })

  test('from one who is not admitted is not heard', async () => {
    const { cluster } = await startTrio({ admits: (peer) => trio.includes(peer) })
    await using _cluster = cluster
    const { network } = cluster.hub.join('stranger' as NodeId)
    const { clock } = cluster
    const options = { network, clock, entropy: cluster.entropy(), group: 'counter', codecs: counterCodecs }
    await using client = createRaftClient(options)
    const refused = cluster.until(client.run({ add: 1 }, { timeoutMs: 500 }))
    await expect(refused).rejects.toMatchObject({ code: 'no-leader' })
  })
})

function explode(): never {
  throw new TypeError('a bug of the machine')
}
