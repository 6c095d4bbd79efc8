import { freeMemory } from '../freed-memory.ts'

export interface LentMemorySettings {
  /** Makes memory that all threads reach. */
  readonly make: (byteLength: number) => Uint8Array
  /** Of slabs that nobody uses now, and that are kept for who asks next; older ones give way. */
  readonly keptBytesMax: number
}

/**
 * Knows which memory the workshop has given away, so that what comes back is freed, or used again, and what merely
 * looks like it is left alone. It holds on to nothing that is not given back.
 */
export class LentMemory {
  readonly #settings: LentMemorySettings
  readonly #lent = new WeakSet<ArrayBufferLike>()
  readonly #kept: Uint8Array[] = []
  #keptBytes = 0

  constructor(settings: LentMemorySettings) {
    this.#settings = settings
  }

  get keptBytes(): number {
    return this.#keptBytes
  }

  /** Shared memory cannot be freed by hand: two threads have it. So it is used again. */
  slab(byteLength: number): Uint8Array {
    const fitting = this.#kept.findLastIndex(({ length }) => length >= byteLength && length < 2 * byteLength)
    const [kept] = fitting === -1 ? [] : this.#kept.splice(fitting, 1)
    if (kept !== undefined) this.#keptBytes -= kept.length
    const slab = kept ?? this.#settings.make(roundedUp(byteLength))
    this.#lent.add(slab.buffer)
    return slab.subarray(0, byteLength)
  }

  /** It came from a thread that has it no more. */
  lend({ buffer }: Uint8Array): void {
    this.#lent.add(buffer)
  }

  giveBack(pieces: Iterable<Uint8Array>): void {
    for (const piece of pieces) {
      // Once for all pieces of the same memory.
      if (!this.#lent.delete(piece.buffer)) continue
      if (piece.buffer instanceof ArrayBuffer) freeMemory(new Uint8Array(piece.buffer))
      else this.#keep(new Uint8Array(piece.buffer))
    }
  }

  #keep(slab: Uint8Array): void {
    const { keptBytesMax } = this.#settings
    if (slab.length > keptBytesMax) return
    this.#kept.push(slab)
    this.#keptBytes += slab.length
    while (this.#keptBytes > keptBytesMax) this.#keptBytes -= this.#kept.shift()?.length ?? 0
  }
}

/** To few different sizes, at most a quarter more, so that one that was made for another size may do. */
function roundedUp(byteLength: number): number {
  const step = Math.max(1, 2 ** (Math.ceil(Math.log2(Math.max(1, byteLength))) - 3))
  return Math.ceil(Math.max(1, byteLength) / step) * step
}
