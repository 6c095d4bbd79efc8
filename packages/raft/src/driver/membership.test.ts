import { describe, expect, test } from 'vitest'
import type { NodeId } from '@flotilla/core/ids'
import type { GroupName } from '../types.ts'
import { counterKind } from '../testing/counter-machine.ts'
import { counterOptions, pick, startTrio, trio, type CounterGroup, type TestCluster } from '../testing/test-cluster.ts'

const newcomer = 'd' as NodeId

function someGroup(groups: readonly CounterGroup[]): CounterGroup {
  const [group] = groups
  if (group === undefined) throw new Error('there are groups')
  return group
}

/** A node that opens whatever a leader writes to. */
function startOpen(cluster: TestCluster, name: string): { readonly opened: Promise<CounterGroup>; told: GroupName[] } {
  const { promise, resolve } = Promise.withResolvers<CounterGroup>()
  const told: GroupName[] = []
  const { raft } = cluster.start(name, {
    onUnknownGroup: (group) => {
      told.push(group)
      void raft.open(counterOptions()).then(resolve, () => {})
    },
  })
  return { opened: promise, told }
}

describe('members', () => {
  test('come in through learning, and the group is opened there when the leader writes', async () => {
    const { cluster, groups } = await startTrio()
    await using _cluster = cluster
    const { opened, told } = startOpen(cluster, newcomer)
    const group = someGroup(groups)
    await cluster.until(Promise.all(Array.from({ length: 30 }, () => group.run({ add: 1 }))))
    await cluster.until(group.settle({ voters: [...trio, newcomer], learners: [] }))
    expect(group.status().configuration.voters).toEqual([...trio, newcomer])
    const grown = await cluster.until(opened)
    expect(await cluster.until(grown.read({ what: 'sum' }))).toEqual({ sum: 30 })
    expect(told).toEqual(['counter'])
  })

  test('come in by a snapshot where the log is gone', async () => {
    const { cluster, groups } = await startTrio({ settings: { trailingBytes: 0 } })
    await using _cluster = cluster
    const { opened } = startOpen(cluster, newcomer)
    const group = someGroup(groups)
    await cluster.until(Promise.all(Array.from({ length: 30 }, () => group.run({ add: 1 }))))
    await cluster.pass(300)
    await cluster.until(Promise.all(groups.map((each) => each.compact())))
    await cluster.until(group.settle({ voters: [...trio, newcomer], learners: [] }))
    const grown = await cluster.until(opened)
    expect(await cluster.until(grown.read({ what: 'sum' }))).toEqual({ sum: 30 })
    expect(grown.status().snapshotIndex).toBeGreaterThan(29)
  })

  test('go, are told so, and can take everything of the group off their disk', async () => {
    const { cluster, groups } = await startTrio()
    await using _cluster = cluster
    const group = someGroup(groups)
    await cluster.until(group.run({ add: 1 }))
    const leader = group.status().leader ?? trio[0]
    const goes = trio.find((name) => name !== leader && name !== 'a') ?? newcomer
    const gone = groups[trio.indexOf(goes)] ?? group
    await cluster.until(group.changeMembers({ voters: trio.filter((name) => name !== goes), learners: [] }))
    await cluster.pass(3_000)
    expect(gone.status().removed).toBe(true)
    await cluster.until(gone.remove())
    expect(cluster.node(goes).raft.stored()).toEqual([])
    expect(await cluster.until(group.run({ add: 1 }))).toEqual({ sum: 2 })
  })

  test('that were removed and come back are members again, and lead', async () => {
    const { cluster, groups } = await startTrio()
    await using _cluster = cluster
    const group = someGroup(groups)
    await cluster.until(group.run({ add: 1 }))
    const leader = group.status().leader ?? newcomer
    const place = trio.findIndex((name) => name !== leader)
    const back = pick(groups, place)
    const stays = pick(groups, trio.indexOf(leader))
    const others = trio.filter((_, other) => other !== place)
    await cluster.until(stays.changeMembers({ voters: others, learners: [] }))
    await cluster.untilTrue(() => back.status().removed)
    await cluster.until(stays.settle({ voters: trio, learners: [] }))
    await cluster.untilTrue(() => !back.status().removed)
    await cluster.until(stays.transferLeadership(pick(trio, place)))
    expect(await cluster.until(back.run({ add: 1 }))).toEqual({ sum: 2 })
  })

  test('that are impossible are refused, from any member', async () => {
    const { cluster, groups } = await startTrio()
    await using _cluster = cluster
    for (const group of groups) {
      const both = group.changeMembers({ voters: trio, learners: [trio[0] ?? newcomer] })
      await expect(cluster.until(both)).rejects.toMatchObject({ code: 'wrong-members' })
      const ahead = group.changeMembers({ voters: [...trio, newcomer], learners: [] })
      await expect(cluster.until(ahead)).rejects.toMatchObject({ code: 'not-caught-up' })
    }
  })
})

describe('leadership', () => {
  test('goes where it is asked to go, from any member, and no command is lost on the way', async () => {
    const { cluster, groups } = await startTrio()
    await using _cluster = cluster
    for (const [place, to] of [...trio, ...trio].entries()) {
      const group = groups[place % 2] ?? someGroup(groups)
      const running = Array.from({ length: 10 }, () => group.run({ add: 1 }))
      expect(await cluster.until(group.transferLeadership(to))).toBe(to)
      await cluster.until(Promise.all(running))
    }
    expect(await cluster.until(someGroup(groups).read({ what: 'sum' }))).toEqual({ sum: 60 })
  })

  test('is handed over before a planned stop', async () => {
    const { cluster, groups } = await startTrio()
    await using _cluster = cluster
    await cluster.until(someGroup(groups).run({ add: 1 }))
    const leader = someGroup(groups).status().leader ?? newcomer
    await cluster.until(cluster.node(leader).raft.handOver({ timeoutMs: 1_000 }))
    const after = groups.filter((group) => group.status().role === 'leader')
    expect(after.map((group) => group.status().leader)).not.toContain(leader)
  })
})

describe('the version of a machine', () => {
  test('rises when the last member knows it, and not before', async () => {
    const { cluster, groups } = await startTrio()
    await using _cluster = cluster
    await cluster.until(someGroup(groups).run({ add: 1 }))
    const machine = counterKind(2)
    const upgrade = async (name: NodeId): Promise<CounterGroup> => {
      cluster.crash(name)
      return await cluster.until(cluster.start(name).raft.open({ ...counterOptions(trio), machine }))
    }
    const upgraded: CounterGroup[] = []
    for (const name of trio) {
      await cluster.pass(3_000)
      for (const group of upgraded) expect(group.status().version).toBe(1)
      upgraded.push(await upgrade(name))
    }
    await cluster.untilTrue(() => upgraded.every((group) => group.status().version === 2))
  })
})
