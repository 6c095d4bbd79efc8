import type { NodeId } from '@flotilla/core/ids'
import { encodeGossip, gossipHeadBytes, type EncodedGossip, type Gossip } from './messages.ts'

interface Queued extends EncodedGossip {
  readonly key: string
  readonly about: NodeId
  sent: number
  /** What has a lower one leaves first. */
  rank: number
  /** Its neighbours among those of the same rank. */
  newer: Queued | undefined
  older: Queued | undefined
}

/**
 * What is to be told to others, each piece a limited number of times. What was told least comes first, and of that the
 * newest: where there is more news than can be told, a refutation must not wait behind the suspicions of others. A
 * newer record of a member replaces whatever is said about it.
 */
export class GossipQueue {
  readonly #itemsMax: number
  readonly #byKey = new Map<string, Queued>()
  readonly #keysByMember = new Map<NodeId, Set<string>>()
  /** The newest by rank; each piece is linked in exactly the list of its rank. */
  readonly #newest: (Queued | undefined)[] = []

  constructor(itemsMax: number) {
    this.#itemsMax = itemsMax
  }

  get size(): number {
    return this.#byKey.size
  }

  /** A record or news of one: whatever was said about that member is over. */
  addRecord(about: NodeId, piece: EncodedGossip): void {
    this.forget(about)
    this.#add({ ...piece, key: about, about, sent: 0, rank: 0, newer: undefined, older: undefined })
  }

  addClaim(gossip: Extract<Gossip, { type: 'claim' }>, piece: EncodedGossip = encodeGossip(gossip)): void {
    const { about, kind, from } = gossip.claim
    const key = `${about} ${kind} ${from}`
    if (this.#byKey.has(key)) return
    const rank = kind === 'dead' ? 0 : suspicionRank
    this.#add({ ...piece, key, about, sent: 0, rank, newer: undefined, older: undefined })
  }

  forget(about: NodeId): void {
    for (const key of this.#keysByMember.get(about) ?? []) {
      const queued = this.#byKey.get(key)
      if (queued !== undefined) this.#remove(queued)
    }
  }

  /** Takes as many pieces as fit, and counts them as sent; what was sent `repeats` times is done. */
  take(bytesMax: number, countMax: number, repeats: number, except: ReadonlySet<NodeId>): EncodedGossip[] {
    const taken: Queued[] = []
    let bytesLeft = bytesMax
    let passedOver = 0
    for (const queued of this.#leastSentFirst()) {
      if (taken.length >= countMax || bytesLeft < bytesLeastLeft || passedOver >= passedOverMax) break
      const bytes = queued.bytes.length + gossipHeadBytes
      if (bytes > bytesLeft || except.has(queued.about)) {
        passedOver++
        continue
      }
      bytesLeft -= bytes
      taken.push(queued)
    }
    // The oldest first, so that the newest is again the first of the next count.
    for (const queued of taken.toReversed()) this.#countSent(queued, repeats)
    return taken
  }

  *#leastSentFirst(): Generator<Queued, void, undefined> {
    for (const newest of this.#newest) {
      for (let queued = newest; queued !== undefined; queued = queued.older) yield queued
    }
  }

  #countSent(queued: Queued, repeats: number): void {
    if (queued.sent + 1 >= repeats) return this.#remove(queued)
    this.#unlink(queued)
    queued.sent++
    queued.rank += rankPerSending
    this.#link(queued)
  }

  #add(queued: Queued): void {
    if (this.#byKey.size >= this.#itemsMax) this.#removeMostSent()
    this.#byKey.set(queued.key, queued)
    const keys = this.#keysByMember.get(queued.about) ?? new Set<string>()
    keys.add(queued.key)
    this.#keysByMember.set(queued.about, keys)
    this.#link(queued)
  }

  #removeMostSent(): void {
    const newest = this.#newest.findLast((queued) => queued !== undefined)
    if (newest !== undefined) this.#remove(newest)
  }

  #remove(queued: Queued): void {
    this.#byKey.delete(queued.key)
    this.#unlink(queued)
    const keys = this.#keysByMember.get(queued.about)
    keys?.delete(queued.key)
    if (keys?.size === 0) this.#keysByMember.delete(queued.about)
  }

  #link(queued: Queued): void {
    while (this.#newest.length <= queued.rank) this.#newest.push(undefined)
    queued.newer = undefined
    queued.older = this.#newest[queued.rank]
    if (queued.older !== undefined) queued.older.newer = queued
    this.#newest[queued.rank] = queued
  }

  #unlink(queued: Queued): void {
    if (queued.older !== undefined) queued.older.newer = queued.newer
    if (queued.newer === undefined) this.#newest[queued.rank] = queued.older
    else queued.newer.older = queued.older
  }
}

const rankPerSending = 2
/**
 * A fresh suspicion comes after what was sent once, and before what was sent twice: records and deaths go first. Where
 * a tenth of a thousand members pauses at any moment this makes a quarter as many suspicions.
 */
const suspicionRank = 3
/** Fewer bytes hold no piece, so there is no use in looking further. */
const bytesLeastLeft = 64
/** Pieces that are looked at in vain for one datagram. */
const passedOverMax = 16
