import { FlotillaError } from '@flotilla/core/errors'
import type { BlobDescriptor, ChunkId } from '../types.ts'
import type { ChunkSource, ListEntry, WantedChunk } from './contract.ts'
import { readingDefaults } from './limits.ts'
import { readLists } from './list-reading.ts'

export interface WalkOptions {
  readonly source: ChunkSource
  /**
   * Is given the root, and then what several lists name, each time all of one kind. What it gives back is descended
   * into, as far as it is lists: those that it gives back each time are read each time, so a walk over blobs that share
   * much has to remember, as a mark does.
   */
  readonly visit: (chunks: readonly WantedChunk[]) => readonly ChunkId[] | Promise<readonly ChunkId[]>
  /**
   * Is told of a list that is `not-found`, `corrupt` or `unavailable`, and the walk goes on beside it. Without it such
   * a list ends the walk. Everything else does anyway.
   */
  readonly onUnreadable?: ((list: WantedChunk, error: unknown) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** Names all chunks of a blob, the lists among them. Of the content it reads nothing. */
export async function walkBlob(descriptor: BlobDescriptor, options: WalkOptions): Promise<void> {
  const walk = new BlobWalk(options)
  const { root, size, depth } = descriptor
  await walk.visit([{ id: root, size }], depth)
  while (await walk.readOn());
}

class BlobWalk {
  readonly #options: WalkOptions
  /** Lists to be read, by depth. Low ones first, so that of each depth no more wait than one reading has brought. */
  readonly #waiting: WantedChunk[][] = []

  constructor(options: WalkOptions) {
    this.#options = options
  }

  async visit(entries: readonly ListEntry[], depth: number): Promise<void> {
    const { signal, visit } = this.#options
    signal?.throwIfAborted()
    const kind = depth === 0 ? 'data' : 'list'
    const chunks = entries.map(({ id, size }): WantedChunk => ({ id, kind, size }))
    const chosen = new Set(await visit(chunks))
    if (depth === 0) return
    // Twice the same list is read once, unless the two disagree about its size: one of them is wrong then.
    const descended = new Map(chunks.map((chunk) => [`${chunk.id}/${chunk.size}`, chunk]))
    const lists = [...descended.values()].filter(({ id }) => chosen.has(id))
    const waiting = (this.#waiting[depth] ??= [])
    for (const list of lists.toReversed()) waiting.push(list)
  }

  /** Whether there was anything to read. */
  async readOn(): Promise<boolean> {
    const depth = this.#waiting.findIndex((lists) => lists !== undefined && lists.length > 0)
    const lists = this.#waiting[depth]?.splice(-readingDefaults.listsAtOnceMax).toReversed()
    if (lists === undefined) return false
    const entries = await this.#entriesOf(lists, depth)
    if (entries.length > 0) await this.visit(entries, depth - 1)
    return true
  }

  async #entriesOf(lists: readonly WantedChunk[], depth: number): Promise<readonly ListEntry[]> {
    const { source, onUnreadable, signal } = this.#options
    try {
      return (await readLists({ source, lists, depth, signal })).flat()
    } catch (error) {
      if (onUnreadable === undefined || !isUnreadable(error)) throw error
      if (lists.length > 1) return await this.#oneByOne(lists, depth)
      for (const list of lists) onUnreadable(list, error)
      return []
    }
  }

  async #oneByOne(lists: readonly WantedChunk[], depth: number): Promise<readonly ListEntry[]> {
    const entries: ListEntry[] = []
    for (const list of lists) entries.push(...(await this.#entriesOf([list], depth)))
    return entries
  }
}

const unreadable: ReadonlySet<string> = new Set(['not-found', 'corrupt', 'unavailable'])

function isUnreadable(error: unknown): boolean {
  return error instanceof FlotillaError && unreadable.has(String(error.code))
}
