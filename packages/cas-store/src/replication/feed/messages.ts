import {
  array,
  boolean,
  bytes,
  createCodec,
  integer,
  object,
  string,
  union,
  type Codec,
  type Schema,
} from '@flotilla/core/codec'
import type { BlobId } from '../../types.ts'
import { statementBytesMax } from '../limits.ts'

export type FeedRequest =
  /** The next statements of that feed behind `since`; the asker has all up to `have`, durable. */
  | { readonly type: 'statements'; readonly feed: string; readonly since: number; readonly have: number }
  /** The next changes of what the asked one has; `have` likewise. */
  | { readonly type: 'holdings'; readonly feed: string; readonly since: number; readonly have: number }
  /** News of the asker himself; and whether the asked one has all of that blob, if one is named. */
  | { readonly type: 'take'; readonly statements: readonly Uint8Array[]; readonly blob: string }
  /** Whether the asked one has all of that blob and will keep it for a while, so that the asker may give up its own. */
  | { readonly type: 'keep'; readonly blob: BlobId }

/** Answers to `statements` and `holdings` are of `feed`, and empty where that is not the one that was asked for. */
export type FeedAnswer =
  | {
      readonly type: 'statements'
      readonly feed: string
      /** The page is about everything behind `since` up to here; the same as `since` where there is nothing more. */
      readonly to: number
      readonly statements: readonly FedStatement[]
      readonly freeBytes: number
    }
  | { readonly type: 'holdings'; readonly feed: string; readonly to: number; readonly holdings: readonly FedHolding[] }
  | { readonly type: 'taken'; readonly isHeld: boolean }
  | { readonly type: 'kept'; readonly isKept: boolean }

export interface FedStatement {
  readonly seq: number
  readonly statement: Uint8Array
}

export interface FedHolding {
  readonly seq: number
  readonly id: BlobId
  readonly isGone: boolean
}

const feedIdLength = 32
/** Statements, or holdings, in one message, whatever a node's own limits are. */
const rowsMax = 10_000
const feed: Schema<string> = string({ bytesMax: feedIdLength })
const blob: Schema<BlobId> = string<BlobId>({ bytesMax: 64 })
const statement: Schema<Uint8Array> = bytes({ bytesMax: statementBytesMax })

const requestSchema: Schema<FeedRequest> = union({
  statements: object({ feed, since: integer(), have: integer() }),
  holdings: object({ feed, since: integer(), have: integer() }),
  take: object({ statements: array(statement, { countMax: rowsMax }), blob: string({ bytesMax: 64 }) }),
  keep: object({ blob }),
})

const answerSchema: Schema<FeedAnswer> = union({
  statements: object({
    feed,
    to: integer(),
    statements: array(object({ seq: integer(), statement }), { countMax: rowsMax }),
    freeBytes: integer(),
  }),
  holdings: object({
    feed,
    to: integer(),
    holdings: array(object({ seq: integer(), id: blob, isGone: boolean() }), { countMax: rowsMax }),
  }),
  taken: object({ isHeld: boolean() }),
  kept: object({ isKept: boolean() }),
})

export interface FeedCodecs {
  readonly request: Codec<FeedRequest>
  readonly answer: Codec<FeedAnswer>
}

export function feedCodecs(): FeedCodecs {
  return {
    request: createCodec({ name: 'blob statement request', schema: requestSchema }),
    answer: createCodec({ name: 'blob statement answer', schema: answerSchema }),
  }
}
