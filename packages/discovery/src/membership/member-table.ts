import type { NodeId } from '@flotilla/core/ids'
import type { TokenBucket } from '@flotilla/core/machines'
import type { Prng } from '@flotilla/core/random'
import type { Millis } from '@flotilla/core/time'
import type { Address } from '../address.ts'
import type { MemberStatus } from '../member.ts'
import type { MemberRecord, SignedClaim, SignedRecord } from './record.ts'
import type { Suspicion } from './suspicion.ts'

/** What we believe of one other member. */
export interface MemberEntry {
  readonly id: NodeId
  readonly publicKey: Uint8Array
  record: MemberRecord
  /** With the proof. */
  signed: SignedRecord
  status: MemberStatus
  /** When it came to that. */
  sinceMs: Millis
  /** Whether the application was told that it joined, and not that it failed or left since. */
  announced: boolean
  /** Defined exactly while it is suspect. */
  suspicion: Suspicion | undefined
  /** Why it is dead; empty while it is not. */
  obituary: readonly SignedClaim[]
  /** Where its last datagram came from. */
  heardAt: Address | undefined
  /** Datagrams do not get through, the connection does. */
  isBehindConnection: boolean
  /** Which of its addresses to try: it moves on when one does not answer. */
  addressTurn: number
  /** How often it may still change; made when it first does. */
  newsRate: TokenBucket | undefined
}

/** How many draws a pick makes for each member that it looks for before it gives up. */
const drawsPerPick = 8

/** All other members, in an order that is drawn anew for each round of probing. */
export class MemberTable {
  readonly #prng: Prng
  readonly #byId = new Map<NodeId, MemberEntry>()
  /** The same entries, in the order of this round. */
  #order: MemberEntry[] = []
  /** Up to here they had their turn in this round. */
  #turn = 0

  constructor(prng: Prng) {
    this.#prng = prng
  }

  get size(): number {
    return this.#byId.size
  }

  get(id: NodeId): MemberEntry | undefined {
    return this.#byId.get(id)
  }

  values(): Iterable<MemberEntry> {
    return this.#byId.values()
  }

  /** It takes its place anywhere in the order, so that not everybody probes a newcomer last. */
  add(entry: MemberEntry): void {
    this.#byId.set(entry.id, entry)
    const place = this.#prng.below(this.#order.length + 1)
    const moved = this.#order[place]
    this.#order[place] = entry
    if (moved !== undefined) this.#order.push(moved)
  }

  delete(id: NodeId): void {
    const entry = this.#byId.get(id)
    if (entry === undefined) return
    this.#byId.delete(id)
    const place = this.#order.indexOf(entry)
    this.#order.splice(place, 1)
    if (place < this.#turn) this.#turn--
  }

  /** Whose turn it is to be probed: every living member once in each round. */
  nextToProbe(): MemberEntry | undefined {
    for (let looked = 0; looked <= this.#order.length; looked++) {
      if (this.#turn >= this.#order.length) {
        this.#order = this.#prng.shuffled(this.#order)
        this.#turn = 0
      }
      const entry = this.#order[this.#turn++]
      if (entry !== undefined && isHere(entry)) return entry
    }
    return undefined
  }

  /** Up to `count` different ones that are `wanted`, at random. */
  pick(count: number, wanted: (entry: MemberEntry) => boolean): MemberEntry[] {
    const { length } = this.#order
    if (length <= count * drawsPerPick) return this.#prng.shuffled(this.#order).filter(wanted).slice(0, count)
    const picked = new Set<MemberEntry>()
    for (let draw = 0; draw < count * drawsPerPick && picked.size < count; draw++) {
      const entry = this.#order[this.#prng.below(length)]
      if (entry !== undefined && wanted(entry)) picked.add(entry)
    }
    return [...picked]
  }
}

/** Neither dead nor gone, as far as we know. */
export function isHere({ status }: MemberEntry): boolean {
  return status === 'alive' || status === 'suspect'
}
