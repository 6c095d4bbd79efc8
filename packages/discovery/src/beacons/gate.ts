import type { Crypto } from '@flotilla/core/crypto'
import { ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { Lru, TokenBucket } from '@flotilla/core/machines'
import type { Millis, WallMillis } from '@flotilla/core/time'
import type { Address } from '../address.ts'
import type { Credentials, ProvenMember } from '../ports.ts'
import { SourceRates } from '../source-rates.ts'
import type { BeaconBody, BeaconRefusal, ClockDifference, HeardBeacon } from './beacon.ts'
import { readBody, signedBytesOf, takeApart, type LaidOutBeacon } from './layout.ts'
import type { BeaconSettings } from './limits.ts'
import { onPort, usableAddresses } from './usable-addresses.ts'

export interface Moment {
  readonly now: Millis
  readonly wallNow: WallMillis
}

export type Opened =
  | { readonly type: 'heard'; readonly beacon: HeardBeacon }
  /** `clock` only where the member did sign it, so that nobody else can make us complain about its clock. */
  | { readonly type: 'refused'; readonly why: BeaconRefusal; readonly clock?: ClockDifference }

export interface BeaconGateOptions {
  readonly credentials: Credentials
  readonly crypto: Crypto
  readonly settings: BeaconSettings
  /** Of this process. */
  readonly run: Uint8Array
  /** When this process started: what our key signed before that may be of its earlier life. */
  readonly startedAt: WallMillis
}

/** A proof that was refused may be right later: after a new authority, or when our clock was set. */
const refusedProofMs = 60_000
/** Beacons out of time that are verified, so as to tell a wrong clock from noise. */
const clockChecks = { capacity: 8, refillTokens: 1 }

/**
 * Lets through what members of our cluster have signed, each beacon once and never an older one after a newer one.
 * Looks at what costs least first, and at signatures only within a budget.
 */
export class BeaconGate {
  readonly #credentials: Credentials
  readonly #crypto: Crypto
  readonly #settings: BeaconSettings
  readonly #run: Uint8Array
  readonly #startedAt: WallMillis
  readonly #sources: SourceRates
  readonly #claims: SourceRates
  readonly #newest: Lru<NodeId, { readonly timestamp: WallMillis; readonly run: string }>
  /** Proofs that were found right: to check them again is not dear, as `Credentials` remember. */
  readonly #proven: Lru<string, true>
  readonly #refused: Lru<string, { readonly why: BeaconRefusal; readonly until: number }>
  #budget: TokenBucket | undefined
  #clockBudget: TokenBucket | undefined

  constructor({ credentials, crypto, settings, run, startedAt }: BeaconGateOptions) {
    this.#credentials = credentials
    this.#crypto = crypto
    this.#settings = settings
    this.#run = run
    this.#startedAt = startedAt
    const { beaconSourcesMax: sourcesMax, beaconMembersMax: entriesMax } = settings
    const { beaconsPerSourcePerSecondMax: sourceMax, verificationsPerMemberPerSecondMax: claimMax } = settings
    this.#sources = new SourceRates({ perSecondMax: sourceMax, burstMax: 2 * sourceMax, sourcesMax })
    this.#claims = new SourceRates({ perSecondMax: claimMax, burstMax: 2 * claimMax, sourcesMax })
    this.#newest = new Lru({ entriesMax })
    this.#proven = new Lru({ entriesMax })
    this.#refused = new Lru({ entriesMax: sourcesMax })
  }

  /** A beacon that came from its member. */
  open(bytes: Uint8Array, from: Address, moment: Moment): Opened {
    const laidOut = takeApart(bytes, this.#credentials.cluster, this.#settings.beaconBytesMax)
    if (typeof laidOut === 'string') return refused(laidOut)
    if (!this.#sources.take(from.host, moment.now)) return refused('source-over-rate')
    const body = readBody(laidOut.body)
    if (body === undefined) return refused('malformed')
    if (keyOf(body.run) === keyOf(this.#run)) return refused('own')
    const aheadMs = body.timestamp - moment.wallNow
    if (Math.abs(aheadMs) > this.#settings.clockToleranceMs) return this.#outOfTime(bytes, laidOut, aheadMs, moment)
    return this.#verify(bytes, laidOut, body, from, moment)
  }

  /** A beacon that somebody else shows; it may be older. */
  openRelayed(bytes: Uint8Array, moment: Moment): Opened {
    const { beaconBytesMax, clockToleranceMs, relayedAgeMsMax } = this.#settings
    const laidOut = takeApart(bytes, this.#credentials.cluster, beaconBytesMax)
    if (typeof laidOut === 'string') return refused(laidOut)
    const body = readBody(laidOut.body)
    if (body === undefined) return refused('malformed')
    if (body.timestamp - moment.wallNow > clockToleranceMs) return refused('too-new')
    if (moment.wallNow - body.timestamp > relayedAgeMsMax) return refused('too-old')
    return this.#verify(bytes, laidOut, body, undefined, moment)
  }

  #verify(
    bytes: Uint8Array,
    laidOut: LaidOutBeacon,
    body: BeaconBody,
    from: Address | undefined,
    moment: Moment,
  ): Opened {
    const member = this.#prove(laidOut.proof, moment.now)
    if (typeof member === 'string') return refused(member)
    const newest = this.#newestOf(member.id, moment.wallNow)
    if (newest !== undefined && body.timestamp <= newest.timestamp) {
      return refused(body.timestamp === newest.timestamp ? 'repeated' : 'replayed')
    }
    const claim = `${member.id} ${from?.host ?? ''}`
    if (from !== undefined && !this.#claims.take(claim, moment.now)) return refused('over-budget')
    if (!this.#mayVerify(moment.now)) return refused('over-budget')
    if (!this.#isSigned(bytes, laidOut, member)) return refused('wrong-signature')
    if (member.id === this.#credentials.self) {
      return refused(body.timestamp > this.#startedAt ? 'own-key-elsewhere' : 'own')
    }
    this.#newest.set(member.id, { timestamp: body.timestamp, run: keyOf(body.run) })
    const addresses = usableAddresses(body.addresses, from)
    const record = new Uint8Array(bytes)
    const proofAt = laidOut.proof.byteOffset - bytes.byteOffset
    return {
      type: 'heard',
      beacon: {
        member,
        addresses,
        datagramAddresses: onPort(addresses, body.datagramPort),
        timestamp: body.timestamp,
        seeking: body.seeking,
        isNew: newest?.run !== keyOf(body.run),
        ...(body.question === undefined ? {} : { question: body.question }),
        proof: record.subarray(proofAt, proofAt + laidOut.proof.length),
        record,
      },
    }
  }

  /** Whose proof it is, or why it is none. A proof never seen before counts against the budget. */
  #prove(proof: Uint8Array, now: Millis): ProvenMember | BeaconRefusal {
    const key = keyOf(proof)
    const known = this.#refused.get(key)
    if (known !== undefined && known.until > now) return known.why
    if (!this.#proven.has(key) && !this.#mayVerify(now)) return 'over-budget'
    try {
      const member = this.#credentials.check(proof)
      this.#proven.set(key, true)
      return member
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      const code: unknown = error.code
      const why = code === 'expired' || code === 'revoked' ? code : 'stranger'
      this.#proven.delete(key)
      this.#refused.set(key, { why, until: now + refusedProofMs })
      return why
    }
  }

  /** Undefined also when our own clock has been set back since: what is far in the future is no measure of age. */
  #newestOf(id: NodeId, wallNow: WallMillis): { readonly timestamp: WallMillis; readonly run: string } | undefined {
    const newest = this.#newest.get(id)
    if (newest === undefined || newest.timestamp <= wallNow + this.#settings.clockToleranceMs) return newest
    return undefined
  }

  #outOfTime(bytes: Uint8Array, laidOut: LaidOutBeacon, aheadMs: number, { now }: Moment): Opened {
    const why = aheadMs > 0 ? 'too-new' : 'too-old'
    this.#clockBudget ??= new TokenBucket(clockChecks, now)
    if (!this.#clockBudget.take(now)) return refused(why)
    const member = this.#prove(laidOut.proof, now)
    if (typeof member === 'string' || !this.#isSigned(bytes, laidOut, member)) return refused(why)
    if (member.id === this.#credentials.self) return refused('own')
    return { type: 'refused', why, clock: { id: member.id, name: member.name, aheadMs } }
  }

  #isSigned(bytes: Uint8Array, { signature }: LaidOutBeacon, member: ProvenMember): boolean {
    return this.#crypto.ed25519.verify(member.publicKey, signedBytesOf(bytes), signature)
  }

  #mayVerify(now: Millis): boolean {
    const { verificationsPerSecondMax } = this.#settings
    this.#budget ??= new TokenBucket(
      { capacity: verificationsPerSecondMax, refillTokens: verificationsPerSecondMax },
      now,
    )
    return this.#budget.take(now)
  }
}

function refused(why: BeaconRefusal): Opened {
  return { type: 'refused', why }
}

/** Bytes as a string, because maps compare those by value; V8 keeps one byte for each character. */
function keyOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
