import { expect, test } from 'vitest'
import type { NodeId } from '@flotilla/core/ids'
import { counterKind } from '../testing/counter-machine.ts'
import { pick, TestCluster, trio, type CounterGroup } from '../testing/test-cluster.ts'

const names = ['east', 'west'] as const

interface Neighbours {
  readonly cluster: TestCluster
  readonly east: readonly CounterGroup[]
  readonly west: readonly CounterGroup[]
}

/** Two groups on the same three nodes: `a` leads the one, `b` the other. */
async function startNeighbours(): Promise<Neighbours> {
  const cluster = new TestCluster()
  const nodes = trio.map((id) => cluster.start(id))
  const open = (name: string): Promise<CounterGroup[]> =>
    cluster.until(Promise.all(nodes.map(({ raft }) => raft.open({ name, machine: counterKind(), voters: trio }))))
  const [east, west] = [await open(names[0]), await open(names[1])]
  await lead(cluster, east, 'a' as NodeId)
  await lead(cluster, west, 'b' as NodeId)
  return { cluster, east, west }
}

async function lead(cluster: TestCluster, groups: readonly CounterGroup[], id: NodeId): Promise<void> {
  const group = pick(groups, trio.indexOf(id))
  await cluster.untilTrue(() => groups.some((each) => each.status().role === 'leader'))
  if (group.status().role !== 'leader') await cluster.until(group.transferLeadership(id))
  await cluster.untilTrue(() => groups.every((each) => each.status().leader === id))
}

test('two groups on the same nodes have leaders, states and logs of their own', async () => {
  const { cluster, east, west } = await startNeighbours()
  await using _cluster = cluster
  for (let turn = 1; turn <= 3; turn++) {
    const running = [...east.map((group) => group.run({ add: 1 })), ...west.map((group) => group.run({ add: 100 }))]
    await cluster.until(Promise.all(running))
  }
  for (const group of east) expect(await cluster.until(group.read({ what: 'sum' }))).toEqual({ sum: 9 })
  for (const group of west) expect(await cluster.until(group.read({ what: 'sum' }))).toEqual({ sum: 900 })
  expect(east.map((group) => group.status().leader)).toEqual(['a', 'a', 'a'])
  expect(west.map((group) => group.status().leader)).toEqual(['b', 'b', 'b'])
})

test('a group that is closed on its leader goes on with the others, and its neighbour with all', async () => {
  const { cluster, east, west } = await startNeighbours()
  await using _cluster = cluster
  await cluster.until(Promise.all([pick(east, 0).run({ add: 1 }), pick(west, 0).run({ add: 1 })]))
  const before = pick(west, 1).status()
  await cluster.until(pick(east, 0)[Symbol.asyncDispose]())
  await expect(pick(east, 0).run({ add: 1 })).rejects.toMatchObject({ code: 'closed' })
  expect(await cluster.until(pick(east, 1).run({ add: 1 }))).toEqual({ sum: 2 })
  expect(pick(east, 1).status().leader).not.toBe('a')
  for (const [place, group] of west.entries()) {
    expect(await cluster.until(group.run({ add: 1 }))).toEqual({ sum: 2 + place })
  }
  expect(pick(west, 1).status()).toMatchObject({ role: 'leader', term: before.term })
  expect(cluster.node('a').raft.groups()).toMatchObject([{ name: 'west' }])
})

test('that its leader’s process is alive says nothing of a group that is closed there', async () => {
  const { cluster, east, west } = await startNeighbours()
  await using _cluster = cluster
  await cluster.until(Promise.all([pick(east, 0).run({ add: 1 }), pick(west, 0).run({ add: 1 })]))
  await cluster.pass(300)
  await cluster.until(pick(east, 0)[Symbol.asyncDispose]())
  cluster.hub.disconnect('b' as NodeId, 'c' as NodeId)
  await cluster.pass(350)
  const bounded = pick(east, 2).read({ what: 'sum' }, { consistency: 'bounded', staleMsMax: 200 })
  await expect(bounded).rejects.toMatchObject({ code: 'no-leader' })
  expect(await pick(east, 2).read({ what: 'sum' }, { consistency: 'local' })).toEqual({ sum: 1 })
})

test('a group that is closed everywhere leaves its neighbour alone', async () => {
  const { cluster, east, west } = await startNeighbours()
  await using _cluster = cluster
  const running = pick(west, 2).run({ add: 1 })
  await cluster.until(Promise.all(east.map((group) => group[Symbol.asyncDispose]())))
  expect(await cluster.until(running)).toEqual({ sum: 1 })
  await cluster.pass(5_000)
  expect(await cluster.until(pick(west, 0).read({ what: 'sum' }))).toEqual({ sum: 1 })
  for (const id of trio) expect(cluster.node(id).raft.groups()).toMatchObject([{ name: 'west', leader: 'b' }])
})

test('a node that dies takes one leader with it, and leaves the other', async () => {
  const { cluster, east, west } = await startNeighbours()
  await using _cluster = cluster
  const { term } = pick(west, 1).status()
  cluster.crash('a')
  expect(await cluster.until(pick(east, 1).run({ add: 1 }))).toEqual({ sum: 1 })
  expect(await cluster.until(pick(west, 2).run({ add: 1 }))).toEqual({ sum: 1 })
  expect(pick(west, 1).status()).toMatchObject({ role: 'leader', term })
})
