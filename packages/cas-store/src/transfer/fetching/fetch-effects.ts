import type { NodeId } from '@flotilla/core/ids'
import type { WantedChunk } from '../../tree/contract.ts'
import type { LeftOutReason } from '../contract.ts'
import type { BatchNumber } from '../wire/messages.ts'
import type { ChunkKey } from './planned-chunk.ts'

/** What the driver is to do, in this order. */
export type FetchEffect =
  /** Tell `opened` or `leave` how it went. */
  | { readonly type: 'open'; readonly peer: NodeId }
  /** All of one kind. Tell `answered` or `leave` how it went. */
  | {
      readonly type: 'ask'
      readonly peer: NodeId
      readonly batch: BatchNumber
      readonly wanted: readonly WantedChunk[]
    }
  /** Nothing more is expected of it; what it still sends is not looked at. */
  | { readonly type: 'leave-out'; readonly peer: NodeId; readonly reason: LeftOutReason }
  /** Nobody can give these. They are wanted no more. */
  | { readonly type: 'unavailable'; readonly keys: readonly ChunkKey[] }

export interface BatchAnswer {
  readonly peer: NodeId
  readonly batch: BatchNumber
  /** Verified. */
  readonly given: readonly ChunkKey[]
  readonly lacking: readonly ChunkKey[]
  /** Of those that were given. */
  readonly bytes: number
}
