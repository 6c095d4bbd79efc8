import { assert } from '@flotilla/core/errors'
import type { BlobDescriptor, ChunkId } from '../types.ts'
import type { ListEntry } from './contract.ts'
import { treeLimits } from './limits.ts'
import { encodeList } from './list-codec.ts'

/** Adds lists to the store; their ids, in order. */
export type AddLists = (lists: readonly Uint8Array[]) => Promise<readonly ChunkId[]>

interface Level {
  /** All that ever came to this level. */
  count: number
  /** Of the list under way: fewer than `listEntriesMax`. */
  entries: ListEntry[]
  /** Lists that are complete and not added yet. */
  readonly waiting: { readonly bytes: Uint8Array; readonly size: number }[]
}

/**
 * Builds the tree above the chunks of a blob, from left to right. A list ends where the id of its last entry says so,
 * so that blobs that differ in one place share the lists behind it as well. It depends on nothing but the chunks.
 */
export class ListLevels {
  readonly #add: AddLists
  readonly #listsWaitingMax: number
  /** The first one is that of the content. */
  readonly #levels: Level[] = []

  constructor(add: AddLists, listsWaitingMax: number) {
    this.#add = add
    this.#listsWaitingMax = listsWaitingMax
  }

  /** One call at a time. */
  push(entries: readonly ListEntry[]): Promise<void> {
    return this.#push(entries, 0)
  }

  /** Ends what is under way. At least one entry must have been pushed. */
  async finish(): Promise<Omit<BlobDescriptor, 'size'>> {
    for (let depth = 0; ; depth++) {
      const level = this.#level(depth)
      const [only] = level.entries
      if (level.count === 1 && only !== undefined) return { depth, root: only.id }
      this.#endList(level, depth)
      await this.#flush(level, depth)
    }
  }

  async #push(entries: readonly ListEntry[], depth: number): Promise<void> {
    const level = this.#level(depth)
    level.count += entries.length
    for (const entry of entries) {
      level.entries.push(entry)
      if (!isLast(level.entries.length, entry.id)) continue
      this.#endList(level, depth)
      if (level.waiting.length >= this.#listsWaitingMax) await this.#flush(level, depth)
    }
  }

  #endList(level: Level, depth: number): void {
    if (level.entries.length === 0) return
    const { entries } = level
    level.entries = []
    const size = entries.reduce((sum, entry) => sum + entry.size, 0)
    level.waiting.push({ bytes: encodeList({ depth: depth + 1, entries }), size })
  }

  async #flush(level: Level, depth: number): Promise<void> {
    if (level.waiting.length === 0) return
    const lists = level.waiting.splice(0)
    const ids = await this.#add(lists.map(({ bytes }) => bytes))
    const entries = ids.map((id, index) => ({ id, size: lists[index]?.size ?? 0 }))
    await this.#push(entries, depth + 1)
  }

  #level(depth: number): Level {
    const level = this.#levels[depth]
    if (level !== undefined) return level
    assert(depth <= treeLimits.depthMax, 'a tree of lists with a least number of entries is not deeper than depthMax')
    const added: Level = { count: 0, entries: [], waiting: [] }
    this.#levels.push(added)
    return added
  }
}

/** Ids are as good as random, so their last 32 bits end one list in so many. */
const endsBelow = 2 ** 32 / (treeLimits.listEntriesAverage - treeLimits.listEntriesMin)

function isLast(length: number, id: ChunkId): boolean {
  if (length < treeLimits.listEntriesMin) return false
  return length === treeLimits.listEntriesMax || Number.parseInt(id.slice(-8), 16) < endsBelow
}
