/** Makes room for content. What it gives may have any bytes in it. */
export type MakeSlab = (byteLength: number) => Uint8Array

/** Takes slabs back that nobody looks at any more. */
export type GiveBackSlabs = (slabs: readonly Uint8Array[]) => void

/** How much is taken at first, where nobody knows how much will come. */
const firstBytes = 64 * 2 ** 10
const growth = 4

/**
 * The memory that a writer copies content into: small at first, so that a short stream is cheap, then slabs of one
 * size, which are used again when they have been released.
 */
export class Slabs {
  readonly #make: MakeSlab
  /** Of all slabs but the first ones. The largest chunk fits into one. */
  readonly #fullBytes: number
  #nextBytes: number
  /** No more of `#fullBytes` than there were batches in flight at once, and the first, smaller ones. */
  readonly #free: Uint8Array[] = []

  constructor(options: {
    readonly make: MakeSlab
    readonly fullBytes: number
    readonly expectedBytes: number | undefined
  }) {
    const { make, fullBytes, expectedBytes } = options
    this.#make = make
    this.#fullBytes = fullBytes
    this.#nextBytes = Math.min(fullBytes, Math.max(1, expectedBytes ?? firstBytes))
  }

  take(): Uint8Array {
    const byteLength = this.#nextBytes
    this.#nextBytes = Math.min(this.#fullBytes, byteLength * growth)
    if (byteLength === this.#fullBytes) {
      const free = this.#free.findLastIndex(({ length }) => length === byteLength)
      const [slab] = free === -1 ? [] : this.#free.splice(free, 1)
      if (slab !== undefined) return slab
    }
    return this.#make(byteLength)
  }

  giveBack(slab: Uint8Array): void {
    this.#free.push(slab)
  }

  /** At the end of the writing: those that are not used by anybody. What comes back later is left to the collector. */
  drain(): readonly Uint8Array[] {
    return this.#free.splice(0)
  }
}
