import type { Workshop } from '../sealing/contract.ts'

/** Memory of this length and more is worth keeping. */
const pooledBytesMin = 64 * 2 ** 10

export interface Slab {
  readonly bytes: Uint8Array
  /** Nobody reads it any more. Not calling it is always right, and costs memory until it is collected. */
  release(): void
}

/**
 * Memory for what comes in, used again and again: on a busy link, fresh memory costs more time than decrypting what
 * goes there (half of all that a node did while it received, most of it for pages that the system had to zero).
 */
export class SlabPool {
  readonly #make: Workshop['slab']
  readonly #keptMax: number
  readonly #kept: Uint8Array[] = []

  constructor(make: Workshop['slab'], keptMax: number) {
    this.#make = make
    this.#keptMax = keptMax
  }

  take(byteLength: number): Slab {
    if (byteLength < pooledBytesMin) return { bytes: this.#make(byteLength), release: () => {} }
    const fitting = this.#kept.findIndex(({ length }) => length >= byteLength)
    const [kept] = fitting === -1 ? [] : this.#kept.splice(fitting, 1)
    // Powers of two, so that what is kept fits most of what comes.
    const room = kept ?? this.#make(2 ** Math.ceil(Math.log2(byteLength)))
    let isTaken = true
    return {
      bytes: room.subarray(0, byteLength),
      release: () => {
        if (!isTaken) return
        isTaken = false
        // The oldest gives way, so that small ones that fit nothing any more do not stay for ever.
        if (this.#kept.length === this.#keptMax) this.#kept.shift()
        this.#kept.push(room)
      },
    }
  }
}
