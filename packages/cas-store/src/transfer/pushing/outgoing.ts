import type { ChunkKind } from '../../types.ts'
import type { WantedChunk } from '../../tree/contract.ts'
import type { IdentifiedBlob } from '../contract.ts'
import type { PushedChunk } from './push-stream.ts'

/** How a blob looks to the peer that it is brought to. */
export interface Outgoing {
  /** What is said of it before. */
  begin(blob: IdentifiedBlob): IdentifiedBlob
  /** As what its chunks go. */
  kindOf(kind: ChunkKind): ChunkKind
  make(kind: ChunkKind, chunks: readonly PushedChunk[]): Promise<readonly PushedChunk[]>
  /** These belong to the blob, whether the peer lacked them or not. */
  name(chunks: readonly WantedChunk[]): Promise<void>
  /** What it is in the end. */
  finish(blob: IdentifiedBlob): Promise<IdentifiedBlob>
}

/** As it is. */
export const plainly: Outgoing = Object.freeze({
  begin: (blob: IdentifiedBlob) => blob,
  kindOf: (kind: ChunkKind) => kind,
  make: async (_kind: ChunkKind, chunks: readonly PushedChunk[]) => chunks,
  name: async () => {},
  finish: async (blob: IdentifiedBlob) => blob,
})
