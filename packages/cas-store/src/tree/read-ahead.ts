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
  /** Of what was asked for, and of what was given last: `<= windowBytes`, or a single batch. */
  #bytes = 0
  #bytesGiven = 0
  #isAtEnd = false

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
    const { source, windowBytes, batchBytes, signal } = this.#options
    while (!this.#isAtEnd && (this.#asked.length === 0 || this.#bytes + batchBytes <= windowBytes)) {
      const leaves = await this.#walk.next(batchBytes)
      const [first] = leaves
      const last = leaves.at(-1)
      if (first === undefined || last === undefined) {
        this.#isAtEnd = true
        return
      }
      const wanted = leaves.map(({ id, size }) => ({ id, kind: 'data' as const, size }))
      const read = source.read(wanted, { signal })
      read.catch(ignore) // It is looked at when its turn comes, if it does.
      const bytes = last.start + last.size - first.start
      this.#bytes += bytes
      this.#asked.push({ leaves, bytes, read })
    }
  }
}

function ignore(): void {}
