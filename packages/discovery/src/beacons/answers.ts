import type { NodeId } from '@flotilla/core/ids'
import { Lru, TokenBucket } from '@flotilla/core/machines'
import type { Prng } from '@flotilla/core/random'
import { after, type Millis } from '@flotilla/core/time'
import type { Address } from '../address.ts'
import type { BeaconSettings } from './limits.ts'

/** What each member we know of adds to the longest delay. */
const delayMsPerMember = 5
/** Those who come in one instant are answered together. */
const delayMsMin = 20
/** One announcement costs every machine as much as one answer costs its newcomer, so it is for several at once. */
const newcomersToldApartMax = 4

export interface Newcomer {
  readonly id: NodeId
  readonly address: Address
  /** It was not heard before, in this life. */
  readonly isNew: boolean
}

/**
 * Whom of the newcomers to answer, and when.
 *
 * A newcomer asks everybody at once, and everybody answers. So that 100 answers do not meet in one instant, each waits
 * for a drawn delay, longer the more members there are: 100 members spread theirs over half a second, ten over 50 ms.
 * An answer goes to the newcomer alone, and so costs the other machines nothing; nobody's answer can stand for that of
 * another, as each tells only of its own sender. But when many come at once, as after a power cut, all of them are
 * answered by one announcement: 100 newcomers cost each member one beacon, not 99. And a rate limits both.
 */
export class Answers {
  readonly #settings: BeaconSettings
  readonly #prng: Prng
  /** `size <= answersWaitingMax`. */
  readonly #waiting = new Map<NodeId, Address>()
  readonly #answeredAt: Lru<NodeId, Millis>
  readonly #rate: TokenBucket
  #announcedAt = -Infinity as Millis
  /** When to answer those that wait; Infinity exactly while nobody does. */
  #at = Infinity as Millis

  constructor(options: { readonly settings: BeaconSettings; readonly prng: Prng; readonly now: Millis }) {
    const { settings, prng, now } = options
    this.#settings = settings
    this.#prng = prng
    this.#answeredAt = new Lru({ entriesMax: settings.beaconMembersMax })
    this.#rate = new TokenBucket(
      { capacity: settings.answersPerSecondMax, refillTokens: settings.answersPerSecondMax },
      now,
    )
  }

  get at(): Millis {
    return this.#at
  }

  want(newcomer: Newcomer, membersKnown: number, now: Millis): void {
    const { answerAgainMs, answersWaitingMax, answerDelayMsMax } = this.#settings
    const { id, address, isNew } = newcomer
    // Whoever was heard before has probably heard what we have just told everybody. If not, it will ask again.
    const toldAt = Math.max(this.#answeredAt.get(id) ?? -Infinity, isNew ? -Infinity : this.#announcedAt)
    if (now < toldAt + answerAgainMs) return
    if (this.#waiting.size >= answersWaitingMax && !this.#waiting.has(id)) return
    this.#waiting.set(id, address)
    const delayMsMax = Math.min(answerDelayMsMax, Math.max(delayMsMin, delayMsPerMember * membersKnown))
    const delayMs = this.#prng.below(1 + delayMsMax)
    this.#at = Math.min(this.#at, after(now, delayMs)) as Millis
  }

  /** Whom to send a beacon to now: to these addresses, or to everybody; undefined while nobody is due. */
  due(now: Millis): readonly Address[] | 'everybody' | undefined {
    if (now < this.#at) return undefined
    if (!this.#rate.take(now)) {
      this.#at = after(now, this.#rate.waitMs(now))
      return undefined
    }
    const addresses = [...this.#waiting.values()]
    this.#answered(now)
    if (addresses.length <= newcomersToldApartMax) return addresses
    this.#announcedAt = now
    return 'everybody'
  }

  /** Everybody has been told, so nobody waits any more. */
  announced(now: Millis): void {
    this.#announcedAt = now
    this.#answered(now)
  }

  #answered(now: Millis): void {
    for (const newcomer of this.#waiting.keys()) this.#answeredAt.set(newcomer, now)
    this.#waiting.clear()
    this.#at = Infinity as Millis
  }
}
