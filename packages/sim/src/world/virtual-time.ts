import { DeadlineHeap } from '@flotilla/core/machines'
import { assert } from '@flotilla/core/errors'
import type { Millis } from '@flotilla/core/time'

/** Whose event it is: a dead owner's events never run, a paused owner's run when it resumes, in their order. */
export interface EventOwner {
  readonly state: 'running' | 'paused' | 'dead'
  defer(run: () => void): void
}

interface ScheduledEvent {
  readonly owner: EventOwner | undefined
  readonly run: () => void
}

/** Time that stands still while code runs and jumps to the next event. It moves in whole microseconds, never back. */
export class VirtualTime {
  #nowMs = 0
  readonly #heap = new DeadlineHeap<ScheduledEvent>()
  /** What paused owners could not run, once they resumed: before anything else, in its order. */
  readonly #resumed: ScheduledEvent[] = []

  get nowMs(): number {
    return this.#nowMs
  }

  /** Runs it at that time or, if that is past, next in line for now. */
  schedule(atMs: number, run: () => void, owner?: EventOwner): Disposable {
    assert(Number.isFinite(atMs), 'an event has a time')
    const deadline = this.#heap.push(wholeMicrosMs(Math.max(atMs, this.#nowMs)) as Millis, { owner, run })
    return { [Symbol.dispose]: () => void this.#heap.remove(deadline) }
  }

  /** Hands back what an owner deferred while it was paused. */
  resume(owner: EventOwner, deferred: readonly (() => void)[]): void {
    for (const run of deferred) this.#resumed.push({ owner, run })
  }

  /** Runs the next event at or before `untilMs` and returns true; or moves to `untilMs` and returns false. */
  step(untilMs: number): boolean {
    for (;;) {
      const event = this.#resumed.shift() ?? this.#next(untilMs)
      if (event === undefined) {
        this.#nowMs = Math.max(this.#nowMs, untilMs)
        return false
      }
      if (event.owner === undefined || event.owner.state === 'running') {
        event.run()
        return true
      }
      if (event.owner.state === 'paused') event.owner.defer(event.run)
    }
  }

  #next(untilMs: number): ScheduledEvent | undefined {
    const due = this.#heap.popDue(untilMs as Millis)
    if (due !== undefined) this.#nowMs = Math.max(this.#nowMs, due.at)
    return due?.value
  }
}

/** Not before `atMs`, which the product alone may be by a hair: 5388.6630000000005 times 1,000 is a whole number. */
function wholeMicrosMs(atMs: number): number {
  const micros = Math.ceil(atMs * 1_000)
  return micros / 1_000 < atMs ? (micros + 1) / 1_000 : micros / 1_000
}
