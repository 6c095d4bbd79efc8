import type { NodeId } from '@flotilla/core/ids'
import { ManualClock, memoryHub } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { createMonitor } from '../monitor.ts'
import { ScriptedMachine } from '../testing/index.ts'
import type { ClusterMonitor } from '../contract.ts'
import { createClusterMonitor } from './cluster-monitor.ts'
import type { ControlRecord } from './control.ts'

interface Town extends AsyncDisposable {
  readonly clock: ManualClock
  readonly machines: readonly ScriptedMachine[]
  readonly clusters: readonly ClusterMonitor[]
  readonly records: ControlRecord[]
  readonly ids: readonly NodeId[]
}

const obeyed = 'node-0' as NodeId

function town(
  count: number,
  limits: { readonly questionsMax?: number } = {},
  admits: (node: NodeId) => boolean = () => true,
): Town {
  const clock = new ManualClock()
  const hub = memoryHub({ clock })
  const ids = Array.from({ length: count }, (_, index) => `node-${index}` as NodeId)
  const machines = ids.map((id) => new ScriptedMachine({ clock, bootId: id }))
  const records: ControlRecord[] = []
  const stack = new AsyncDisposableStack()
  const clusters = ids.map((id, index) => {
    const machine = machines[index] as ScriptedMachine
    const node = stack.use(hub.join(id))
    const monitor = stack.use(createMonitor({ source: machine, control: machine, clock }))
    return stack.use(
      createClusterMonitor({
        network: node.network,
        monitor,
        clock,
        life: id,
        limits,
        admits,
        control: {
          permits: (from) => from === obeyed,
          audit: (record) => Promise.resolve(void records.push(record)),
        },
        guests: {
          processes: () => Promise.resolve([{ vm: `vm of ${id}`, processes: [insideOf(id)], matching: 1, total: 30 }]),
        },
      }),
    )
  })
  return { clock, machines, clusters, records, ids, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

function insideOf(id: string): Awaited<ReturnType<ClusterMonitor['tree']>>[number] {
  const figures = { parent: 1, name: 'inside', command: `/inside ${id}`, user: 'root', state: 'running' as const }
  const numbers = { processor: 9, residentBytes: 1, memory: 0, threads: 1, nice: 0, startedAtMs: 1 }
  return { bootId: 'inside', pid: 7, startTicks: 1, ...figures, ...numbers }
}

/** Lets everybody look at itself and tell the others. */
async function pass({ clock }: Town, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    clock.advance(500)
    for (let turn = 0; turn < 30; turn++) await Promise.resolve()
  }
}

/** Moves the clock as long as that is under way, as looking twice takes time. */
async function passing<Result>(all: Town, work: Promise<Result>): Promise<Result> {
  const state = { isDone: false }
  const end = (): void => void (state.isDone = true)
  void work.then(end, end)
  for (let turn = 0; turn < 1_000 && !state.isDone; turn++) await pass(all, 500)
  return work
}

describe('monitors of a cluster', () => {
  test('know each other by what each tells', async () => {
    await using all = town(3)
    const [first] = all.clusters
    const busy = all.machines[1]
    if (busy !== undefined) busy.load.usage = 0.5
    await pass(all, 20_000)
    const nodes = first?.nodes() ?? []
    expect(nodes.map(({ node, isSelf, isStale }) => ({ node, isSelf, isStale }))).toEqual(
      expect.arrayContaining(all.ids.map((node, index) => ({ node, isSelf: index === 0, isStale: false }))),
    )
    expect(nodes.find(({ node }) => node === all.ids[1])?.figures.processor).toBe(0.5)
  })

  test('find the busiest of all, and those inside of virtual machines where they are asked for', async () => {
    await using all = town(3)
    for (const [index, machine] of all.machines.entries()) machine.start({ name: 'work', processor: index + 1 })
    await pass(all, 5_000)
    const [first] = all.clusters
    const list = await passing(all, first?.processes({ limit: 2 }) ?? Promise.reject(new Error('nobody')))
    expect(list.unanswered).toEqual([])
    expect(list.processes.map(({ node, name }) => [node, name])).toEqual([
      ['node-2', 'work'],
      ['node-1', 'work'],
    ])
    expect(list.total).toBe(6)
    const inside = await passing(all, first?.processes({ withGuests: true, limit: 1 }) ?? Promise.reject(new Error()))
    expect(inside.processes[0]).toMatchObject({ vm: 'vm of node-0', name: 'inside' })
    expect(inside.total).toBe(96)
  })

  test('name whoever does not answer in time, with the reason', async () => {
    await using all = town(2)
    await pass(all, 5_000)
    all.machines[1]?.hang()
    const [first] = all.clusters
    const list = await passing(all, first?.processes({ timeoutMs: 10_000 }) ?? Promise.reject(new Error('nobody')))
    expect(list.unanswered).toEqual([{ node: 'node-1', why: expect.stringContaining('10000 ms') as unknown }])
    expect(list.processes.every(({ node }) => node === 'node-0')).toBe(true)
    all.machines[1]?.release()
  })

  test('do what they are permitted to, and write it down', async () => {
    await using all = town(2)
    const [one, other] = all.clusters
    const victim = all.machines[1]?.start({ name: 'victim' })
    const own = all.machines[0]?.start({ name: 'own' })
    if (victim === undefined || own === undefined) throw new Error('both were started')
    await one?.signal({ node: 'node-1' as NodeId, process: victim, signal: 'SIGTERM', actor: 'ann' })
    expect(all.machines[1]?.orders).toHaveLength(1)
    const refused = other?.setNice({ node: 'node-0' as NodeId, process: own, nice: 5, actor: 'bob' })
    await expect(refused).rejects.toThrow(/may not touch processes/)
    await expect(
      one?.signal({
        node: 'node-1' as NodeId,
        process: { ...victim, startTicks: 999 },
        signal: 'SIGTERM',
        actor: 'ann',
      }),
    ).rejects.toThrow(/.+/)
    expect(all.records.map(({ from, order, outcome, code }) => [from, order.actor, outcome, code])).toEqual([
      ['node-0', 'ann', 'asked', undefined],
      ['node-0', 'ann', 'done', undefined],
      ['node-1', 'bob', 'refused', 'not-permitted'],
      ['node-0', 'ann', 'asked', undefined],
      ['node-0', 'ann', 'failed', 'not-found'],
    ])
  })

  test('show nothing to whom they do not admit, and do not listen to him', async () => {
    const stranger = 'node-2' as NodeId
    await using all = town(3, {}, (node) => node !== stranger)
    await pass(all, 10_000)
    const [first, , last] = all.clusters
    expect(first?.nodes().map(({ node }) => node)).toEqual(['node-0', 'node-1'])
    expect(last?.nodes().map(({ node }) => node)).toEqual([stranger])
    const list = await passing(all, last?.processes({ nodes: all.ids }) ?? Promise.reject(new Error('nobody')))
    expect(list.unanswered.map(({ node }) => node).toSorted()).toEqual(['node-0', 'node-1'])
    await expect(last?.figures(obeyed)).rejects.toThrow(/may not look/)
  })

  test('answer so many questions at a time', async () => {
    await using all = town(2, { questionsMax: 1 })
    await pass(all, 5_000)
    all.machines[1]?.hang()
    const [first] = all.clusters
    if (first === undefined) throw new Error('there are two')
    const asks = [1, 2, 3].map(() => first.processes({ nodes: ['node-1' as NodeId], timeoutMs: 60_000 }))
    await pass(all, 1_000)
    all.machines[1]?.release()
    const lists = await passing(all, Promise.all(asks))
    const refusals = lists.flatMap((list) => list.unanswered)
    expect(refusals).toHaveLength(2)
    expect(refusals[0]?.why).toContain('answers 1 questions')
  })
})
