import type { DiskFailure, DiskFaults, DiskOperation } from '@flotilla/core/testing'
import type { Prng } from '@flotilla/core/random'
import { within, type Range } from './fault-plan.ts'

/** What a disk's weather needs of the world. */
export interface DiskWorld {
  nowMs(): number
  /** Runs `finish` on the disk's host at that time: later if it is paused, never if it is dead by then. */
  finishAt(atMs: number, finish: () => void): void
  note(what: string, detail: string): void
}

const bytesPerMs = 200_000

/** How long a simulated disk takes, and how it fails, as the faults of the moment say. */
export class DiskWeather implements DiskFaults {
  readonly #world: DiskWorld
  readonly #random: Prng
  latencyMs: Range
  /** Nothing that takes room succeeds while it is set. */
  isFull = false
  /** The next sync fails. */
  failsNextSync = false
  #stalled = false
  /** What a stalled disk does not finish, oldest first. */
  #waiting: (() => void)[] = []

  constructor(world: DiskWorld, random: Prng, latencyMs: Range) {
    this.#world = world
    this.#random = random
    this.latencyMs = latencyMs
  }

  get stalled(): boolean {
    return this.#stalled
  }

  set stalled(stalled: boolean) {
    this.#stalled = stalled
    if (stalled) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const finish of waiting) this.#world.finishAt(this.#world.nowMs(), finish)
  }

  begin(operation: DiskOperation, finish: (failure?: DiskFailure) => void): void {
    const tookMs = within(this.#random, this.latencyMs) + operation.bytes / bytesPerMs
    const end = (): void => {
      if (this.#stalled) return void this.#waiting.push(end)
      const failure = this.#failureOf(operation)
      this.#world.note(
        failure === undefined ? operation.type : `${operation.type} failed`,
        `${operation.path} ${operation.position}+${operation.bytes}`,
      )
      finish(failure)
    }
    this.#world.finishAt(this.#world.nowMs() + tookMs, end)
  }

  /** The machine lost power: nobody waits for what was stalled. */
  forget(): void {
    this.#waiting = []
  }

  #failureOf(operation: DiskOperation): DiskFailure | undefined {
    if (operation.type === 'sync' && this.failsNextSync) {
      this.failsNextSync = false
      return { code: 'io-failed' }
    }
    if (!this.isFull) return undefined
    if (operation.type === 'replace') return { code: 'disk-full' }
    if (operation.type !== 'write') return undefined
    return { code: 'disk-full', bytesWritten: this.#random.below(operation.bytes + 1) }
  }
}
