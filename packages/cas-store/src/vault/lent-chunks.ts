import { freeMemory } from '../sealing/freed-memory.ts'
import type { Workshop } from '../sealing/contract.ts'

/** A piece of memory in which there are chunks that were given away. */
interface Lent {
  readonly memory: Uint8Array
  /** How many views of it are in use. */
  views: number
  /** No more views of it are given. */
  isSettled: boolean
}

/** Lends what was read in one go. */
export interface Lending {
  /** Another view of the chunk, for one who wants it. */
  lend(chunk: Uint8Array): Uint8Array
  /** That was all of it. */
  settle(): void
}

/**
 * Chunks that were given to readers, as views of the memory into which their records were read, or that they were
 * decompressed to. It goes back to the workshop when every reader of it has let go of what he has: whoever never does
 * keeps it from being used again, and nothing else.
 */
export class LentChunks {
  readonly #workshop: Pick<Workshop, 'giveBack'>
  /** By the very views that were given, so that nothing that is let go of twice, or is a part of one, counts. */
  readonly #lent = new WeakMap<Uint8Array, Lent>()

  constructor(workshop: Pick<Workshop, 'giveBack'>) {
    this.#workshop = workshop
  }

  /** `records` is any view of what was read. */
  begin(records: Uint8Array | undefined): Lending {
    const memories = new Map<ArrayBufferLike, Lent>()
    const enter = (memory: Uint8Array): Lent => {
      const lent = memories.get(memory.buffer) ?? { memory, views: 0, isSettled: false }
      memories.set(memory.buffer, lent)
      return lent
    }
    if (records !== undefined) enter(records)
    return {
      lend: (chunk) => {
        const lent = enter(chunk)
        const view = chunk.subarray()
        lent.views++
        this.#lent.set(view, lent)
        return view
      },
      settle: () => {
        for (const lent of memories.values()) {
          lent.isSettled = true
          // Nobody has seen any of it: all was decompressed to elsewhere, or is damaged.
          if (lent.views === 0) this.#giveBack(lent)
        }
      },
    }
  }

  letGo(chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) {
      const lent = this.#lent.get(chunk)
      if (lent === undefined) continue
      this.#lent.delete(chunk)
      lent.views--
      if (lent.isSettled && lent.views === 0) this.#giveBack(lent)
    }
  }

  #giveBack({ memory }: Lent): void {
    this.#workshop.giveBack?.([memory])
    freeMemory(memory)
  }
}
