import { assert } from '../errors/index.ts'
import { DeadlineHeap } from '../machines/index.ts'
import type { Clock, Millis, WallMillis } from '../time/index.ts'

export interface ManualClockSettings {
  /** What `now` says at first. 0 by default. */
  readonly nowMs?: number
  /** What the calendar says at first. 2025-01-01T00:00:00Z by default. */
  readonly wallMs?: number
}

const newYear2025Ms = 1_735_689_600_000

/** More wakes than this in one move are taken for a timer that always sets itself again. */
const wakesPerMoveMax = 1_000_000

/** A clock that moves only when told. */
export class ManualClock implements Clock {
  readonly #timers = new DeadlineHeap<() => void>()
  #nowMs: number
  /** The calendar minus `#nowMs`. */
  #wallOffsetMs: number

  constructor(settings: ManualClockSettings = {}) {
    this.#nowMs = settings.nowMs ?? 0
    this.#wallOffsetMs = (settings.wallMs ?? newYear2025Ms) - this.#nowMs
  }

  now(): Millis {
    return this.#nowMs as Millis
  }

  wallNow(): WallMillis {
    return (this.#nowMs + this.#wallOffsetMs) as WallMillis
  }

  wakeAt(at: Millis, wake: () => void): Disposable {
    assert(!Number.isNaN(at), 'a wake is due at a time')
    if (at === Infinity) return { [Symbol.dispose]: () => {} }
    const timer = this.#timers.push(at, wake)
    return { [Symbol.dispose]: () => void this.#timers.remove(timer) }
  }

  /** How many wakes are due some time: 0 when everything has let go of its timers. */
  get timersWaiting(): number {
    return this.#timers.size
  }

  /** When the first timer is due. */
  get nextWakeAt(): Millis | undefined {
    return this.#timers.peek()?.at
  }

  /** Moves on by so much, as `advanceTo` does. */
  advance(durationMs: number): void {
    this.advanceTo((this.#nowMs + durationMs) as Millis)
  }

  /**
   * Moves on to this time, and on the way calls every wake that comes due, also those that are set on the way: in order
   * of time, then of creation, each while the clock says the time for which it was set.
   */
  advanceTo(at: Millis): void {
    assert(Number.isFinite(at) && at >= this.#nowMs, 'a clock moves forward, to a finite time')
    let wakes = 0
    for (let due = this.#timers.popDue(at); due !== undefined; due = this.#timers.popDue(at)) {
      assert(++wakes <= wakesPerMoveMax, 'no timer sets itself again and again for the same time')
      this.#nowMs = Math.max(this.#nowMs, due.at)
      due.value()
    }
    // A wake may itself have moved the clock.
    this.#nowMs = Math.max(this.#nowMs, at)
  }

  /** Sets the calendar, to before or after what it said; `now` stays and no timer is moved. */
  setWall(wallMs: number): void {
    this.#wallOffsetMs = wallMs - this.#nowMs
  }
}
