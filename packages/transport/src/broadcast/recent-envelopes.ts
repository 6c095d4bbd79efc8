import type { Crypto } from '@flotilla/core/crypto'
import { assert } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { Lru } from '@flotilla/core/machines'
import type { WallMillis } from '@flotilla/core/time'
import { joinIds, type EnvelopeId } from './envelope-id.ts'
import { slotMs, type BroadcastLimits } from './limits.ts'
import { digestBytes, type SlotSummary } from './messages.ts'

interface Seen {
  readonly origin: NodeId
  readonly slot: number
}

interface Slot {
  readonly ids: EnvelopeId[]
  /** Of `ids`; undefined since the last change. */
  digest: Uint8Array | undefined
}

/** Envelopes that are about to leave the window are not offered any more: the peer's clock may be ahead of ours. */
const offerMarginMs = 2_000

/**
 * The verified envelopes of the window: the ids of all of them, and as many messages as fit, to be handed on. How many
 * ids there are is bounded by what members may sign; how many messages, by count and bytes. When there are too many,
 * the oldest of the member that has most goes first, so a member that keeps to its fair share loses none to others.
 *
 * Ids come here only after their envelope was verified. So what is here is true, and nothing else suppresses a copy.
 */
export class RecentEnvelopes {
  readonly #crypto: Crypto
  readonly #limits: BroadcastLimits
  readonly #seen = new Map<EnvelopeId, Seen>()
  /** The ids of `#seen`, by slot. */
  readonly #slots = new Map<number, Slot>()
  /** The messages that are kept, by origin; none is empty. */
  readonly #shares = new Map<NodeId, Lru<EnvelopeId, Uint8Array>>()
  /** Sums over `#shares`. */
  #count = 0
  #bytes = 0

  constructor(crypto: Crypto, limits: BroadcastLimits) {
    this.#crypto = crypto
    this.#limits = limits
  }

  get seen(): number {
    return this.#seen.size
  }

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#bytes
  }

  has(id: EnvelopeId): boolean {
    return this.#seen.has(id)
  }

  /** The message that pushes it, if that is still kept. */
  get(id: EnvelopeId): Uint8Array | undefined {
    const seen = this.#seen.get(id)
    return seen && this.#shares.get(seen.origin)?.peek(id)
  }

  /** `message` is kept, so it must be an array of its own and not a view into something large. */
  add(id: EnvelopeId, origin: NodeId, timestamp: WallMillis, message: Uint8Array): void {
    const number = slotOf(timestamp)
    this.#seen.set(id, { origin, slot: number })
    const slot = this.#slots.get(number) ?? { ids: [], digest: undefined }
    slot.ids.push(id)
    slot.digest = undefined
    this.#slots.set(number, slot)

    const share = this.#shares.get(origin) ?? this.#newShare()
    share.set(id, message)
    this.#shares.set(origin, share)
    this.#count += 1
    this.#bytes += message.length
    while (this.#count > this.#limits.recentCountMax) this.#evict((each) => each.size)
    while (this.#bytes > this.#limits.recentBytesMax) this.#evict((each) => each.weight)
  }

  /** Forgets what no peer would take any more, or that is out of reach because the calendar was set back. */
  forgetOutside(first: number, last: number): void {
    for (const [number, { ids }] of this.#slots) {
      if (number >= first && number <= last) continue
      this.#slots.delete(number)
      for (const id of ids) this.#forget(id)
    }
  }

  /** What is worth comparing with a peer. */
  summary(wall: WallMillis): readonly SlotSummary[] {
    return this.#offered(wall).map(([slot, each]) => ({ slot, digest: this.#digestOf(each) }))
  }

  /** What could be sent of the slots in which the peer has not seen the same, oldest first; at most `countMax`. */
  idsMissedBy(theirs: readonly SlotSummary[], wall: WallMillis, countMax: number): readonly EnvelopeId[] {
    const digests = new Map(theirs.map(({ slot, digest }) => [slot, digest]))
    const missed: EnvelopeId[] = []
    for (const [number, slot] of this.#offered(wall)) {
      if (isSame(digests.get(number), this.#digestOf(slot))) continue
      for (const id of slot.ids) {
        if (missed.length === countMax) return missed
        if (this.get(id) !== undefined) missed.push(id)
      }
    }
    return missed
  }

  #offered(wall: WallMillis): readonly (readonly [number, Slot])[] {
    const oldest = wall - this.#limits.clockToleranceMs + offerMarginMs
    return [...this.#slots].filter(([number]) => number * slotMs >= oldest).toSorted(([a], [b]) => a - b)
  }

  #digestOf(slot: Slot): Uint8Array {
    slot.digest ??= this.#crypto.sha256(joinIds(slot.ids.toSorted(byCode))).slice(0, digestBytes)
    return slot.digest
  }

  #newShare(): Lru<EnvelopeId, Uint8Array> {
    return new Lru({ entriesMax: this.#limits.recentCountMax + 1, weigh: ({ length }) => length })
  }

  #evict(sizeOf: (share: Lru<EnvelopeId, Uint8Array>) => number): void {
    let largest: Lru<EnvelopeId, Uint8Array> | undefined
    for (const share of this.#shares.values()) {
      if (largest === undefined || sizeOf(share) > sizeOf(largest)) largest = share
    }
    assert(largest !== undefined, 'what takes room belongs to somebody')
    const [oldest] = largest
    assert(oldest !== undefined, 'no share is empty')
    this.#drop(oldest[0])
  }

  #forget(id: EnvelopeId): void {
    this.#drop(id)
    this.#seen.delete(id)
  }

  /** Lets go of the message, not of the id. */
  #drop(id: EnvelopeId): void {
    const origin = this.#seen.get(id)?.origin
    const share = origin && this.#shares.get(origin)
    const message = share?.peek(id)
    if (origin === undefined || share === undefined || message === undefined) return
    share.delete(id)
    if (share.size === 0) this.#shares.delete(origin)
    this.#count -= 1
    this.#bytes -= message.length
  }
}

export function slotOf(timestamp: number): number {
  return Math.floor(timestamp / slotMs)
}

function byCode(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

function isSame(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one?.length === other.length && other.every((byte, index) => byte === one[index])
}
