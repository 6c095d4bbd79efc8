import type { Codec } from '@flotilla/core/codec'
import type { Crypto } from '@flotilla/core/crypto'
import { sealEnvelope } from '@flotilla/core/envelope'
import { FlotillaError, ProtocolError, unreachable } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { Lru } from '@flotilla/core/machines'
import type { PeerChange } from '@flotilla/core/network'
import type { Prng } from '@flotilla/core/random'
import { after, type Millis, type WallMillis } from '@flotilla/core/time'
import type { Broadcast, BroadcastFigures, Offence, PublishErrorCode, RefusalReason } from './broadcast.ts'
import { Announcements } from './announcements.ts'
import { envelopeId, joinIds, splitIds, type EnvelopeId } from './envelope-id.ts'
import { Intake } from './intake.ts'
import type { BroadcastLimits } from './limits.ts'
import { idsPerMessageMax, messageCodec, type Message, type SlotSummary } from './messages.ts'
import { MissingEnvelopes } from './missing-envelopes.ts'
import { PeerStanding } from './peer-standing.ts'
import { RecentEnvelopes } from './recent-envelopes.ts'

export interface CoreOptions {
  readonly self: NodeId
  readonly crypto: Crypto
  readonly secretKey: Uint8Array
  readonly prng: Prng
  readonly member: (id: NodeId) => boolean
  readonly limits: BroadcastLimits
  readonly sealedAfter?: WallMillis | undefined
}

/** Both clocks at one moment: waiting goes by the first, envelopes by the second. */
export interface Moment {
  readonly now: Millis
  readonly wall: WallMillis
}

export type CoreInput =
  | { readonly type: 'wake' }
  | { readonly type: 'peer'; readonly change: PeerChange }
  | { readonly type: 'notice'; readonly from: NodeId; readonly bytes: Uint8Array }

/** To be performed in order; none waits for another. */
export type CoreEffect =
  | { readonly type: 'send'; readonly to: NodeId; readonly bytes: Uint8Array }
  | { readonly type: 'deliver'; readonly broadcast: Broadcast }
  | { readonly type: 'offence'; readonly offence: Offence }
  | { readonly type: 'refused'; readonly reason: RefusalReason }

/** Gossip with deduplication: what is new here goes on to the neighbours, and what they have and we lack is fetched. */
export class BroadcastCore {
  readonly #options: CoreOptions
  readonly #limits: BroadcastLimits
  readonly #codec: Codec<Message>
  readonly #intake: Intake
  readonly #recent: RecentEnvelopes
  readonly #missing: MissingEnvelopes
  readonly #announcements = new Announcements()
  readonly #peers = new Set<NodeId>()
  readonly #standings: Lru<NodeId, PeerStanding>
  #announceAt = Infinity as Millis
  #exchangeAt: Millis
  #deliveredThrough = -Infinity
  #effects: CoreEffect[] = []

  constructor(options: CoreOptions, { now }: Moment) {
    const { limits, crypto } = options
    this.#options = options
    this.#limits = limits
    this.#codec = messageCodec(limits)
    this.#intake = new Intake({ ...options, sealedAfter: options.sealedAfter })
    this.#recent = new RecentEnvelopes(crypto, limits)
    this.#missing = new MissingEnvelopes(limits)
    this.#standings = new Lru({ entriesMax: limits.standingsMax })
    this.#exchangeAt = this.#nextExchange(now)
  }

  get figures(): BroadcastFigures {
    return {
      seen: this.#recent.seen,
      recent: this.#recent.count,
      recentBytes: this.#recent.bytes,
      announced: this.#missing.announced,
      origins: this.#intake.origins,
      deliveredThrough: this.#deliveredThrough,
    }
  }

  /** `nonce` is 16 unguessable bytes. Throws a `FlotillaError<PublishErrorCode>`, and has done nothing then. */
  publish({ now, wall }: Moment, type: string, payload: Uint8Array, nonce: Uint8Array): void {
    const { crypto, secretKey, self } = this.#options
    const { payloadBytesMax, perOriginPerSecondMax, perOriginBurst } = this.#limits
    const timestamp = Math.floor(wall) as WallMillis
    const envelope = sealEnvelope({ crypto, secretKey, type, payload, timestamp, nonce, payloadBytesMax })
    if (!this.#intake.mayPublish(self, timestamp, wall)) {
      throw new FlotillaError<PublishErrorCode>('overloaded', 'more was broadcast than members take of one another', {
        hint: `publish at most ${perOriginPerSecondMax} a second and ${perOriginBurst} more at once`,
      })
    }
    this.#spread(envelopeId(crypto, envelope), envelope, self, self, timestamp, now)
  }

  step(moment: Moment, input: CoreInput): void {
    const { now, wall } = moment
    this.#forgetOld(wall)
    switch (input.type) {
      case 'wake':
        break
      case 'peer':
        this.#seePeer(moment, input.change)
        break
      case 'notice':
        this.#take(moment, input.from, input.bytes)
        break
      default:
        unreachable(input, 'input')
    }
    this.#missing.expire(now)
    if (now >= this.#exchangeAt) this.#exchange(moment)
    if (now >= this.#announceAt) this.#announce()
    for (const [peer, ids] of this.#missing.drain()) this.#sendIds('want', peer, ids)
  }

  drain(): readonly CoreEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  deadline(): Millis {
    return Math.min(this.#exchangeAt, this.#announceAt, this.#missing.deadline()) as Millis
  }

  #seePeer({ now, wall }: Moment, { type, peer }: PeerChange): void {
    if (type === 'down') {
      this.#peers.delete(peer)
      this.#missing.lost(peer, now)
      return
    }
    this.#peers.add(peer)
    this.#send(peer, { type: 'summary', slots: this.#recent.summary(wall) })
  }

  #take(moment: Moment, from: NodeId, bytes: Uint8Array): void {
    if (!this.#peers.has(from)) return
    const standing = this.#standingOf(from, moment.now)
    if (!standing.mayReceive(moment.now, bytes.length)) return this.#refuse('peer-limited')
    const message = this.#decoded(from, bytes)
    switch (message?.type) {
      case undefined:
        return
      case 'push':
        return this.#takePush(moment, from, standing, message.envelope)
      case 'have':
        return this.#takeHave(moment, from, standing, splitIds(message.ids))
      case 'want':
        return this.#takeWant(moment, from, standing, splitIds(message.ids))
      case 'summary':
        return this.#takeSummary(moment, from, standing, message.slots)
      default:
        return unreachable(message, 'message')
    }
  }

  #decoded(from: NodeId, bytes: Uint8Array): Message | undefined {
    try {
      return this.#codec.decode(bytes)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      // A later version may know more messages, and other settings allow longer ones: that is no offence.
      if (error.code === 'unknown-type') this.#refuse('unknown-message')
      else if (error.code === 'too-large') this.#refuse('too-large')
      else this.#accuse({ peer: from, code: 'malformed-message', message: error.message }, 'malformed-message')
      return undefined
    }
  }

  #takePush({ now, wall }: Moment, from: NodeId, standing: PeerStanding, envelope: Uint8Array): void {
    const id = envelopeId(this.#options.crypto, envelope)
    this.#announcements.isKnownTo(id, from)
    if (this.#recent.has(id)) return this.#refuse('duplicate')
    if (!standing.isTrusted(now)) return this.#refuse('distrusted-peer')
    const verdict = this.#intake.judge(id, envelope, from, now, wall)
    this.#missing.came(id, from, now)
    if (verdict.type === 'fresh') {
      const { sender, type, payload, timestamp } = verdict.envelope
      this.#spread(id, envelope, sender, from, timestamp, now)
      // What we said ourselves before a restart is passed on, but is no news to us.
      if (sender === this.#options.self) return
      this.#deliveredThrough = Math.max(this.#deliveredThrough, timestamp)
      this.#effects.push({ type: 'deliver', broadcast: { from: sender, type, payload, timestamp } })
      return
    }
    const { reason, blame } = verdict.refusal
    if (blame === undefined) return this.#refuse(reason)
    if (blame.code === 'forged-envelope') standing.forged(now)
    this.#accuse({ peer: blame.who, code: blame.code, message: blame.message }, reason)
  }

  /** It is new and true. Pushes it to the neighbours, or tells them of it. */
  #spread(
    id: EnvelopeId,
    envelope: Uint8Array,
    origin: NodeId,
    from: NodeId,
    timestamp: WallMillis,
    now: Millis,
  ): void {
    // A copy, because short messages share memory with their neighbours, and this one may be kept longer.
    const message = this.#codec.encode({ type: 'push', envelope }).slice()
    this.#recent.add(id, origin, timestamp, message)
    const others = [...this.#peers].filter((peer) => peer !== from && peer !== origin)
    const eager = envelope.length > this.#limits.pushBytesMax ? 0 : this.#limits.eagerPeersMax
    const ordered = eager > 0 && eager < others.length ? this.#options.prng.shuffled(others) : others
    for (const to of ordered.slice(0, eager)) this.#effects.push({ type: 'send', to, bytes: message })
    this.#announcements.add(id, ordered.slice(eager))
    if (!this.#announcements.isEmpty) {
      this.#announceAt = Math.min(this.#announceAt, after(now, this.#limits.announceDelayMs)) as Millis
    }
  }

  #takeHave({ now }: Moment, from: NodeId, standing: PeerStanding, ids: readonly EnvelopeId[]): void {
    if (!standing.mayList(now, ids.length)) return this.#refuse('peer-limited')
    for (const id of ids) {
      this.#announcements.isKnownTo(id, from)
      if (!this.#recent.has(id) && !this.#intake.isRefused(id)) this.#missing.announce(from, id, now)
    }
  }

  #takeWant({ now }: Moment, from: NodeId, standing: PeerStanding, ids: readonly EnvelopeId[]): void {
    if (!standing.mayList(now, ids.length)) return this.#refuse('peer-limited')
    for (const id of ids) {
      const message = this.#recent.get(id)
      if (message === undefined) continue
      if (!standing.mayFetch(now, message.length)) return this.#refuse('peer-limited')
      this.#effects.push({ type: 'send', to: from, bytes: message })
    }
  }

  #takeSummary({ now, wall }: Moment, from: NodeId, standing: PeerStanding, slots: readonly SlotSummary[]): void {
    if (!standing.mayCompare(now)) return this.#refuse('peer-limited')
    this.#sendIds('have', from, this.#recent.idsMissedBy(slots, wall, this.#limits.announcedPerPeerMax))
  }

  #exchange({ now, wall }: Moment): void {
    this.#exchangeAt = this.#nextExchange(now)
    this.#missing.sweep(now)
    if (this.#peers.size === 0) return
    const bytes = this.#codec.encode({ type: 'summary', slots: this.#recent.summary(wall) })
    for (const to of this.#peers) this.#effects.push({ type: 'send', to, bytes })
  }

  #announce(): void {
    this.#announceAt = Infinity as Millis
    for (const [peer, ids] of this.#announcements.drain()) {
      if (this.#peers.has(peer)) this.#sendIds('have', peer, ids)
    }
  }

  #forgetOld(wall: WallMillis): void {
    const [first, last] = this.#intake.slotsAround(wall)
    this.#recent.forgetOutside(first, last)
    this.#intake.forgetOld(wall)
  }

  /** A drawn quarter apart, so that the nodes of a cluster that started together do not all compare at once. */
  #nextExchange(now: Millis): Millis {
    const { exchangeEveryMs } = this.#limits
    const quarter = Math.floor(exchangeEveryMs / 4)
    return after(now, this.#options.prng.between(exchangeEveryMs - quarter, exchangeEveryMs + quarter))
  }

  #standingOf(peer: NodeId, now: Millis): PeerStanding {
    const known = this.#standings.get(peer)
    if (known !== undefined) return known
    const standing = new PeerStanding(this.#limits, now)
    this.#standings.set(peer, standing)
    return standing
  }

  #sendIds(type: 'have' | 'want', to: NodeId, ids: readonly EnvelopeId[]): void {
    for (let at = 0; at < ids.length; at += idsPerMessageMax) {
      this.#send(to, { type, ids: joinIds(ids.slice(at, at + idsPerMessageMax)) })
    }
  }

  #send(to: NodeId, message: Message): void {
    this.#effects.push({ type: 'send', to, bytes: this.#codec.encode(message) })
  }

  #refuse(reason: RefusalReason): void {
    this.#effects.push({ type: 'refused', reason })
  }

  #accuse(offence: Offence, reason: RefusalReason): void {
    this.#refuse(reason)
    this.#effects.push({ type: 'offence', offence })
  }
}
