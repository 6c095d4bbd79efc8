import type { WantedChunk } from '../../tree/contract.ts'
import type { ChunkId, ChunkKind } from '../../types.ts'
import type { IdentifiedBlob } from '../contract.ts'

/** Counts the batches of one stream, from 0. */
export type BatchNumber = number & { readonly brand: 'BatchNumber' }

/** What a stream is for. On one for fetching the opener asks and the far side answers; on the other it pushes. */
export type StreamPurpose = 'fetch' | 'push'

/** Chunks of one kind; the answer comes in the order of asking, of batches and of chunks in them. */
export interface ChunkAsk {
  readonly type: 'ask'
  readonly batch: BatchNumber
  readonly kind: ChunkKind
  readonly wanted: readonly Omit<WantedChunk, 'kind'>[]
}

/** The bytes of those that are there follow, one after the other; null: that one is not. */
export interface ChunkAnswer {
  readonly type: 'answer'
  readonly batch: BatchNumber
  readonly lengths: readonly (number | null)[]
}

/** The far side goes no further, and closes the stream. */
export interface Refusal {
  readonly type: 'refused'
  readonly code: string
  readonly why: string
}

export type PushMessage =
  /** What is going to come, where that is known. What comes of it is kept for a later attempt. */
  | { readonly type: 'begin'; readonly blob: IdentifiedBlob }
  /** Which of these are missing there? Those that are not stay there until the stream ends. */
  | {
      readonly type: 'have'
      readonly batch: BatchNumber
      readonly kind: ChunkKind
      readonly ids: readonly ChunkId[]
    }
  /** Their bytes follow. */
  | {
      readonly type: 'chunks'
      readonly batch: BatchNumber
      readonly kind: ChunkKind
      readonly ids: readonly ChunkId[]
      readonly lengths: readonly number[]
    }
  /** All of it is there now. */
  | { readonly type: 'commit'; readonly blob: IdentifiedBlob }

/** Answers come in the order of what they answer. */
export type PushReply =
  /** To `begin`: whether there is nothing to do. */
  | { readonly type: 'begun'; readonly isDurable: boolean }
  /** To `have`: which, counted from 0, ascending. */
  | { readonly type: 'lacks'; readonly batch: BatchNumber; readonly missing: readonly number[] }
  /** To `chunks`: they were what they were said to be, and may be relied upon until the stream ends. */
  | { readonly type: 'taken'; readonly batch: BatchNumber }
  /** To `commit`: the blob is whole, verified and durable. */
  | { readonly type: 'durable' }
  | Refusal
