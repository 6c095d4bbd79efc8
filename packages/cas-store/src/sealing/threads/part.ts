import { unreachable } from '@flotilla/core/errors'
import type { ChunkId, ChunkKind } from '../../types.ts'
import type { ChunkToPack, ChunkToSeal, OpenedChunk, OpenOptions, SealedChunk } from '../contract.ts'
import type { FilesToSeal, SealedFiles } from '../file-batch.ts'
import type { PackedRoom } from '../packed-chunks.ts'

/** A part of a call, small enough that the threads share a large call between them. */
export type Part =
  | { readonly type: 'identify'; readonly kind: ChunkKind; readonly chunks: readonly Uint8Array[] }
  | { readonly type: 'seal'; readonly chunks: readonly ChunkToSeal[] }
  /** The records are written to the room, which all threads reach. */
  | { readonly type: 'pack'; readonly chunks: readonly ChunkToPack[]; readonly room: Uint8Array }
  /** Its room is one that all threads reach. */
  | { readonly type: 'seal-files'; readonly files: FilesToSeal }
  | { readonly type: 'open'; readonly chunks: readonly SealedChunk[]; readonly options: OpenOptions }

export type PartResult =
  | { readonly type: 'identify'; readonly ids: readonly ChunkId[] }
  | { readonly type: 'seal'; readonly sealed: readonly Uint8Array[] }
  | { readonly type: 'pack'; readonly packed: PackedRoom }
  | { readonly type: 'seal-files'; readonly sealed: SealedFiles }
  | { readonly type: 'open'; readonly opened: readonly OpenedThere[] }
  /** A bug of ours, as whoever asked for it cannot break anything by what the chunks hold. */
  | { readonly type: 'broken'; readonly why: string }

/** `in-place`: so many bytes of content stand where they were sealed. Memory that is shared is not sent back. */
export type OpenedThere = OpenedChunk | { readonly type: 'in-place'; readonly length: number }

/** The same part with each piece of memory replaced that it is to work on. */
export function withMemory(part: Part, replaced: (bytes: Uint8Array) => Uint8Array): Part {
  switch (part.type) {
    case 'identify':
      return { ...part, chunks: part.chunks.map(replaced) }
    case 'seal':
      return { ...part, chunks: part.chunks.map((chunk) => ({ ...chunk, bytes: replaced(chunk.bytes) })) }
    case 'pack':
      return { ...part, chunks: part.chunks.map((chunk) => ({ ...chunk, bytes: replaced(chunk.bytes) })) }
    case 'open':
      return { ...part, chunks: part.chunks.map((chunk) => ({ ...chunk, sealed: replaced(chunk.sealed) })) }
    case 'seal-files':
      return part
    default:
      return unreachable(part, 'part')
  }
}

/** The memory of which other threads get what is in it, so that it is handed over and not copied. */
export function memoryOf(result: PartResult): readonly Uint8Array[] {
  switch (result.type) {
    case 'seal':
      return result.sealed
    case 'open':
      return result.opened.flatMap((chunk) => (chunk.type === 'opened' ? [chunk.bytes] : []))
    case 'identify':
    case 'pack':
    case 'seal-files':
    case 'broken':
      return []
    default:
      return unreachable(result, 'result')
  }
}

/** Cuts a list so that each stretch has at least one item, and otherwise at most about so many bytes. */
export function stretchesOf<Item>(
  items: readonly Item[],
  bytesOf: (item: Item) => number,
  bytesMax: number,
): readonly { readonly items: readonly Item[]; readonly bytes: number }[] {
  const stretches: { items: Item[]; bytes: number }[] = []
  let stretch: { items: Item[]; bytes: number } | undefined
  for (const item of items) {
    const bytes = bytesOf(item)
    if (stretch === undefined || stretch.bytes + bytes > bytesMax) {
      stretch = { items: [], bytes: 0 }
      stretches.push(stretch)
    }
    stretch.items.push(item)
    stretch.bytes += bytes
  }
  return stretches
}
