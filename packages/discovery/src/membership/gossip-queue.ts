import type { NodeId } from '@flotilla/core/ids'
import { encodeGossip, gossipHeadBytes, type EncodedGossip, type Gossip } from './messages.ts'

interface Queued extends EncodedGossip {
  readonly key: string
  readonly about: NodeId
  sent: number
}

/**
 * What is to be told to others, each piece a limited number of times: what was told least comes first, so news overtake
 * what everybody knows by now. A newer record of a member replaces whatever is said about it.
 */
export class GossipQueue {
  readonly #itemsMax: number
  readonly #byKey = new Map<string, Queued>()
  readonly #keysByMember = new Map<NodeId, Set<string>>()
  /** By how often they were sent; each piece is in exactly the set of its count. */
  readonly #levels: Set<Queued>[] = []

  constructor(itemsMax: number) {
    this.#itemsMax = itemsMax
  }

  get size(): number {
    return this.#byKey.size
  }

  /** A record or news of one: whatever was said about that member is over. */
  addRecord(about: NodeId, piece: EncodedGossip): void {
    this.forget(about)
    this.#add({ ...piece, key: about, about, sent: 0 })
  }

  addClaim(gossip: Extract<Gossip, { type: 'claim' }>, piece: EncodedGossip = encodeGossip(gossip)): void {
    const { about, kind, from } = gossip.claim
    const key = `${about} ${kind} ${from}`
    if (!this.#byKey.has(key)) this.#add({ ...piece, key, about, sent: 0 })
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
    for (const queued of taken) this.#countSent(queued, repeats)
    return taken
  }

  *#leastSentFirst(): Generator<Queued, void, undefined> {
    for (const level of this.#levels) yield* level
  }

  #countSent(queued: Queued, repeats: number): void {
    if (queued.sent + 1 >= repeats) return this.#remove(queued)
    this.#levels[queued.sent]?.delete(queued)
    queued.sent++
    this.#level(queued.sent).add(queued)
  }

  #add(queued: Queued): void {
    if (this.#byKey.size >= this.#itemsMax) this.#removeMostSent()
    this.#byKey.set(queued.key, queued)
    const keys = this.#keysByMember.get(queued.about) ?? new Set<string>()
    keys.add(queued.key)
    this.#keysByMember.set(queued.about, keys)
    this.#level(0).add(queued)
  }

  #removeMostSent(): void {
    const [first] = this.#levels.findLast((level) => level.size > 0) ?? []
    if (first !== undefined) this.#remove(first)
  }

  #remove(queued: Queued): void {
    this.#byKey.delete(queued.key)
    this.#levels[queued.sent]?.delete(queued)
    const keys = this.#keysByMember.get(queued.about)
    keys?.delete(queued.key)
    if (keys?.size === 0) this.#keysByMember.delete(queued.about)
  }

  #level(sent: number): Set<Queued> {
    while (this.#levels.length <= sent) this.#levels.push(new Set())
    return this.#levels[sent] as Set<Queued>
  }
}

/** Fewer bytes hold no piece, so there is no use in looking further. */
const bytesLeastLeft = 64
/** Pieces that are looked at in vain for one datagram. */
const passedOverMax = 16
