import type { EventOwner, VirtualTime } from './virtual-time.ts'

/** One life of a host's process, from a start to the crash or stop that ends it. */
export class Incarnation implements EventOwner {
  readonly number: number
  readonly #time: VirtualTime
  /** How many faults pause it at the moment. */
  #pauses = 0
  #dead = false
  /** What came due while it was paused, in order. */
  #deferred: (() => void)[] = []

  constructor(number: number, time: VirtualTime) {
    this.number = number
    this.#time = time
  }

  get state(): 'running' | 'paused' | 'dead' {
    if (this.#dead) return 'dead'
    return this.#pauses > 0 ? 'paused' : 'running'
  }

  defer(run: () => void): void {
    this.#deferred.push(run)
  }

  pause(): void {
    this.#pauses++
  }

  resume(): void {
    this.#pauses = Math.max(0, this.#pauses - 1)
    if (this.state !== 'running') return
    this.#time.resume(this, this.#deferred)
    this.#deferred = []
  }

  die(): void {
    this.#dead = true
    this.#deferred = []
  }
}
