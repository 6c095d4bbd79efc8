import { assert } from '@flotilla/core/errors'
import type { Chunker, ChunkPlan, ChunkSizes } from './contract.ts'
import { windowBytes, type EndSearch } from './end-search.ts'
import type { Gear } from './gear.ts'

/** `plan` has been validated. */
export function createChunker(plan: ChunkPlan, gear: Gear): Chunker {
  return new GearChunker(plan, gear)
}

/**
 * FastCDC (Xia et al., USENIX ATC 2016) with a hash of 32 bits. A chunk ends behind a byte at which the hash of the
 * last 32 bytes is below a threshold: a low one up to `centre`, so that small chunks are rare, and a high one behind
 * it, so that large ones are. What lies before `min` is not looked at, but for the 32 bytes that the first hash is
 * made of.
 */
class GearChunker implements Chunker {
  readonly #plan: ChunkPlan
  readonly #ends: EndSearch
  #stage = 0
  #bounds: Bounds
  /** Where the chunk under way begins in the content. */
  #start = 0
  /** `0 <= taken < max` bytes belong to the chunk under way. */
  #taken = 0
  /** Of the last 32 bytes that were looked at; older ones have been shifted out, those of the last chunk too. */
  #hash = 0

  constructor(plan: ChunkPlan, gear: Gear) {
    const first = plan[0]
    assert(first !== undefined, 'a chunk plan has a stage')
    this.#plan = plan
    this.#ends = gear.search
    this.#bounds = boundsOf(first.sizes)
  }

  next(bytes: Uint8Array, offset: number): number {
    const { max } = this.#bounds
    const end = Math.min(bytes.length, offset + max - this.#taken)
    const cut = this.#search(bytes, offset, end)
    if (cut !== -1) return this.#begin(offset, cut)
    this.#taken += end - offset
    return this.#taken === max ? this.#begin(end, end) : -1
  }

  /** The end that content decides between the two places. `end` is at most where `max` is reached. */
  #search(bytes: Uint8Array, offset: number, end: number): number {
    const { first, min, centre, low, high } = this.#bounds
    const begin = offset - this.#taken // Where the chunk would begin in `bytes`; may be negative.
    const warm = Math.min(end, begin + min)
    this.#hash = this.#ends.rolled(bytes, Math.max(offset, begin + first), warm, this.#hash)
    const early = Math.min(end, begin + centre)
    const cut = this.#scan(bytes, Math.max(offset, warm), early, low)
    return cut === -1 ? this.#scan(bytes, Math.max(offset, early), end, high) : cut
  }

  #scan(bytes: Uint8Array, from: number, to: number, below: number): number {
    if (from >= to) return -1
    const cut = this.#ends.first(bytes, from, to, this.#hash, below)
    if (cut === -1) this.#hash = this.#ends.rolled(bytes, from, to, this.#hash)
    return cut
  }

  #begin(offset: number, cut: number): number {
    this.#start += this.#taken + cut - offset
    this.#taken = 0
    const next = this.#plan[this.#stage + 1]
    if (next === undefined || this.#start < next.from) return cut
    while (this.#start >= (this.#plan[this.#stage + 1]?.from ?? Infinity)) this.#stage++
    this.#bounds = boundsOf((this.#plan[this.#stage] ?? next).sizes)
    return cut
  }
}

/** Sizes, made ready. A hash is taken as a signed number, and is as likely to be any of them. */
interface Bounds {
  /** The first byte that a hash may depend upon. */
  readonly first: number
  /** `min - 1`: the byte at this place may be the last of the chunk. */
  readonly min: number
  readonly centre: number
  readonly max: number
  /** A hash below it ends a chunk that has at most `centre` bytes. */
  readonly low: number
  /** And this one a chunk that has more. */
  readonly high: number
}

/** Levels of normalisation as in the paper: two bits more before the centre and two less behind it. */
const normalisation = 4

/** Where the centre has to be for chunks of `min = average / 4` to have `average` bytes on average. */
const centreShare = 0.86

function boundsOf({ min, average, max }: ChunkSizes): Bounds {
  const centre = Math.max(min, Math.round(average * centreShare))
  return {
    first: min - windowBytes,
    min: min - 1,
    centre,
    max,
    low: threshold(1 / (centre * normalisation)),
    high: threshold(normalisation / centre),
  }
}

function threshold(probability: number): number {
  return Math.min(2 ** 31 - 1, Math.round(2 ** 32 * probability) - 2 ** 31) | 0
}
