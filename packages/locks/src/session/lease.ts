import { after, type Millis } from '@flotilla/core/time'

export interface LeaseTerms {
  readonly ttlMs: number
  readonly clockDriftPermille: number
  readonly leaseMarginMs: number
}

/**
 * The holder's side of a session's lease: until when may it believe that the service keeps what it holds?
 *
 * Safety: it counts from the moment when it *sent* what opened or renewed the session, on its own clock, less what the
 * clocks may differ by; the service counts from when it *applied* that, which is later, on the clock of its log, which
 * does not run faster than the leader's. So the holder always stops first, whatever happens to the messages between. It
 * owns no timer: it is asked, and answers for the time that it is told.
 */
export class Lease {
  readonly #terms: LeaseTerms
  /** The latest sending that was answered counts; it only ever moves forward. */
  #sentAt: Millis
  #isOver = false

  /** `sentAt` is when the opening of the session was sent. */
  constructor(terms: LeaseTerms, sentAt: Millis) {
    this.#terms = terms
    this.#sentAt = sentAt
  }

  /** The first moment at which the holder must not hold anything any more. */
  get end(): Millis {
    const { ttlMs, clockDriftPermille, leaseMarginMs } = this.#terms
    return after(this.#sentAt, (ttlMs * (1_000 - clockDriftPermille)) / 1_000 - leaseMarginMs)
  }

  /** When to send the next renewal, if the one before was answered. */
  get renewAt(): Millis {
    return after(this.#sentAt, this.#terms.ttlMs / 3)
  }

  /** Once over, it is over for ever: a renewal that is answered later gives nothing back (etcd#11456). */
  isOver(now: Millis): boolean {
    if (now >= this.end) this.#isOver = true
    return this.#isOver
  }

  /** A renewal that was sent at `sentAt` has been answered now. */
  renewed(now: Millis, sentAt: Millis): void {
    if (this.isOver(now) || sentAt <= this.#sentAt) return
    this.#sentAt = sentAt
  }
}
