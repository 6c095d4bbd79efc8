import { directWire, memoryHub, type MemoryHub, type MemoryNode, type Wire } from '@flotilla/core/testing'
import { ManualClock } from '@flotilla/core/testing'
import type { NodeId } from '@flotilla/core/ids'
import { Prng, type Entropy } from '@flotilla/core/random'
import type { Group } from '../group.ts'
import type { OpenGroupOptions, RaftNode, RaftOptions } from '../raft.ts'
import { memoryStorage, type MemoryStorage } from '../storage/memory-storage.ts'
import { counterKind, type Add, type Ask, type Sum } from './counter-machine.ts'
import { createRaft } from '../driver/raft-driver.ts'

export type CounterGroup = Group<Add, Sum, Ask, Sum>

/** A node of a test: its disk outlives its process. */
export interface TestNode {
  readonly id: NodeId
  readonly disk: MemoryStorage
  readonly process: MemoryNode
  readonly raft: RaftNode
}

/** Nodes in memory on one clock that the test moves. */
export class TestCluster implements AsyncDisposable {
  readonly clock: ManualClock = new ManualClock()
  readonly hub: MemoryHub
  readonly nodes: Map<NodeId, TestNode> = new Map()
  readonly #prng: Prng

  constructor(seed: number = 1, wire: Wire = directWire()) {
    this.hub = memoryHub({ clock: this.clock, wire })
    this.#prng = new Prng(seed)
  }

  entropy(): Entropy {
    return { bytes: (length) => this.#prng.bytes(length) }
  }

  start(name: string, options: Partial<RaftOptions> = {}, disk?: MemoryStorage): TestNode {
    const id = name as NodeId
    const ownDisk = disk ?? this.nodes.get(id)?.disk ?? memoryStorage({ entropy: this.entropy() })
    const process = this.hub.join(id)
    const storage = ownDisk.open()
    const { clock } = this
    const raft = createRaft({ network: process.network, storage, clock, entropy: this.entropy(), ...options })
    const node = { id, disk: ownDisk, process, raft }
    this.nodes.set(id, node)
    return node
  }

  node(name: string): TestNode {
    const node = this.nodes.get(name as NodeId)
    if (node === undefined) throw new Error(`no node ${name}`)
    return node
  }

  /** The power of that node is cut. */
  crash(name: string): void {
    const { id, process, disk } = this.node(name)
    process.crash()
    disk.crash(this.#prng)
    this.hub.disconnect(id)
  }

  /** Lets time pass, and everything happen that happens in it. */
  async pass(durationMs: number): Promise<void> {
    for (let passed = 0; passed < durationMs; passed += 5) {
      this.clock.advance(5)
      await settle()
    }
  }

  /** Lets time pass until what was promised is there, and returns it. */
  async until<Value>(promise: PromiseLike<Value>, atMostMs: number = 30_000): Promise<Value> {
    const ended = new AbortController()
    const noted = Promise.resolve(promise).finally(() => ended.abort())
    noted.catch(() => {})
    for (let passed = 0; passed < atMostMs && !ended.signal.aborted; passed += 5) {
      await settle()
      if (!ended.signal.aborted) this.clock.advance(5)
    }
    if (!ended.signal.aborted) throw new Error(`it did not come to pass within ${atMostMs} ms`)
    return await noted
  }

  /** Lets time pass until it is so. */
  async untilTrue(holds: () => boolean, atMostMs: number = 30_000): Promise<void> {
    for (let passed = 0; passed < atMostMs && !holds(); passed += 5) await this.pass(5)
    if (!holds()) throw new Error(`it was not so within ${atMostMs} ms`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { raft, process } of this.nodes.values()) {
      await Promise.race([raft[Symbol.asyncDispose](), settle()])
      await process[Symbol.asyncDispose]()
    }
  }
}

/** Everything that can happen without time passing has happened. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await Promise.resolve()
}

/** The one at that place, which is there. */
export function pick<Item>(items: readonly Item[], place: number): Item {
  const item = items[place]
  if (item === undefined) throw new Error(`there is nothing at ${place}`)
  return item
}

export interface Trio {
  readonly cluster: TestCluster
  readonly groups: readonly CounterGroup[]
}

export const trio: readonly NodeId[] = ['a', 'b', 'c'] as NodeId[]

export function counterOptions(voters?: readonly NodeId[]): OpenGroupOptions<Add, Sum, Ask, Sum> {
  const options = { name: 'counter', machine: counterKind() }
  return voters === undefined ? options : { ...options, voters }
}

/** Three members of a group that has a leader. */
export async function startTrio(options: Partial<RaftOptions> = {}, seed: number = 1): Promise<Trio> {
  const cluster = new TestCluster(seed)
  const opening = trio.map((name) => cluster.start(name, options).raft.open(counterOptions(trio)))
  const groups = await cluster.until(Promise.all(opening))
  await cluster.untilTrue(() => groups.some((group) => group.status().role === 'leader'))
  return { cluster, groups }
}
