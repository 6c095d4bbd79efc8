import type { ChunkRow } from '../catalogue/contract.ts'
import type { GrowingPack } from '../packs/index.ts'
import type { ChunkId } from '../types.ts'

/** Resolves when it has been found out for all chunks of one call what becomes of them. Never rejects. */
export class Settling {
  readonly settled: Promise<void>
  #settle: () => void = () => {}

  constructor() {
    this.settled = new Promise((resolve) => (this.#settle = resolve))
  }

  settle(): void {
    this.#settle()
  }
}

/** A chunk on its way into a pack, or in one while the catalogue may not know of it. */
export class ChunkUnderWay {
  readonly id: ChunkId
  readonly settling: Settling
  /**
   * Set when it was sealed and has its place. Stays undefined when it turned out to be known, or could not be stored.
   */
  stored: { readonly row: ChunkRow; readonly pack: GrowingPack } | undefined
  /** Sessions whose next commit names it. */
  holders = 0

  constructor(id: ChunkId, settling: Settling) {
    this.id = id
    this.settling = settling
  }

  /** Its bytes will never be durable: the pack was given up. */
  get isLost(): boolean {
    return this.stored?.pack.hasLost(endOf(this.stored.row)) ?? false
  }
}

/**
 * What is on its way, of all sessions, so that a chunk that two of them bring at once is stored once. The second one
 * names the place in its own commit too, and so waits for the same bytes to be durable: whether the first one ever
 * commits is nothing to it.
 */
export class ChunksUnderWay {
  readonly #chunks = new Map<ChunkId, ChunkUnderWay>()

  get(id: ChunkId): ChunkUnderWay | undefined {
    const chunk = this.#chunks.get(id)
    return chunk?.isLost ? undefined : chunk
  }

  begin(id: ChunkId, settling: Settling): ChunkUnderWay {
    const chunk = new ChunkUnderWay(id, settling)
    this.#chunks.set(id, chunk)
    return chunk
  }

  /** The catalogue knows it, or nobody wants it any more. */
  end(chunk: ChunkUnderWay): void {
    if (this.#chunks.get(chunk.id) === chunk) this.#chunks.delete(chunk.id)
  }
}

export function endOf(row: ChunkRow): number {
  return row.place.position + row.place.length
}
