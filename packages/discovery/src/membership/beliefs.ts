import type { NodeId } from '@flotilla/core/ids'
import { TokenBucket } from '@flotilla/core/machines'
import type { Millis } from '@flotilla/core/time'
import type { MemberStatus } from '../member.ts'
import type { Emit } from './effect.ts'
import type { GossipQueue } from './gossip-queue.ts'
import { isHere, type MemberEntry, type MemberTable } from './member-table.ts'
import { encodeGossip, type EncodedGossip } from './messages.ts'
import type { OwnRecord } from './own-record.ts'
import { hasSameAddresses, type ClaimKind, type MemberRecord, type SignedClaim, type SignedRecord } from './record.ts'
import type { MembershipSettings } from './settings.ts'
import type { Standing } from './standing.ts'
import { Suspicion } from './suspicion.ts'
import { isSameBytes, type Vouching } from './vouching.ts'

export interface BeliefsOptions {
  readonly settings: MembershipSettings
  readonly vouching: Vouching
  readonly own: OwnRecord
  readonly ownKey: Uint8Array
  readonly table: MemberTable
  readonly queue: GossipQueue
  readonly standing: Standing
  readonly emit: Emit
  /** The longest piece of gossip that still fits into a datagram. */
  readonly gossipBytesMax: number
  /** Somebody else says that this living member does not answer. */
  readonly onSuspected: (now: Millis, entry: MemberEntry) => void
  /** It is back from the dead: it and we may have missed each other's news. */
  readonly onReturned: (entry: MemberEntry) => void
}

/** `unproven`: its member is not known, and no proof came with it. */
export type RecordOutcome = 'news' | 'old' | 'unproven' | 'refused'
/** `ahead`: it is about a record that we do not have. `behind`: there is a newer record. */
export type ClaimOutcome = 'news' | 'old' | 'ahead' | 'behind' | 'refused'

/**
 * What we believe of the others, and why.
 *
 * Safety: a member's incarnation comes only from records that it signed itself, so nobody can push it out of reach; the
 * highest one wins whatever was believed before, so a refutation always does. A claim counts for the incarnation that
 * it is about and no other, so none can be used again. A member is dead when its time as a suspect is over by our own
 * clock, or when two members have signed that it is; the word of one alone only makes it a suspect.
 */
export class Beliefs {
  readonly #options: BeliefsOptions
  constructor(options: BeliefsOptions) {
    this.#options = options
  }

  /** When the next suspect's time is over. */
  get deadline(): Millis {
    let first = Infinity
    for (const { suspicion } of this.#options.standing.suspects)
      first = Math.min(first, suspicion?.deadline ?? Infinity)
    return first as Millis
  }

  /**
   * What a member says about itself, to be told on unless `quietly`. Throws a `ProtocolError` for what is no record, or
   * not of a member.
   */
  record(now: Millis, signed: SignedRecord, quietly: boolean = false): RecordOutcome {
    const { vouching, own, table } = this.#options
    const record = vouching.readRecord(signed)
    if (record.id === own.id) return this.#meetOwn(record, signed)
    const entry = table.get(record.id)
    if (entry === undefined) return this.#meet(now, record, signed, quietly)
    if (record.incarnation <= entry.record.incarnation) return 'old'
    if (!this.#mayChange(now, entry)) return this.#refuse('too-many-news')
    if (!vouching.isRecordOf(entry.publicKey, signed)) return this.#refuse('wrong-signature')
    const proof = isSameBytes(record.proofHash, entry.record.proofHash) ? entry.signed.proof : signed.proof
    if (proof === undefined) return 'unproven'
    const isRenewed = proof !== entry.signed.proof
    if (isRenewed && !this.#isProven(record, proof)) return this.#refuse('wrong-proof')
    this.#update(now, entry, record, { ...signed, proof })
    if (!quietly) this.spread(record, entry.signed, isRenewed)
    return 'news'
  }

  /** What one member says about another. */
  claim(now: Millis, claim: SignedClaim, piece?: EncodedGossip): ClaimOutcome {
    const { own, table, queue } = this.#options
    if (claim.about === own.id) return this.#answerTo(claim)
    const entry = table.get(claim.about)
    if (entry === undefined) return 'ahead'
    if (claim.incarnation > entry.record.incarnation) return 'ahead'
    if (claim.incarnation < entry.record.incarnation) return 'behind'
    if (!isHere(entry) || claim.from === own.id || claim.from === claim.about) return 'old'
    if (entry.suspicion?.isNews(claim) === false) return 'old'
    if (!this.#isSigned(claim)) return this.#refuse('wrong-claim')
    const wasAlive = entry.suspicion === undefined
    queue.addClaim({ type: 'claim', claim }, piece)
    this.#count(now, entry, claim)
    if (wasAlive) this.#options.onSuspected(now, entry)
    return 'news'
  }

  /** We found that it does not answer. */
  accuse(now: Millis, entry: MemberEntry, kind: Exclude<ClaimKind, 'dead'>): void {
    if (!isHere(entry)) return
    const claim = this.#sign(entry, kind)
    if (entry.suspicion?.isNews(claim) === false) return
    this.#options.queue.addClaim({ type: 'claim', claim })
    this.#count(now, entry, claim)
  }

  /** Whom its time is over for. */
  due(now: Millis): void {
    for (const entry of this.#options.standing.suspects) {
      if (entry.suspicion === undefined || entry.suspicion.deadline > now) continue
      const claim = this.#sign(entry, 'dead')
      this.#options.queue.addClaim({ type: 'claim', claim })
      entry.suspicion.add(claim)
      this.#bury(now, entry)
    }
  }

  /** A dead member of which we hear for the first time: remembered, not announced. Its record was not looked at yet. */
  inherit(now: Millis, signed: SignedRecord, claims: readonly SignedClaim[], sinceMs: Millis): RecordOutcome {
    const { vouching, own, table } = this.#options
    const record = vouching.readRecord(signed)
    const isNewcomer = record.id !== own.id && table.get(record.id) === undefined
    const sound = claims.filter(
      (claim) => claim.about === record.id && claim.incarnation === record.incarnation && claim.kind === 'dead',
    )
    const proven = isNewcomer ? sound.filter((claim) => this.#isSigned(claim)) : sound
    if (!isNewcomer || proven.length === 0) {
      const outcome = this.record(now, signed)
      for (const claim of sound) this.claim(now, claim)
      return outcome
    }
    const entry = this.#admit(now, record, signed, 'dead')
    if (typeof entry === 'string') return entry
    entry.sinceMs = sinceMs
    entry.obituary = proven
    return 'news'
  }

  /** Its proof is not valid any more: it is as if it had never been. */
  expel(id: NodeId): void {
    const { table, standing } = this.#options
    const entry = table.get(id)
    if (entry === undefined) return
    standing.become(entry, 'dead')
    if (entry.announced) standing.tell('failed', entry)
    standing.forget(entry)
  }

  /** We slept for so long, and could hear no refutation meanwhile. */
  postpone(durationMs: number): void {
    for (const { suspicion } of this.#options.standing.suspects) suspicion?.postpone(durationMs)
  }

  /** Lets everybody have a record, with its proof where they may not have that. */
  spread(record: MemberRecord, signed: SignedRecord, withProof: boolean): void {
    const piece = withProof ? this.#pieceOf(record, signed) : this.bareOf(record, signed)
    this.#options.queue.addRecord(record.id, piece)
  }

  /** The record for those who have its proof, or word of it if it is too long for a datagram. */
  bareOf(record: MemberRecord, { body, signature }: SignedRecord): EncodedGossip {
    return this.#pieceOf(record, { body, signature })
  }

  #pieceOf({ id: about, incarnation }: MemberRecord, signed: SignedRecord): EncodedGossip {
    const bytes = signed.body.length + (signed.proof?.length ?? 0) + recordFrameBytes
    const isShort = bytes <= this.#options.gossipBytesMax
    return encodeGossip(isShort ? { type: 'record', signed } : { type: 'news', about, incarnation })
  }

  #meetOwn(record: MemberRecord, signed: SignedRecord): RecordOutcome {
    const { own, ownKey, vouching } = this.#options
    const { incarnation, session } = own.record
    const isEarlierLife = record.session !== session && record.incarnation >= incarnation
    if (!isEarlierLife && record.incarnation <= incarnation) return 'old'
    if (!vouching.isRecordOf(ownKey, signed)) return this.#refuse('wrong-signature')
    own.outdo(record)
    return 'news'
  }

  #answerTo(claim: SignedClaim): ClaimOutcome {
    const { own } = this.#options
    if (claim.incarnation < own.record.incarnation) return 'behind'
    if (claim.incarnation > own.record.incarnation) return 'ahead'
    own.refute()
    return 'news'
  }

  #meet(now: Millis, record: MemberRecord, signed: SignedRecord, quietly: boolean): RecordOutcome {
    const entry = this.#admit(now, record, signed, record.leaving ? 'left' : 'alive')
    if (typeof entry === 'string') return entry
    if (!record.leaving) this.#options.standing.tell('joined', entry)
    if (!quietly) this.spread(record, signed, true)
    return 'news'
  }

  #admit(now: Millis, record: MemberRecord, signed: SignedRecord, status: MemberStatus): MemberEntry | RecordOutcome {
    const { vouching, standing, settings } = this.#options
    if (signed.proof === undefined) return 'unproven'
    if (!this.#isProven(record, signed.proof)) return this.#refuse('wrong-proof')
    const { publicKey } = vouching.prove(signed.proof)
    if (!vouching.isRecordOf(publicKey, signed)) return this.#refuse('wrong-signature')
    if (!standing.hasRoom(now, settings)) return this.#refuse('too-many-members')
    const entry: MemberEntry = {
      id: record.id,
      publicKey,
      record,
      signed,
      status,
      sinceMs: now,
      announced: false,
      suspicion: undefined,
      obituary: [],
      heardAt: undefined,
      isBehindConnection: false,
      addressTurn: 0,
      newsRate: undefined,
    }
    standing.enter(entry, status)
    return entry
  }

  #mayChange(now: Millis, entry: MemberEntry): boolean {
    const { newsPerSecondMax } = this.#options.settings
    entry.newsRate ??= new TokenBucket({ capacity: newsPerSecondMax, refillTokens: newsPerSecondMax }, now)
    return entry.newsRate.take(now)
  }

  #isProven(record: MemberRecord, proof: Uint8Array): boolean {
    const { vouching } = this.#options
    return vouching.isProofOf(record, proof) && vouching.prove(proof).id === record.id
  }

  #update(now: Millis, entry: MemberEntry, record: MemberRecord, signed: SignedRecord): void {
    const { standing, onReturned } = this.#options
    const before = entry.record
    const { status } = entry
    entry.record = record
    entry.signed = signed
    entry.obituary = []
    entry.sinceMs = now
    if (!hasSameAddresses(before, record)) entry.heardAt = undefined
    standing.become(entry, record.leaving ? 'left' : 'alive')
    if (record.leaving) return entry.announced ? standing.tell('left', entry) : undefined
    if (!entry.announced) {
      standing.tell('joined', entry)
      return status === 'dead' ? onReturned(entry) : undefined
    }
    if (status === 'suspect') standing.tell('refuted', entry)
    if (JSON.stringify(before.metadata) !== JSON.stringify(record.metadata)) standing.tell('changed', entry)
  }

  #count(now: Millis, entry: MemberEntry, claim: SignedClaim): void {
    const { settings, standing } = this.#options
    if (entry.suspicion === undefined) {
      entry.suspicion = new Suspicion(settings, () => standing.size, now)
      entry.sinceMs = now
      standing.become(entry, 'suspect')
      standing.tell('suspected', entry)
    }
    entry.suspicion.add(claim)
    if (entry.suspicion.isProvenDead) this.#bury(now, entry)
  }

  #bury(now: Millis, entry: MemberEntry): void {
    const { standing } = this.#options
    const claims = entry.suspicion?.claims() ?? []
    entry.obituary = claims.filter(({ kind }) => kind === 'dead')
    entry.sinceMs = now
    standing.become(entry, 'dead')
    standing.tell('failed', entry)
  }

  #sign(entry: MemberEntry, kind: ClaimKind): SignedClaim {
    const { own, vouching } = this.#options
    return vouching.signClaim({ about: entry.id, incarnation: entry.record.incarnation, kind, from: own.id })
  }

  /** By somebody whom we know to be a member. */
  #isSigned(claim: SignedClaim): boolean {
    const { own, ownKey, table, vouching } = this.#options
    const publicKey = claim.from === own.id ? ownKey : table.get(claim.from)?.publicKey
    return publicKey !== undefined && vouching.isClaimOf(publicKey, claim)
  }

  #refuse(why: string): 'refused' {
    this.#options.emit({ type: 'refused', why })
    return 'refused'
  }
}

/** What surrounds body and proof in a piece of gossip: names of fields, lengths, the signature. */
const recordFrameBytes = 128
