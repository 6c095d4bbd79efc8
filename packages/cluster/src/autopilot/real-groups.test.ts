import { createCodec, integer, type Codec } from '@flotilla/core/codec'
import type { NodeId } from '@flotilla/core/ids'
import { Prng, type Entropy } from '@flotilla/core/random'
import { ManualClock, memoryHub, type MemoryHub } from '@flotilla/core/testing'
import { createRaft, memoryStorage, raftDefaults, type Group, type MachineKind, type RaftNode } from '@flotilla/raft'
import { expect, test } from 'vitest'
import { runAutopilot } from './driver.ts'
import type { AutopilotMember } from './ports.ts'

const number: Codec<number> = createCodec({ name: 'number', schema: integer() })
type Adder = MachineKind<number, number, number, number>
type AdderGroup = Group<number, number, number, number>

/** Adds up. */
function adder(sum: number): ReturnType<Adder['create']> {
  let now = sum
  return {
    codecs: { command: number, result: number, query: number, answer: number },
    apply: (more) => (now += more),
    query: () => now,
    *snapshot() {
      yield number.encode(now)
    },
  }
}

const kind: Adder = {
  version: 1,
  create: () => adder(0),
  async restore(pieces) {
    for await (const piece of pieces) return adder(number.decode(piece))
    return adder(0)
  },
}

const settings = { steadyMs: 1_000, steadyMsMax: 10_000, graceMs: 5_000 }

/** Nodes in memory, each with its part in the group and its autopilot, on one clock that the test moves. */
class Fleet implements AsyncDisposable {
  readonly clock = new ManualClock()
  readonly statuses = new Map<NodeId, AutopilotMember['status']>()
  readonly groups = new Map<NodeId, AdderGroup>()
  readonly #hub: MemoryHub = memoryHub({ clock: this.clock })
  readonly #nodes = new Map<NodeId, { readonly raft: RaftNode; readonly parts: AsyncDisposableStack }>()
  readonly #prng = new Prng(7)

  start(name: string): RaftNode {
    const id = name as NodeId
    const { clock } = this
    const entropy: Entropy = { bytes: (length) => this.#prng.bytes(length) }
    const process = this.#hub.join(id)
    const storage = memoryStorage({ entropy }).open()
    const onUnknownGroup = (): void => void this.open(raft, name)
    const raft = createRaft({ network: process.network, storage, clock, entropy, onUnknownGroup })
    const parts = new AsyncDisposableStack()
    parts.use(process)
    parts.use(raft)
    this.#nodes.set(id, { raft, parts })
    this.statuses.set(id, 'alive')
    return raft
  }

  async open(raft: RaftNode, name: string, voters?: readonly NodeId[]): Promise<void> {
    const self = name as NodeId
    const group = await raft.open({ name: 'sum', machine: kind, ...(voters && { voters }) })
    this.groups.set(self, group)
    const members = (): readonly AutopilotMember[] => [...this.statuses].map(([id, status]) => ({ id, status }))
    const { clock } = this
    const { promotionLagMax: caughtUpLagMax } = raftDefaults
    this.#nodes.get(self)?.parts.use(runAutopilot({ self, group, members, clock, settings, caughtUpLagMax }))
  }

  /** It is gone, and so everybody says. */
  async stop(name: string, status: 'dead' | 'removed'): Promise<void> {
    const id = name as NodeId
    this.statuses.set(id, status)
    this.groups.delete(id)
    await this.until(this.#nodes.get(id)?.parts.disposeAsync() ?? Promise.resolve())
  }

  async until<Value>(promise: Promise<Value>): Promise<Value> {
    const state = { isSettled: false }
    const noted = promise.finally(() => (state.isSettled = true))
    noted.catch(() => {})
    await this.untilTrue(() => state.isSettled)
    return noted
  }

  async untilTrue(holds: () => boolean): Promise<void> {
    for (let passed = 0; passed < 120_000 && !holds(); passed += 10) {
      this.clock.advance(10)
      for (let turn = 0; turn < 40; turn++) await Promise.resolve()
    }
    if (!holds()) throw new Error('it did not come to pass')
  }

  /** Who decides, as its leader says; empty where nobody leads. */
  voters(): string {
    const leader = [...this.groups.values()].map((group) => group.status()).find(({ role }) => role === 'leader')
    return leader?.configuration.outgoing.length === 0 ? leader.configuration.voters.join('') : ''
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { parts } of this.#nodes.values()) await this.until(parts.disposeAsync())
  }
}

test('a real group grows, replaces who is gone, and takes out who is thrown out, and forgets nothing', async () => {
  await using fleet = new Fleet()
  const first = fleet.start('a')
  await fleet.until(fleet.open(first, 'a', ['a' as NodeId]))
  const run = (): Promise<number> => fleet.until([...fleet.groups.values()][0]?.run(1) ?? Promise.resolve(0))
  expect(await run()).toBe(1)
  for (const name of ['b', 'c', 'd']) fleet.start(name)
  await fleet.untilTrue(() => fleet.voters().length === 3)
  const grown = fleet.voters()
  expect(await run()).toBe(2)

  // Whoever leads, or follows: each of them can go.
  const gone = grown[1] ?? ''
  await fleet.stop(gone, 'dead')
  await fleet.untilTrue(() => fleet.voters().length === 3 && !fleet.voters().includes(gone))
  expect(await run()).toBe(3)

  fleet.start('e')
  const thrown = fleet.voters()[0] ?? ''
  await fleet.stop(thrown, 'removed')
  await fleet.untilTrue(() => fleet.voters().length === 3 && !fleet.voters().includes(thrown))
  expect(await run()).toBe(4)
  expect(fleet.voters()).toMatch(/^[a-e]{3}$/)
})
