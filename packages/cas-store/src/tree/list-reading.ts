import { assert } from '@flotilla/core/errors'
import { corrupt } from './corruption.ts'
import type { ChunkSource, ListEntry, WantedChunk } from './contract.ts'
import { decodeList, type ChunkList } from './list-codec.ts'

export interface ListsWanted {
  readonly source: ChunkSource
  readonly lists: readonly WantedChunk[]
  /** Of each of them. */
  readonly depth: number
  readonly signal: AbortSignal | undefined
}

/** Reads lists, and holds each to what its parent says of it. */
export async function readLists(options: ListsWanted): Promise<readonly (readonly ListEntry[])[]> {
  const { source, lists, depth, signal } = options
  const read = await source.read(lists, { signal })
  assert(read.length === lists.length, 'a source gives as many chunks as were asked for')
  return lists.map((wanted, index) => entriesOf(wanted, read[index] ?? new Uint8Array(0), depth))
}

function entriesOf({ id, size }: WantedChunk, bytes: Uint8Array, depth: number): readonly ListEntry[] {
  const list = decoded(bytes, id)
  if (list.depth !== depth) throw corrupt(id, `is a list of depth ${list.depth} where one of ${depth} belongs`)
  const sum = list.entries.reduce((bytesBelow, entry) => bytesBelow + entry.size, 0)
  if (sum === size) return list.entries
  throw corrupt(id, `lists ${sum} bytes of content where ${size} belong`)
}

function decoded(bytes: Uint8Array, id: WantedChunk['id']): ChunkList {
  try {
    return decodeList(bytes)
  } catch (cause) {
    throw corrupt(id, 'is no list of chunks', { cause })
  }
}
