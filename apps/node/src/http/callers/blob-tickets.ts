import { FlotillaError } from '@flotilla/core/errors'
import type { Entropy } from '@flotilla/core/random'
import { after, type Clock, type Millis } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../../limits.ts'
import type { Caller } from '../caller.ts'
import { digestOf, drawSecret } from './secret.ts'

export interface BlobTicket {
  readonly ticket: string
  readonly expiresAt: string
}

/** What a browser has shown, and for which blob: a name or an id, as it asks for it. */
export interface ShownTicket {
  readonly ticket: string
  readonly ref: string
}

interface Made {
  readonly expiry: Millis
  /** Of the session, whose own it is. */
  readonly ended: AbortSignal
  readonly ref: string
}

/**
 * Tickets with which a browser fetches a blob by a link, where it can send the cookie and no secret: each is for one
 * session, one blob and one download in the next minute. Only digests are kept.
 */
export class BlobTickets {
  readonly #entropy: Entropy
  readonly #clock: Clock
  /** By the digest of the ticket, the oldest first; at most `blobTicketsMax`. */
  readonly #made = new Map<string, Made>()

  constructor({ entropy, clock }: { readonly entropy: Entropy; readonly clock: Clock }) {
    this.#entropy = entropy
    this.#clock = clock
  }

  get size(): number {
    return this.#made.size
  }

  make({ via, ended }: Caller, ref: string): BlobTicket {
    if (via !== 'session' || ended === undefined) {
      throw new FlotillaError('wrong-request', 'a ticket is for the session of a browser', {
        hint: 'fetch the blob by what this was asked with',
      })
    }
    const { blobTicketMs } = nodeLimitsDefaults
    this.#makeRoom(ended)
    const ticket = drawSecret(this.#entropy)
    this.#made.set(keyOf(ticket), { expiry: after(this.#clock.now(), blobTicketMs), ended, ref })
    return { ticket, expiresAt: new Date(this.#clock.wallNow() + blobTicketMs).toISOString() }
  }

  /** Whether it is good, for this session and this blob; it is not any more then. */
  redeem({ ticket, ref }: ShownTicket, { ended }: Caller): boolean {
    const key = keyOf(ticket)
    const made = this.#made.get(key)
    // One that somebody else shows is not good for anybody any more.
    this.#made.delete(key)
    return made !== undefined && !this.#isOver(made) && made.ended === ended && made.ref === ref
  }

  /** One session cannot push the tickets of all others out. */
  #makeRoom(ended: AbortSignal): void {
    const { blobTicketsMax, blobTicketsPerSessionMax } = nodeLimitsDefaults
    for (const [key, made] of this.#made) if (this.#isOver(made)) this.#made.delete(key)
    const own = [...this.#made].filter(([, made]) => made.ended === ended)
    const [oldest] = this.#made.keys()
    const leaves = own.length >= blobTicketsPerSessionMax ? own[0]?.[0] : oldest
    const isFull = own.length >= blobTicketsPerSessionMax || this.#made.size >= blobTicketsMax
    if (isFull && leaves !== undefined) this.#made.delete(leaves)
  }

  #isOver({ expiry, ended }: Made): boolean {
    return this.#clock.now() >= expiry || ended.aborted
  }
}

function keyOf(ticket: string): string {
  return digestOf(ticket).toString('base64url')
}
