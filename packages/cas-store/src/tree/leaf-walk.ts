import type { BlobDescriptor, ChunkId } from '../types.ts'
import type { ChunkSource, ListEntry } from './contract.ts'
import { readLists } from './list-reading.ts'

/** A chunk of content, and where it is in the blob. */
export interface Leaf {
  readonly id: ChunkId
  readonly size: number
  readonly start: number
}

export interface LeafWalkOptions {
  readonly source: ChunkSource
  /** Of the content: chunks that have none of these bytes are left out, and lists too. */
  readonly start: number
  readonly end: number
  readonly signal: AbortSignal | undefined
}

/** The way from the root to where the walk is. */
interface Frame {
  /** Of what its entries are: 0 is content. */
  readonly depth: number
  readonly entries: readonly ListEntry[]
  /** The entry that comes next, and where its content begins. */
  index: number
  start: number
  /** The list that comes next, asked for while the one before it is being read. */
  ahead: Promise<readonly ListEntry[]> | undefined
}

/** Chunks of content in their order. It holds one list of each depth, and one more that it expects to need. */
export class LeafWalk {
  readonly #options: LeafWalkOptions
  readonly #path: Frame[]

  constructor({ depth, root, size }: BlobDescriptor, options: LeafWalkOptions) {
    this.#options = options
    this.#path = [{ depth, entries: [{ id: root, size }], index: 0, start: 0, ahead: undefined }]
  }

  /** About so many bytes of them, less where a list ends; none at the end. One call at a time. */
  async next(bytes: number): Promise<readonly Leaf[]> {
    for (;;) {
      const frame = this.#path.at(-1)
      if (frame === undefined) return []
      this.#skip(frame)
      const entry = frame.entries[frame.index]
      if (entry === undefined || frame.start >= this.#options.end) this.#path.pop()
      else if (frame.depth === 0) return this.#leaves(frame, bytes)
      else await this.#descend(frame, entry)
    }
  }

  #skip(frame: Frame): void {
    for (;;) {
      const size = frame.entries[frame.index]?.size
      if (size === undefined || frame.start + size > this.#options.start) return
      advance(frame, size)
    }
  }

  #leaves(frame: Frame, bytes: number): readonly Leaf[] {
    const leaves: Leaf[] = []
    const first = frame.start
    for (;;) {
      const entry = frame.entries[frame.index]
      if (entry === undefined || frame.start >= this.#options.end) return leaves
      if (leaves.length > 0 && frame.start + entry.size - first > bytes) return leaves
      leaves.push({ id: entry.id, size: entry.size, start: frame.start })
      advance(frame, entry.size)
    }
  }

  async #descend(frame: Frame, entry: ListEntry): Promise<void> {
    const read = frame.ahead ?? this.#list(frame, entry)
    const { start } = frame
    advance(frame, entry.size)
    const following = frame.entries[frame.index]
    const isNeeded = following !== undefined && frame.start < this.#options.end
    frame.ahead = isNeeded ? this.#list(frame, following) : undefined
    frame.ahead?.catch(ignore) // It is looked at when its turn comes, if it does.
    this.#path.push({ depth: frame.depth - 1, entries: await read, index: 0, start, ahead: undefined })
  }

  async #list(frame: Frame, { id, size }: ListEntry): Promise<readonly ListEntry[]> {
    const { source, signal } = this.#options
    signal?.throwIfAborted()
    const [entries] = await readLists({ source, lists: [{ id, kind: 'list', size }], depth: frame.depth, signal })
    return entries ?? []
  }
}

function advance(frame: Frame, size: number): void {
  frame.index++
  frame.start += size
}

function ignore(): void {}
