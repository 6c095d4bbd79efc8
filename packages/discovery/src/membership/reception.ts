import { ProtocolError, unreachable } from '@flotilla/core/errors'
import { TokenBucket } from '@flotilla/core/machines'
import type { Millis } from '@flotilla/core/time'
import type { Beliefs, ClaimOutcome, RecordOutcome } from './beliefs.ts'
import type { Departure } from './departure.ts'
import type { Emit, MembershipInput } from './effect.ts'
import type { ExchangeSchedule } from './exchange-schedule.ts'
import type { Meetings } from './meetings.ts'
import type { MemberEntry, MemberTable } from './member-table.ts'
import type { EncodedGossip } from './messages.ts'
import type { OwnRecord } from './own-record.ts'
import type { Post } from './post.ts'
import type { Prober } from './prober.ts'

export interface ReceptionOptions {
  readonly table: MemberTable
  readonly own: OwnRecord
  readonly beliefs: Beliefs
  readonly post: Post
  readonly prober: Prober
  readonly departure: Departure
  readonly schedule: ExchangeSchedule
  readonly meetings: Meetings
  readonly emit: Emit
}

/** Newer records that are sent back to those who tell old claims, in a second. */
const correctionsPerSecondMax = 50
/** Wrong pieces of gossip in one packet after which the rest of it, and its message, is not looked at. */
const refusedPiecesMax = 4

/** What comes in: first the gossip, then what the message is for, so that an answer knows the newest. */
export class Reception {
  readonly #options: ReceptionOptions
  readonly #corrections: TokenBucket

  constructor(options: ReceptionOptions, now: Millis) {
    this.#options = options
    this.#corrections = new TokenBucket(
      { capacity: correctionsPerSecondMax, refillTokens: correctionsPerSecondMax },
      now,
    )
  }

  receive(now: Millis, packet: MembershipInput & { readonly type: 'packet' }): void {
    const { table, post, prober, departure, meetings } = this.#options
    const { from, path, message } = packet
    const entry = table.get(from)
    if (entry === undefined) return // It was forgotten or expelled while this was on its way.
    if (path !== 'connection') {
      entry.heardAt = path
      entry.isBehindConnection = false
    }
    let refused = 0
    for (const piece of packet.gossip) {
      if (this.#hear(now, entry, piece) === 'refused') refused++
      // Each costs a verification, and honest members relay none.
      if (refused >= refusedPiecesMax) return
    }
    switch (message.type) {
      case 'ping':
        return post.send(entry, { type: 'ack', sequence: message.sequence }, { path })
      case 'ack':
        prober.acked(from, path, message.sequence)
        return departure.acked(from, message.sequence)
      case 'nack':
        return prober.nacked(from, message.sequence)
      case 'ask':
        return prober.relay(now, entry, { path, sequence: message.sequence, target: message.target })
      case 'meet':
        return meetings.greeted(now, from, path, message)
      case 'gossip':
        return
      default:
        return unreachable(message, 'message')
    }
  }

  #hear(now: Millis, teller: MemberEntry, piece: EncodedGossip): RecordOutcome | ClaimOutcome {
    const outcome = this.#weigh(now, piece)
    if (outcome === 'unproven' || outcome === 'ahead') this.#options.schedule.want(teller.id)
    if (outcome === 'behind') this.#correct(now, teller, piece)
    return outcome
  }

  #weigh(now: Millis, piece: EncodedGossip): RecordOutcome | ClaimOutcome {
    const { beliefs, own, table, emit } = this.#options
    const { gossip } = piece
    if (gossip.type === 'claim') return beliefs.claim(now, gossip.claim, piece)
    if (gossip.type === 'record') {
      try {
        return beliefs.record(now, gossip.signed)
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error
        emit({ type: 'refused', why: String(error.code) })
        return 'refused'
      }
    }
    const known = gossip.about === own.id ? own.record : table.get(gossip.about)?.record
    return known === undefined || known.incarnation < gossip.incarnation ? 'ahead' : 'old'
  }

  /** Who tells what is refuted by now may believe it, and be the last who missed the refutation. */
  #correct(now: Millis, teller: MemberEntry, { gossip }: EncodedGossip): void {
    const { own, table, post, beliefs } = this.#options
    if (gossip.type !== 'claim' || !this.#corrections.take(now)) return
    const { about } = gossip.claim
    const source = about === own.id ? own : table.get(about)
    if (source !== undefined) post.tell(teller, beliefs.bareOf(source.record, source.signed))
  }
}
