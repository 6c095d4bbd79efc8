import { unreachable } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Prng } from '@flotilla/core/random'
import type { Millis } from '@flotilla/core/time'
import type { Member } from '../member.ts'
import { Awareness } from './awareness.ts'
import { Beliefs } from './beliefs.ts'
import { Comparison, type Comparing } from './comparison.ts'
import type { ComparisonAnswer, ComparisonRequest } from './comparison-messages.ts'
import { Degradation } from './degradation.ts'
import { Departure } from './departure.ts'
import { memberOf, type MembershipEffect, type MembershipInput } from './effect.ts'
import { ExchangeSchedule } from './exchange-schedule.ts'
import { GossipQueue } from './gossip-queue.ts'
import { Meetings } from './meetings.ts'
import { MemberTable, type MemberEntry } from './member-table.ts'
import { gossipHeadBytes, messageBytesMax } from './messages.ts'
import { OwnRecord } from './own-record.ts'
import { sealBytes } from './packet-seal.ts'
import { Post } from './post.ts'
import { Prober } from './prober.ts'
import { Reception } from './reception.ts'
import type { MemberRecord, SignedRecord } from './record.ts'
import type { MembershipSettings } from './settings.ts'
import { Standing } from './standing.ts'
import type { OwnSaying, Vouching } from './vouching.ts'

export interface MembershipCoreOptions {
  /** Complete and validated. */
  readonly settings: MembershipSettings
  readonly vouching: Vouching
  readonly ownKey: Uint8Array
  /** What we say of ourselves first. Its session must differ from that of every earlier life. */
  readonly first: OwnSaying
  readonly prng: Prng
}

/** How often those who are gone for long are looked for. */
const forgetChecksPerTime = 16

/**
 * SWIM with Lifeguard, without I/O: who is a member, who answers, who is suspected, dead or gone. `step` takes what
 * comes in, `drain` says what to do for it, in order, `deadline` when to `step` if nothing comes in.
 */
export class MembershipCore {
  readonly #settings: MembershipSettings
  readonly #prng: Prng
  readonly #own: OwnRecord
  readonly #table: MemberTable
  readonly #queue: GossipQueue
  readonly #standing: Standing
  readonly #beliefs: Beliefs
  readonly #post: Post
  readonly #prober: Prober
  readonly #schedule: ExchangeSchedule
  readonly #comparison: Comparison
  readonly #awareness: Awareness
  readonly #degradation: Degradation
  readonly #departure: Departure
  readonly #meetings: Meetings
  readonly #reception: Reception
  #effects: MembershipEffect[] = []
  #sequence: number
  #forgetAt: number
  /** When we wanted to be woken; much later than that means that we slept. */
  #expectedAt: number

  constructor(options: MembershipCoreOptions, now: Millis) {
    const { settings, vouching, prng } = options
    const emit = (effect: MembershipEffect): void => void this.#effects.push(effect)
    this.#settings = settings
    this.#prng = prng.split('choices')
    this.#sequence = prng.u32()
    this.#own = new OwnRecord(settings, vouching, options.first)
    this.#table = new MemberTable(prng.split('order'))
    this.#queue = new GossipQueue(settings.gossipItemsMax)
    this.#standing = new Standing(this.#table, this.#queue, emit)
    this.#awareness = new Awareness(settings.awarenessMax)
    this.#degradation = new Degradation(settings)
    this.#schedule = new ExchangeSchedule(settings, prng.split('exchanges'), emit, now)
    const gossipBytesMax = settings.datagramBytesMax - sealBytes - messageBytesMax
    const parts = { settings, table: this.#table, queue: this.#queue, standing: this.#standing, own: this.#own, emit }
    const nextSequence = (): number => (this.#sequence = (this.#sequence + 1) >>> 0)
    this.#beliefs = new Beliefs({
      ...parts,
      vouching,
      ownKey: options.ownKey,
      gossipBytesMax: gossipBytesMax - gossipHeadBytes,
      onSuspected: (at, entry) => this.#sitOnJury(at, entry),
      onReturned: ({ id }) => this.#schedule.want(id),
    })
    this.#post = new Post({ ...parts, gossipBytesMax, nextSequence, prng: prng.split('post') }, now)
    const { post, beliefs, awareness } = { post: this.#post, beliefs: this.#beliefs, awareness: this.#awareness }
    this.#prober = new Prober({ ...parts, post, beliefs, awareness, nextSequence }, now)
    this.#comparison = new Comparison({ ...parts, beliefs })
    this.#departure = new Departure({ ...parts, post, beliefs, nextSequence })
    this.#meetings = new Meetings({ ...parts, beliefs, prng: prng.split('meetings') })
    const [prober, departure, schedule, meetings] = [this.#prober, this.#departure, this.#schedule, this.#meetings]
    this.#reception = new Reception({ ...parts, beliefs, post, prober, departure, schedule, meetings }, now)
    this.#forgetAt = now
    this.#expectedAt = now
    this.#beliefs.spread(this.#own.record, this.#own.signed, true)
  }

  /** Everybody we know and ourselves, dead ones included until they are forgotten. */
  members(): Member[] {
    return [this.self(), ...[...this.#table.values()].map(memberOf)]
  }

  self(): Member {
    const { id, incarnation, metadata, leaving } = this.#own.record
    return { id, status: leaving ? 'left' : 'alive', incarnation, metadata }
  }

  get record(): MemberRecord {
    return this.#own.record
  }

  /** The same, with signature and proof. */
  get ownSigned(): SignedRecord {
    return this.#own.signed
  }

  get isDegraded(): boolean {
    return this.#degradation.isDegraded
  }

  /** What we believe of a member and where it is; for the driver, which has to open what it sends. */
  entry(id: NodeId): MemberEntry | undefined {
    return this.#table.get(id)
  }

  /** To be told in beacons. */
  get question(): number {
    return this.#meetings.question
  }

  /** Of somebody who is being met. */
  proofOf(id: NodeId): Uint8Array | undefined {
    return this.#meetings.proofOf(id)
  }

  entries(): Iterable<MemberEntry> {
    return this.#table.values()
  }

  /** Figures for whoever watches: how much waits, and how far timeouts are stretched. */
  figures(): { readonly gossip: number; readonly probes: number; readonly stretch: number; readonly known: number } {
    const stretch = this.#awareness.multiplier
    return { gossip: this.#queue.size, probes: this.#prober.probing, stretch, known: this.#table.size + 1 }
  }

  step(now: Millis, input: MembershipInput): void {
    this.#noticeSleep(now)
    this.#take(now, input)
    this.#due(now)
  }

  drain(): readonly MembershipEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  deadline(): Millis {
    const always = Math.min(
      this.#own.deadline,
      this.#post.deadline,
      this.#degradation.deadline,
      this.#departure.deadline,
      this.#forgetAt,
    )
    // Who is about to go judges nobody any more.
    if (this.#departure.hasBegun) return always as Millis
    const { deadline: meetAt } = this.#meetings
    return Math.min(always, this.#beliefs.deadline, this.#prober.deadline, this.#schedule.deadline, meetAt) as Millis
  }

  /** Begins to compare everything with a peer. */
  compare(now: Millis): Comparing {
    return this.#comparison.begin(now)
  }

  proceed(now: Millis, comparing: Comparing, answer: ComparisonAnswer): Comparing | undefined {
    const next = this.#comparison.proceed(now, comparing, answer)
    this.#due(now)
    return next
  }

  /** Answers a peer that compares with us. */
  answer(now: Millis, peer: NodeId, request: ComparisonRequest): ComparisonAnswer {
    const answer = this.#comparison.answer(now, peer, request)
    this.#due(now)
    return answer
  }

  #take(now: Millis, input: MembershipInput): void {
    switch (input.type) {
      case 'wake':
        return
      case 'packet':
        return this.#reception.receive(now, input)
      case 'stranger':
        return this.#meetings.hear(now, input)
      case 'found':
        return this.#meetings.find(now, input.member)
      case 'connection-probed':
        return this.#prober.connectionProbed(input.sequence, input.reached)
      case 'peer':
        return this.#seeConnection(now, input.change, input.peer)
      case 'exchanged':
        return this.#schedule.ended(input.peer, input.succeeded)
      case 'puzzled':
        return this.#schedule.want(input.by)
      case 'metadata':
        return this.#own.change({ metadata: input.metadata })
      case 'addresses':
        return this.#own.change({ datagrams: input.datagrams })
      case 'renewed':
        this.#own.resign()
        return this.#beliefs.spread(this.#own.record, this.#own.signed, true)
      case 'expelled':
        return this.#beliefs.expel(input.member)
      case 'leave':
        this.#own.leave()
        this.#beliefs.spread(this.#own.record, this.#own.signed, false)
        return this.#departure.begin(now)
      default:
        return unreachable(input, 'input')
    }
  }

  #due(now: Millis): void {
    if (this.#own.due(now)) this.#beliefs.spread(this.#own.record, this.#own.signed, false)
    if (!this.#departure.hasBegun) {
      this.#beliefs.due(now)
      this.#prober.due(now)
      this.#schedule.due(now)
      this.#meetings.due(now)
    }
    this.#post.due(now)
    this.#departure.due(now)
    if (this.#forgetAt <= now) this.#forgetOld(now)
    if (this.#degradation.see(now, this.#standing.seen, this.#standing.known)) {
      const type = this.#degradation.isDegraded ? 'degraded' : 'recovered'
      this.#effects.push({ type: 'event', event: { type } })
    }
    this.#expectedAt = Math.max(now, this.deadline())
  }

  #seeConnection(now: Millis, change: 'up' | 'down', peer: NodeId): void {
    if (change === 'up') return this.#schedule.up(peer)
    this.#schedule.down(peer)
    const entry = this.#table.get(peer)
    if (entry !== undefined) this.#prober.probe(now, entry, 'reset')
  }

  /** Some of those who hear of a suspicion look for themselves, so that it is confirmed, or not, without delay. */
  #sitOnJury(now: Millis, entry: MemberEntry): void {
    const { juryMembers } = this.#settings
    if (this.#prng.chance(Math.min(juryMembers, this.#standing.size), this.#standing.size)) {
      this.#prober.probe(now, entry, 'silent')
    }
  }

  #noticeSleep(now: Millis): void {
    const sleptMs = now - this.#expectedAt
    if (sleptMs < this.#settings.pauseNoticedMs) return
    this.#awareness.worsen()
    this.#beliefs.postpone(sleptMs)
    this.#prober.startOver(now)
  }

  #forgetOld(now: Millis): void {
    const { deadForgottenMs, leftForgottenMs } = this.#settings
    this.#standing.forgetOld(now, this.#settings)
    this.#forgetAt = now + Math.min(deadForgottenMs, leftForgottenMs) / forgetChecksPerTime
  }
}
