import { assert } from '../../errors/index.ts'
import type { Prng } from '../../random/index.ts'

/** What a disk writes wholly or not at all. */
export const sectorBytes = 512

/** Something that a crash may bring back, because a later change of it is not durable yet. */
interface Earlier<Value> {
  readonly value: Value
  /** The number of the change that replaced it. A sync that began after that change rules it out. */
  until: number
  /** A sync failed while it could come back: a later sync rules it out only if the place was written again since. */
  stuck: boolean
}

/** How a crash treats one file: nothing survives that need not, everything does, or each sector on its own. */
type Way = 'oldest' | 'newest' | 'any'

/** The bytes of one file: what reads see, and what else each sector and the length may be after a crash. */
export class CrashableBytes {
  /** Zeros from `#size` on. */
  #bytes = new Uint8Array(sectorBytes)
  #size = 0
  /** How many changes there were. */
  #changes = 0
  /** For each sector that is not durable, what it was since it last was, oldest first. */
  readonly #sectors = new Map<number, Earlier<Uint8Array>[]>()
  #sizes: Earlier<number>[] = []

  get size(): number {
    return this.#size
  }

  /** To be handed to `makeDurable` when the sync that begins now succeeds. */
  get changes(): number {
    return this.#changes
  }

  read(position: number, length: number): Uint8Array {
    return this.#bytes.slice(position, Math.max(position, Math.min(position + length, this.#size)))
  }

  write(position: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const end = position + bytes.length
    this.#grow(end)
    this.#change(position, end, Math.max(this.#size, end))
    this.#bytes.set(bytes, position)
  }

  truncate(size: number): void {
    this.#grow(size)
    const end = this.#size
    this.#change(size, Math.max(size, end), size)
    // Cutting at the length that the file has already says anew that nothing stands behind it.
    for (const [sector, earlier] of this.#sectors) if (sector * sectorBytes >= size) this.#settle(earlier)
    this.#bytes.fill(0, size, Math.max(size, end))
  }

  makeDurable(changes: number): void {
    assert(changes <= this.#changes, 'a sync covers changes that have been made')
    const remains = ({ stuck, until }: Earlier<unknown>): boolean => stuck || until > changes
    for (const [sector, earlier] of this.#sectors) {
      const rest = earlier.filter(remains)
      if (rest.length > 0) this.#sectors.set(sector, rest)
      else this.#sectors.delete(sector)
    }
    this.#sizes = this.#sizes.filter(remains)
  }

  /**
   * A sync failed: what may come back may do so even after a later sync, as on systems that drop what they cannot
   * write.
   */
  leaveInDoubt(): void {
    for (const earlier of this.#sectors.values()) for (const one of earlier) one.stuck = true
    for (const one of this.#sizes) one.stuck = true
  }

  /** The power is cut and comes back: what is there now is durable. */
  crash(prng: Prng): void {
    const way = prng.pick<Way>(['oldest', 'newest', 'any', 'any'])
    const sizes = [...this.#sizes.map((earlier) => earlier.value), this.#size]
    const between = prng.between(Math.min(...sizes), Math.max(...sizes))
    this.#size = prng.chance(1, 3) ? between : drawn(prng, way, sizes)
    // In order of their place, whatever the order of the writes was.
    for (const sector of [...this.#sectors.keys()].toSorted((one, other) => one - other)) {
      const at = sector * sectorBytes
      const now = this.#bytes.slice(at, at + sectorBytes)
      const earlier = this.#sectors.get(sector) ?? []
      this.#bytes.set(drawn(prng, way, [...earlier.map((one) => one.value), now]), at)
    }
    this.#bytes.fill(0, this.#size)
    this.#sectors.clear()
    this.#sizes = []
  }

  /**
   * Flips one bit between the two places, in whatever a crash may leave there; returns where, or undefined if it is
   * empty.
   */
  rot(prng: Prng, from: number, below: number): number | undefined {
    const end = Math.min(below, this.#size)
    if (from >= end) return undefined
    const at = prng.between(from, end - 1)
    const mask = 1 << prng.below(8)
    const sector = Math.floor(at / sectorBytes)
    const images = (this.#sectors.get(sector) ?? []).map((earlier) => earlier.value)
    const current = this.#bytes.subarray(sector * sectorBytes, (sector + 1) * sectorBytes)
    for (const image of [...images, current]) image[at % sectorBytes] = (image[at % sectorBytes] ?? 0) ^ mask
    return at
  }

  /** Remembers what the bytes from `from` to `to` and the size were, before they change. */
  #change(from: number, to: number, size: number): void {
    this.#changes++
    for (let sector = Math.floor(from / sectorBytes); sector * sectorBytes < to; sector++) {
      const at = sector * sectorBytes
      const earlier = this.#sectors.get(sector) ?? []
      this.#settle(earlier)
      earlier.push({ value: this.#bytes.slice(at, at + sectorBytes), until: this.#changes, stuck: false })
      this.#sectors.set(sector, earlier)
    }
    // Writing data makes the system write the length again, too.
    this.#settle(this.#sizes)
    if (size !== this.#size) this.#sizes.push({ value: this.#size, until: this.#changes, stuck: false })
    this.#size = size
  }

  /** The place is written again: the next sync decides, not the one that failed. */
  #settle(earlier: readonly Earlier<unknown>[]): void {
    for (const one of earlier) if (one.stuck) Object.assign(one, { stuck: false, until: this.#changes })
  }

  #grow(size: number): void {
    if (size <= this.#bytes.length) return
    const whole = Math.ceil(Math.max(size, this.#bytes.length * 2) / sectorBytes) * sectorBytes
    const grown = new Uint8Array(whole)
    grown.set(this.#bytes)
    this.#bytes = grown
  }
}

function drawn<Value>(prng: Prng, way: Way, candidates: readonly Value[]): Value {
  const index = { oldest: 0, newest: candidates.length - 1, any: prng.below(candidates.length) }[way]
  return candidates[index] as Value
}
