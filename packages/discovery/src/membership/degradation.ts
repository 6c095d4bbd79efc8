import type { Millis } from '@flotilla/core/time'
import type { MembershipSettings } from './settings.ts'

/**
 * Whether we see less than a majority of those we know: who is in the smaller part of a cluster that fell apart must
 * not decide anything. It takes a while either way, so that a member that hesitates does not make everybody hesitate.
 */
export class Degradation {
  readonly #settings: MembershipSettings
  #isDegraded = false
  /** Since when the opposite is the case. */
  #changingSince: Millis | undefined

  constructor(settings: MembershipSettings) {
    this.#settings = settings
  }

  get isDegraded(): boolean {
    return this.#isDegraded
  }

  /** When it would change, if nothing else does. */
  get deadline(): Millis {
    if (this.#changingSince === undefined) return Infinity as Millis
    const { degradedAfterMs, recoveredAfterMs } = this.#settings
    return (this.#changingSince + (this.#isDegraded ? recoveredAfterMs : degradedAfterMs)) as Millis
  }

  /** `seen` of `known` members answer, ourselves included. Returns whether `isDegraded` changed. */
  see(now: Millis, seen: number, known: number): boolean {
    const isMinority = seen * 2 <= known
    if (isMinority === this.#isDegraded) {
      this.#changingSince = undefined
      return false
    }
    this.#changingSince ??= now
    if (now < this.deadline) return false
    this.#isDegraded = isMinority
    this.#changingSince = undefined
    return true
  }
}
