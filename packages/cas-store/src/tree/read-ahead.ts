import { assert } from '@flotilla/core/errors'
import { corrupt } from './corruption.ts'
import type { ChunkSource } from './contract.ts'
import type { Leaf, LeafWalk } from './leaf-walk.ts'

export interface ReadAheadOptions {
  readonly source: ChunkSource
  readonly windowBytes: number
  readonly batchBytes: number
  readonly signal: AbortSignal
}

interface Asked {
  readonly leaves: readonly Leaf[]
  readonly bytes: number
  readonly read: Promise<readonly Uint8Array[]>
}

/** Chunks that belong together, all of the right size. */
export interface LeafBatch {
  readonly leaves: readonly Leaf[]
  readonly chunks: readonly Uint8Array[]
}

/** Asks for chunks before they are needed. */
export class ReadAhead {
  readonly #walk: LeafWalk
  readonly #options: ReadAheadOptions
  readonly #asked: Asked[] = []
  /** What comes next, and has to wait for room in the window. */
  #held: readonly Leaf[] | undefined
  /** Of what was asked for, and of what was given last: `<= windowBytes`, or a single chunk. */
  #bytes = 0
  #bytesGiven = 0

  constructor(walk: LeafWalk, options: ReadAheadOptions) {
    this.#walk = walk
    this.#options = options
  }

  /** Says that what it gave before is done with; undefined at the end. One call at a time. */
  async next(): Promise<LeafBatch | undefined> {
    this.#bytes -= this.#bytesGiven
    this.#bytesGiven = 0
    await this.#ask()
    const first = this.#asked.shift()
    if (first === undefined) return undefined
    const chunks = await first.read
    this.#bytesGiven = first.bytes
    assert(chunks.length === first.leaves.length, 'a source gives as many chunks as were asked for')
    for (const [index, { id, size }] of first.leaves.entries()) {
      const length = chunks[index]?.length
      if (length !== size) throw corrupt(id, `has ${length} bytes where ${size} belong`)
    }
    return { leaves: first.leaves, chunks }
  }

  async #ask(): Promise<void> {
    const { windowBytes, batchBytes, signal } = this.#options
    for (;;) {
      const leaves = this.#held ?? (await this.#walk.next(batchBytes))
      signal.throwIfAborted()
      const bytes = leaves.reduce((sum, { size }) => sum + size, 0)
      const isRoom = this.#asked.length === 0 || this.#bytes + bytes <= windowBytes
      this.#held = isRoom ? undefined : leaves
      if (!isRoom || leaves.length === 0) return
      this.#bytes += bytes
      this.#asked.push({ leaves, bytes, read: this.#read(leaves) })
    }
  }

  #read(leaves: readonly Leaf[]): Promise<readonly Uint8Array[]> {
    const { source, signal } = this.#options
    const wanted = leaves.map(({ id, size }) => ({ id, kind: 'data' as const, size }))
    const read = source.read(wanted, { signal })
    read.catch(ignore) // It is looked at when its turn comes, if it does.
    return read
  }
}

function ignore(): void {}
