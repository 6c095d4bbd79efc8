import { after, type Millis } from '@flotilla/core/time'
import type { TransportLimits } from '../limits.ts'

export interface Signs {
  /** Whether bytes wait here for the far side. */
  readonly waiting: boolean
  /** Whether it is us who do not read. */
  readonly paused: boolean
}

export type Verdict =
  /** Go on, and ask for a sign of life. */
  | 'beat'
  /** Nothing was heard for too long. */
  | 'silent'
  /** Nothing was taken for too long. */
  | 'stalled'

/**
 * Whether the far side of a connection still lives. Time in which this process did not run, or did not read, does not
 * count as silence: what came meanwhile waits to be read.
 */
export class Liveness {
  readonly #limits: TransportLimits
  #heardAt: Millis
  /** When the far side last took something, or nothing waited for it. */
  #tookAt: Millis
  #nextBeatAt: Millis
  /** Until when it must be heard from, if we have reason to doubt. */
  #provesItselfBy: Millis | undefined

  constructor(limits: TransportLimits, now: Millis) {
    this.#limits = limits
    this.#heardAt = now
    this.#tookAt = now
    this.#nextBeatAt = after(now, limits.heartbeatEveryMs)
  }

  deadline(): Millis {
    return Math.min(this.#nextBeatAt, this.#provesItselfBy ?? Infinity) as Millis
  }

  heard(now: Millis): void {
    this.#heardAt = now
    this.#provesItselfBy = undefined
  }

  took(now: Millis): void {
    this.#tookAt = now
  }

  /** Its other end may be gone: it has less time than usual to show that it lives. */
  doubt(now: Millis): void {
    this.#provesItselfBy ??= after(now, this.#limits.suspectAfterMs)
  }

  isSuspected(now: Millis): boolean {
    return now - this.#heardAt >= this.#limits.suspectAfterMs
  }

  /** To be called at the deadline, and no sooner. */
  step(now: Millis, { waiting, paused }: Signs): Verdict {
    const { heartbeatEveryMs, deadAfterMs, stallAfterMs } = this.#limits
    const lateMs = now - this.deadline()
    if (lateMs > heartbeatEveryMs) this.#forgive(lateMs)
    if (paused) this.#heardAt = now
    if (!waiting) this.#tookAt = now
    this.#nextBeatAt = after(now, heartbeatEveryMs)
    if (now - this.#heardAt >= deadAfterMs || now >= (this.#provesItselfBy ?? Infinity)) return 'silent'
    return now - this.#tookAt >= stallAfterMs ? 'stalled' : 'beat'
  }

  #forgive(lateMs: number): void {
    this.#heardAt = after(this.#heardAt, lateMs)
    this.#tookAt = after(this.#tookAt, lateMs)
    if (this.#provesItselfBy !== undefined) this.#provesItselfBy = after(this.#provesItselfBy, lateMs)
  }
}
