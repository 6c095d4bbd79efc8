import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { diskPath } from '../disk/index.ts'
import { Prng } from '../random/index.ts'
import { memoryDisk, type DiskFailure, type DiskOperation, type MemoryDisk } from '../testing/memory-disk/index.ts'
import { openRecordLog, type RecordLog } from './index.ts'

const path = diskPath('log')
const seedsTotal = 3_000
const livesPerSeed = 4

interface Waiting {
  readonly operation: DiskOperation
  readonly finish: (failure?: DiskFailure) => void
}

/** What a log should hold, as plainly as it can be said. */
class Twin {
  /** Everything that may be in the log, in order. */
  appended: Uint8Array[] = []
  /** How many of those must be. */
  acknowledged = 0

  check(found: readonly Uint8Array[]): void {
    assert.ok(found.length >= this.acknowledged, `${found.length} of ${this.acknowledged} acknowledged records`)
    assert.ok(found.length <= this.appended.length, 'more than was appended')
    for (const [index, bytes] of found.entries()) {
      assert.deepEqual(Buffer.from(bytes), Buffer.from(this.appended[index] ?? []), `record ${index}`)
    }
    this.appended = [...found]
    this.acknowledged = found.length
  }
}

/** A few processes, one after the other, on one disk that is slow, fails, fills and loses what was not synced. */
class World {
  readonly prng: Prng
  readonly memory: MemoryDisk
  readonly twin = new Twin()
  readonly outcomes = new Set<string>()
  #waiting: Waiting[] = []
  /** How many of a hundred operations that may fail do. */
  readonly #failures: number

  constructor(seed: number) {
    this.prng = new Prng(seed)
    this.#failures = this.prng.pick([0, 3, 10, 40])
    this.memory = memoryDisk({
      faults: { begin: (operation, finish) => void this.#waiting.push({ operation, finish }) },
    })
  }

  async live(): Promise<void> {
    this.#waiting = []
    const { prng } = this
    const lifetime = prng.between(1, 40)
    const opening = openRecordLog({
      disk: this.memory.open(),
      path,
      entropy: { bytes: (length) => prng.bytes(length) },
      limits: { recordBytesMax: 4_000, bufferedBytesMax: 20_000, readBytes: prng.pick([4_096, 5_000, 65_536]) },
    })
    const log = await this.#stepUntil(opening, () => prng.below(60) > 0)
    const records = log && (await this.#stepUntil(this.#readAll(log), () => true))
    if (log && records) {
      this.twin.check(records)
      for (let turn = 0; turn < lifetime; turn++) await this.#turn(log)
    }
    if (prng.chance(2, 3)) this.memory.crash(prng)
    else this.memory.kill(prng)
  }

  async #turn(log: RecordLog): Promise<void> {
    const { prng, twin } = this
    const action = prng.below(10)
    if (action < 3) {
      const records = Array.from({ length: prng.between(1, 5) }, () => this.#record())
      try {
        log.append(records)
        twin.appended.push(...records)
      } catch (error) {
        this.#expected(error)
      }
    } else if (action < 5) {
      const covered = twin.appended.length
      const acknowledge = (): void => {
        twin.acknowledged = Math.max(twin.acknowledged, covered)
        this.outcomes.add('acknowledged')
      }
      log.sync().then(acknowledge, (error: unknown) => this.#expected(error))
    } else await this.#step()
  }

  #record(): Uint8Array {
    const { prng } = this
    const length = prng.pick([0, 1, 4, 30, 200, 700, 2_500])
    return prng.chance(1, 3) ? new Uint8Array(length) : prng.bytes(length)
  }

  /** What the promise gives; undefined if it rejects, or if its patience is over before. */
  async #stepUntil<Result>(promise: Promise<Result>, patient: () => boolean): Promise<Result | undefined> {
    const outcome: { settled?: { readonly result?: Result } } = {}
    promise.then(
      (result) => (outcome.settled = { result }),
      (error: unknown) => {
        this.#expected(error)
        outcome.settled = {}
      },
    )
    while (outcome.settled === undefined && patient()) await this.#step()
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
    if (!prng.chance(this.#failures, 100)) return undefined
    if (type === 'write') return { code: 'disk-full', bytesWritten: prng.below(bytes + 1) }
    return type === 'sync' || type === 'truncate' ? { code: 'io-failed' } : undefined
  }

  async #readAll(log: RecordLog): Promise<Uint8Array[]> {
    const records: Uint8Array[] = []
    for await (const { bytes } of log.records()) records.push(bytes)
    if (log.recovered.droppedBytes > 0) this.outcomes.add('torn')
    assert.equal(records.length, log.recovered.records)
    return records
  }

  #expected(error: unknown): void {
    this.outcomes.add((error as { readonly code?: string }).code ?? String(error))
  }
}

test(`${seedsTotal} worlds: what was acknowledged survives every crash, and nothing else appears`, async () => {
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
    'disk-full',
    'io-failed',
    'overloaded',
    'poisoned',
    'torn',
  ])
})
