import { Prng } from '@flotilla/core/random'
import { memoryDisk, type DiskFailure, type DiskOperation, type MemoryDisk } from '@flotilla/core/testing'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { drawnWrite } from '../testing/storage-conformance/drawn-writes.ts'
import { GroupsTwin } from '../testing/storage-conformance/groups-twin.ts'
import { openDiskStorage } from './disk-storage.ts'
import type { RaftStorage } from './storage.ts'

const seedsTotal = 120
const livesPerSeed = 5

interface Waiting {
  readonly operation: DiskOperation
  readonly finish: (failure?: DiskFailure) => void
}

/** A few nodes, one after the other, on one disk that is slow, fails, fills and loses what was not synced. */
class World {
  readonly prng: Prng
  readonly memory: MemoryDisk
  readonly twin = new GroupsTwin()
  readonly outcomes = new Set<string>()
  #waiting: Waiting[] = []
  /** How many of a thousand operations that may fail do. */
  readonly #failures: number
  readonly #limits: { segmentBytes: number; openingSegmentBytes: number; readyBytes: number; readBytes: number }

  constructor(seed: number) {
    const prng = new Prng(seed)
    this.prng = prng
    this.#failures = prng.pick([0, 0, 2, 20])
    this.#limits = {
      segmentBytes: prng.pick([4_096, 8_192, 20_000]),
      openingSegmentBytes: 4_096,
      readyBytes: prng.pick([512, 2_000, 8_192]),
      readBytes: prng.pick([4_096, 5_000, 65_536]),
    }
    this.memory = memoryDisk({
      faults: { begin: (operation, finish) => void this.#waiting.push({ operation, finish }) },
    })
  }

  async live(): Promise<void> {
    this.#waiting = []
    const { prng, memory, twin } = this
    memory.capacityBytes = prng.chance(1, 8) ? prng.between(10_000, 60_000) : Infinity
    const opening = openDiskStorage({
      disk: memory.open(),
      entropy: { bytes: (length) => prng.bytes(length) },
      limits: { ...this.#limits, batchBytesMax: prng.pick([1_024, 4_096, 100_000]) },
    })
    const patience = prng.chance(1, 4) ? prng.between(1, 80) : Infinity
    const storage = await this.#stepUntil(opening, patience)
    if (storage !== undefined) {
      if (twin.adopt(storage) > 0) this.outcomes.add('lost what had not resolved')
      for (let turn = prng.between(1, 250); turn > 0; turn--) await this.#turn(storage)
      if (prng.chance(1, 4)) await this.#stepUntil(storage[Symbol.asyncDispose](), Infinity)
    }
    if (prng.chance(2, 3)) memory.crash(prng)
    else memory.kill(prng)
  }

  async #turn(storage: RaftStorage): Promise<void> {
    const { prng, twin } = this
    if (prng.chance(2, 3)) return this.#step()
    // Each is drawn from what those before it leave.
    const calls: Promise<void>[] = []
    for (let count = prng.between(1, 3); count > 0; count--) {
      const write = drawnWrite(prng, twin, [0, 1, 40, 300, prng.pick([300, 2_000, 9_000])])
      const acknowledge = twin.give([write])
      calls.push(storage.write([write]).then(acknowledge))
      if (write.snapshot !== undefined) this.outcomes.add('compacted')
    }
    for (const call of calls) {
      call.then(
        () => this.outcomes.add('acknowledged'),
        (error: unknown) => this.#failed(error),
      )
    }
  }

  /** What the promise gives; undefined if it rejects, or if its patience is over before. */
  async #stepUntil<Result>(promise: PromiseLike<Result>, patience: number): Promise<Result | undefined> {
    const outcome: { settled?: { readonly result?: Result } } = {}
    promise.then(
      (result) => (outcome.settled = { result }),
      (error: unknown) => {
        this.#failed(error)
        outcome.settled = {}
      },
    )
    for (let steps = 0; outcome.settled === undefined && steps < patience; steps++) await this.#step()
    return outcome.settled?.result
  }

  /** Lets one of the operations that wait be over. */
  async #step(): Promise<void> {
    await setImmediate()
    if (this.#waiting.length === 0) return
    const [next] = this.#waiting.splice(this.prng.below(this.#waiting.length), 1)
    next?.finish(this.#failure(next.operation))
    await setImmediate()
  }

  #failure({ type, bytes }: DiskOperation): DiskFailure | undefined {
    const { prng } = this
    if (!prng.chance(this.#failures, 1_000)) return undefined
    if (type === 'write') return { code: prng.pick(['disk-full', 'io-failed']), bytesWritten: prng.below(bytes + 1) }
    if (type === 'read' || type === 'get' || type === 'list' || type === 'open') return { code: 'io-failed' }
    return { code: 'io-failed', happens: prng.chance(1, 2) }
  }

  #failed(error: unknown): void {
    const { code } = error as { readonly code?: string }
    this.outcomes.add(code === undefined || code === 'corrupt' ? `corrupt: ${String(error)}` : code)
  }
}

test(`${seedsTotal} worlds: what resolved survives every crash, and what is left is a prefix`, async () => {
  const outcomes = new Map<string, number>()
  for (let seed = 1; seed <= seedsTotal; seed++) {
    const world = new World(seed)
    try {
      for (let life = 0; life < livesPerSeed; life++) await world.live()
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
    for (const outcome of world.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    expect([...world.outcomes].join(' '), `seed ${seed}`).not.toContain('corrupt')
  }
  // The worlds were hard enough: each thing that can happen did, and nothing else.
  expect([...outcomes.keys()].toSorted()).toEqual([
    'acknowledged',
    'compacted',
    'disk-full',
    'io-failed',
    'lost what had not resolved',
  ])
})
