import { Prng } from '@flotilla/core/random'
import { ManualClock, memoryDisk, type DiskFailure, type DiskOperation, type MemoryDisk } from '@flotilla/core/testing'
import { setImmediate } from 'node:timers/promises'
import { codeOf } from '../../store/errors.ts'
import type { Vault } from '../contract.ts'
import { createVault } from '../create-vault.ts'
import { BlobLife } from './blob-life.ts'
import { BlobsTwin } from './blobs-twin.ts'
import { keysUpTo, workshopWith } from './node-vault-bench.ts'
import { PlainCatalogue, plainTables, type PlainTables } from './plain-catalogue.ts'

const tasksMax = 6
/** So often nothing may wait, while something works that waits for nothing. */
const idleStepsMax = 100

/** What may be over next: an operation of the disk, in any order, or the oldest call of the catalogue. */
interface Waiting {
  readonly finish: () => void
}

/** A few stores, one after the other, on one disk that is slow, fails, fills and loses what was not synced. */
export class CrashWorld {
  readonly prng: Prng
  readonly memory: MemoryDisk
  readonly tables: PlainTables = plainTables()
  readonly twin: BlobsTwin
  readonly outcomes: Set<string> = new Set()
  /** How many of a thousand operations that may fail do. */
  readonly #failures: number
  readonly #readsFail: boolean
  #disk: Waiting[] = []
  #calls: Waiting[] = []
  #keyEpoch = 1
  #unexpected: unknown

  constructor(seed: number) {
    const prng = new Prng(seed)
    this.prng = prng
    this.twin = new BlobsTwin(prng)
    this.#failures = prng.pick([0, 0, 2, 20])
    this.#readsFail = prng.chance(1, 3)
    this.memory = memoryDisk({
      faults: {
        begin: (operation, finish) => {
          this.#disk.push({ finish: () => finish(this.#failure(operation)) })
        },
      },
    })
  }

  async live(): Promise<void> {
    const { prng, memory, twin } = this
    this.#disk = []
    this.#calls = []
    memory.capacityBytes = Infinity
    const { life, vault } = this.#begin()
    // What the last crash left is looked at before anything is done, and told from what was promised.
    twin.adopt(this.tables)
    await this.#stepUntil(life.readAll())
    memory.capacityBytes = prng.chance(1, 6) ? prng.between(8_000, 60_000) : Infinity
    const tasks = new Set<Promise<void>>()
    for (let turn = prng.between(1, 300); turn > 0; turn--) {
      if (tasks.size < tasksMax && prng.chance(1, 6)) {
        const task = this.#task(life).then(
          (outcome) => void this.outcomes.add(outcome),
          (error: unknown) => this.#failed(error),
        )
        tasks.add(task)
        void task.then(() => tasks.delete(task))
      } else await this.#step()
    }
    if (prng.chance(1, 4)) {
      await this.#stepUntil(Promise.all(tasks))
      await this.#stepUntil(vault[Symbol.asyncDispose]())
    }
    if (prng.chance(2, 3)) memory.crash(prng)
    else memory.kill(prng)
  }

  /** Nothing fails any more: all that was promised is there, and what is not needed is gone. */
  async rest(): Promise<void> {
    this.#disk = []
    this.#calls = []
    this.memory.capacityBytes = Infinity
    const { life } = this.#begin()
    this.twin.adopt(this.tables)
    await this.#stepUntil(life.readAll())
    await this.#stepUntil(life.collect())
    await this.#stepUntil(life.readAll())
  }

  #begin(): { readonly life: BlobLife; readonly vault: Vault } {
    const { prng, memory, tables, twin } = this
    const catalogue = new PlainCatalogue(
      tables,
      (effect) =>
        new Promise((resolve, reject) => {
          const finish = (): void => {
            try {
              resolve(effect())
            } catch (error) {
              reject(error)
            }
          }
          this.#calls.push({ finish })
        }),
    )
    const workshop = workshopWith(prng, keysUpTo(this.#keyEpoch))
    const disk = memory.open()
    const vault = createVault({
      disk,
      catalogue: catalogue.whole,
      workshop,
      entropy: { bytes: (length) => prng.bytes(length) },
      clock: new ManualClock(),
      limits: {
        packBytesMax: prng.pick([1_024, 4_096, 20_000]),
        writeBytesMax: prng.pick([512, 4_096]),
        readRunBytesMax: prng.pick([512, 2_048, 65_536]),
        readGapBytesMax: prng.pick([0, 200]),
        openFilesMax: prng.pick([1, 4]),
        readsMax: prng.pick([1, 3]),
        bytesUnderWayMax: prng.pick([1, 1_000, 100_000]),
        rowsPendingMax: prng.pick([1, 3, 100]),
        pageRows: prng.pick([1, 3, 100]),
        smallPacksMax: prng.pick([1, 16]),
        livePercentMin: prng.pick([60, 100]),
      },
    })
    const rotate = (): void => {
      this.#keyEpoch++
      workshop.useKeys(keysUpTo(this.#keyEpoch))
    }
    return { life: new BlobLife({ prng, vault, catalogue, tables, twin, rotate }), vault }
  }

  #task(life: BlobLife): Promise<string> {
    const { prng } = this
    const kind = prng.below(20)
    if (kind < 9) return life.put()
    if (kind < 11) return life.touchRoot()
    if (kind < 13) return life.delete()
    if (kind < 16) return life.collect()
    if (kind < 18) return life.read()
    if (kind < 19) return life.reseal()
    return this.#readsFail ? life.read() : life.scrub()
  }

  async #stepUntil(promise: PromiseLike<unknown>): Promise<void> {
    const state = { isSettled: false }
    promise.then(
      () => (state.isSettled = true),
      (error: unknown) => {
        state.isSettled = true
        this.#failed(error)
      },
    )
    let idle = 0
    while (!state.isSettled) {
      idle = (await this.#step()) ? 0 : idle + 1
      if (idle > idleStepsMax) throw new Error('nothing is under way, and it is not over')
    }
    this.#check()
  }

  #check(): void {
    if (this.#unexpected !== undefined) throw new Error('what nobody expects', { cause: this.#unexpected })
  }

  /** Lets one of the things that wait be over; whether there was one. */
  async #step(): Promise<boolean> {
    await setImmediate()
    this.#check()
    const { prng } = this
    const waits = this.#disk.length + (this.#calls.length > 0 ? 1 : 0)
    if (waits === 0) return false
    const drawn = prng.below(waits)
    const next = drawn < this.#disk.length ? this.#disk.splice(drawn, 1)[0] : this.#calls.shift()
    next?.finish()
    await setImmediate()
    return true
  }

  #failure({ type, bytes }: DiskOperation): DiskFailure | undefined {
    const { prng } = this
    if (!prng.chance(this.#failures, 1_000)) return undefined
    if (type === 'write') return { code: prng.pick(['disk-full', 'io-failed']), bytesWritten: prng.below(bytes + 1) }
    if (type === 'open' || type === 'read' || type === 'get' || type === 'list') {
      return this.#readsFail ? { code: 'io-failed' } : undefined
    }
    return { code: 'io-failed', happens: prng.chance(1, 2) }
  }

  #failed(error: unknown): void {
    const code = codeOf(error)
    if (code !== undefined && expected.has(code)) this.outcomes.add(code)
    else this.#unexpected ??= error
  }
}

const expected: ReadonlySet<string> = new Set(['disk-full', 'io-failed', 'poisoned', 'overloaded', 'closed'])
