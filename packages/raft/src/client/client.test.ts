import { describe, expect, test } from 'vitest'
import type { NodeId } from '@flotilla/core/ids'
import { createRaftClient, createRaftClients } from './raft-client.ts'
import type { GroupClient, GroupClientOptions } from '../raft.ts'
import { counterCodecs, type Add, type Ask, type Sum } from '../testing/counter-machine.ts'
import { pick, settle, startTrio, trio, type CounterGroup, type Trio } from '../testing/test-cluster.ts'

type CounterClient = GroupClient<Add, Sum, Ask, Sum>

function clientOf({ cluster }: Pick<Trio, 'cluster'>, options: Partial<GroupClientOptions<Add, Sum, Ask, Sum>> = {}) {
  const { network } = cluster.hub.join('client' as NodeId)
  const { clock } = cluster
  const client: CounterClient = createRaftClient({
    network,
    clock,
    entropy: cluster.entropy(),
    group: 'counter',
    codecs: counterCodecs,
    ...options,
  })
  return client
}

const leading = (groups: readonly CounterGroup[]): CounterGroup =>
  pick(
    groups.filter((group) => group.status().role === 'leader'),
    0,
  )

describe('a call', () => {
  test('that is aborted says why, at once, and leaves nothing waiting', async () => {
    const world = await startTrio()
    const { cluster } = world
    await using _cluster = cluster
    await using client = clientOf(world)
    const cancel = new AbortController()
    const { signal } = cancel
    const running = [client.run({ add: 1 }, { signal }), client.read({ what: 'sum' }, { signal })]
    cancel.abort(new Error('changed my mind'))
    for (const call of running) await expect(call).rejects.toThrow('changed my mind')
    await expect(client.run({ add: 1 }, { signal })).rejects.toThrow('changed my mind')
    expect(await cluster.until(client.run({ add: 3 }))).toMatchObject({})
  })

  test('that finds nobody says that it did not happen', async () => {
    const world = await startTrio()
    const { cluster } = world
    await using _cluster = cluster
    await using client = clientOf(world)
    await cluster.until(client.run({ add: 1 }))
    for (const name of trio) cluster.crash(name)
    await settle()
    const call = client.run({ add: 1 }, { timeoutMs: 800 })
    await expect(cluster.until(call)).rejects.toMatchObject({ code: 'no-leader' })
  })

  test('of which nobody knows what became says so', async () => {
    const world = await startTrio()
    const { cluster, groups } = world
    await using _cluster = cluster
    await using client = clientOf(world)
    await cluster.until(client.run({ add: 1 }))
    const leader = leading(groups).status().leader ?? ''
    for (const name of trio) if (name !== leader) cluster.crash(name)
    const call = client.run({ add: 1 }, { timeoutMs: 400 })
    await expect(cluster.until(call)).rejects.toMatchObject({ code: 'outcome-unknown' })
    const read = client.read({ what: 'sum' }, { timeoutMs: 400 })
    await expect(cluster.until(read)).rejects.toMatchObject({ name: 'FlotillaError' })
  })

  test('beyond callsWaitingMax is refused, and others are not harmed', async () => {
    const world = await startTrio()
    const { cluster } = world
    await using _cluster = cluster
    await using client = clientOf(world, { callsWaitingMax: 8 })
    const calls = Array.from({ length: 10 }, () => client.run({ add: 1 }))
    const results = await cluster.until(Promise.allSettled(calls))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(8)
    expect(results.at(-1)).toMatchObject({ reason: { code: 'overloaded' } })
  })

  test('beyond what a member takes from one caller comes to pass a little later', async () => {
    const world = await startTrio({ limits: { callsWaitingPerPeerMax: 4 } })
    const { cluster } = world
    await using _cluster = cluster
    await using client = clientOf(world)
    const results = await cluster.until(Promise.all(Array.from({ length: 40 }, () => client.run({ add: 1 }))))
    expect(results.map(({ sum }) => sum).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 40 }, (_, place) => place + 1),
    )
  })

  test('after the client was closed, and those that waited then, fail with closed', async () => {
    const world = await startTrio()
    const { cluster, groups } = world
    await using _cluster = cluster
    const client = clientOf(world)
    await cluster.until(client.run({ add: 1 }))
    expect(leading(groups).status().sessions).toBe(1)
    const running = client.run({ add: 1 })
    await client[Symbol.asyncDispose]()
    await expect(running).rejects.toMatchObject({ code: 'closed' })
    await expect(client.read({ what: 'sum' })).rejects.toMatchObject({ code: 'closed' })
    await cluster.pass(100)
    expect(leading(groups).status().sessions).toBe(0)
  })
})

describe('a session', () => {
  test('holds back commands beyond what the group tells apart, and does them all', async () => {
    const world = await startTrio()
    const { cluster } = world
    await using _cluster = cluster
    await using client = clientOf(world, { commandsInFlightMax: 4 })
    const results = await cluster.until(Promise.all(Array.from({ length: 50 }, () => client.run({ add: 1 }))))
    expect(results.map(({ sum }) => sum)).toEqual(Array.from({ length: 50 }, (_, place) => place + 1))
  })

  test('that the group has forgotten is replaced, and the next command does not notice', async () => {
    const world = await startTrio({ limits: { sessionIdleMs: 1_000 } })
    const { cluster, groups } = world
    await using _cluster = cluster
    await using client = clientOf(world)
    await cluster.until(client.run({ add: 1 }))
    await cluster.pass(4_000)
    expect(leading(groups).status().sessions).toBe(0)
    expect(await cluster.until(client.run({ add: 1 }))).toEqual({ sum: 2 })
  })
})

describe('clients of several groups', () => {
  test('share one channel, of a node that is a member of others too', async () => {
    const { cluster, groups } = await startTrio()
    await using _cluster = cluster
    await cluster.until(pick(groups, 0).run({ add: 1 }))
    const { raft } = cluster.start('d')
    await settle()
    const inside = raft.client({ group: 'counter', codecs: counterCodecs })
    expect(await cluster.until(inside.run({ add: 1 }))).toEqual({ sum: 2 })
    const { network } = cluster.hub.join('client' as NodeId)
    const { clock } = cluster
    await using clients = createRaftClients({ network, clock, entropy: cluster.entropy() })
    const first = clients.client({ group: 'counter', codecs: counterCodecs })
    const other = clients.client({ group: 'unheard-of', codecs: counterCodecs, callTimeoutMs: 300 })
    expect(await cluster.until(first.run({ add: 1 }))).toEqual({ sum: 3 })
    await expect(cluster.until(other.run({ add: 1 }))).rejects.toMatchObject({ code: 'no-leader' })
  })
})

describe('a topic', () => {
  test('is heard by members and clients that subscribe to it', async () => {
    const world = await startTrio()
    const { cluster, groups } = world
    await using _cluster = cluster
    await using client = clientOf(world)
    const heard: string[] = []
    client.subscribe('nothing', (payload) => void heard.push(`client ${payload[0]}`))
    for (const [place, group] of groups.entries()) {
      group.subscribe('nothing', (payload) => void heard.push(`${pick(trio, place)} ${payload[0]}`))
    }
    client.subscribe('something', () => void heard.push('wrong'))
    await cluster.until(client.run({ add: 2 }))
    await cluster.until(client.run({ add: 0 }))
    await cluster.pass(300)
    expect(heard.toSorted()).toEqual(['a 2', 'b 2', 'c 2', 'client 2'])
  })
})

describe('reads', () => {
  test('of a member by its own state are told how old they may be', async () => {
    const { cluster, groups } = await startTrio()
    await using _cluster = cluster
    await cluster.until(pick(groups, 0).run({ add: 1 }))
    await cluster.pass(300)
    for (const group of groups) {
      expect(await group.read({ what: 'sum' }, { consistency: 'local' })).toEqual({ sum: 1 })
      expect(await group.read({ what: 'sum' }, { consistency: 'bounded' })).toEqual({ sum: 1 })
    }
    const follower = pick(
      groups.filter((group) => group.status().role === 'follower'),
      0,
    )
    cluster.hub.disconnect(pick(trio, groups.indexOf(follower)))
    await cluster.pass(3_000)
    const bounded = follower.read({ what: 'sum' }, { consistency: 'bounded' })
    await expect(bounded).rejects.toMatchObject({ code: 'no-leader' })
    expect(await follower.read({ what: 'sum' }, { consistency: 'local' })).toEqual({ sum: 1 })
  })
})
