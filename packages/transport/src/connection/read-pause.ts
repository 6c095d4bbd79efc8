import { after, type Clock } from '@flotilla/core/time'
import type { SessionRate } from '../broadcast/session-rate.ts'
import type { Link } from '../links.ts'

/** Why nothing is read for a while: the far side does not read what it is told, or it has talked too fast. */
type PauseReason = 'replies' | 'rate'

/** Whether a link is read from. What is not read TCP holds up, so that the far side has to wait. */
export class ReadPause {
  readonly #link: Link
  readonly #clock: Clock
  readonly #rate: SessionRate | undefined
  readonly #reasons = new Set<PauseReason>()
  #timer: Disposable | undefined

  constructor(link: Link, clock: Clock, rate: SessionRate | undefined) {
    this.#link = link
    this.#clock = clock
    this.#rate = rate
  }

  get isPaused(): boolean {
    return this.#reasons.size > 0
  }

  /** So much has come. */
  spend(messages: number, bytes: number): void {
    const pauseMs = this.#rate?.spend(this.#clock.now(), messages, bytes) ?? 0
    if (pauseMs <= 0) return
    this.set('rate', true)
    this.#timer?.[Symbol.dispose]()
    this.#timer = this.#clock.wakeAt(after(this.#clock.now(), pauseMs), () => this.set('rate', false))
  }

  set(reason: PauseReason, isPaused: boolean): void {
    const before = this.isPaused
    if (isPaused) this.#reasons.add(reason)
    else this.#reasons.delete(reason)
    if (this.isPaused === before) return
    if (before) this.#link.resume()
    else this.#link.pause()
  }

  /** For good: else the closing of the link would go unnoticed. */
  end(): void {
    this.#timer?.[Symbol.dispose]()
    this.set('rate', false)
    this.set('replies', false)
  }
}
