import {
  array,
  boolean,
  bytes,
  createCodec,
  integer,
  literal,
  object,
  optional,
  refined,
  string,
  union,
  type Codec,
  type ObjectSchema,
  type Schema,
} from '@flotilla/core/codec'
import { ProtocolError } from '@flotilla/core/errors'
import { nodeIdLength, type NodeId } from '@flotilla/core/ids'
import type { BlobId, ChunkId, KeyEpoch, PackId } from '../types.ts'
import type { CatalogueChange } from './contract.ts'

/** The journal is what the catalogue was at some time, in parts, and what has been changed since. */
export type JournalRecord =
  | { readonly type: 'image'; readonly bytes: Uint8Array; readonly isLast: boolean }
  /** Of one transaction: all of them, or none. */
  | { readonly type: 'changes'; readonly changes: readonly CatalogueChange[] }

/** The longest record; a transaction of as many rows as one call may have is far below. */
export const journalRecordBytesMax: number = 64 * 2 ** 20
/** Longer ones are cut into parts. */
export const imagePartBytes: number = 2 ** 20

const textBytesMax = 2 ** 20
const valueBytesMax = 2 ** 24
const countMax = 2 ** 20

const chunkId = idSchema<ChunkId>(64)
const blobId = idSchema<BlobId>(64)
const packId = idSchema<PackId>(32)
const node = string<NodeId>({ bytesMax: Math.max(nodeIdLength, 256) })
const text = (): Schema<string> => string({ bytesMax: textBytesMax })
const value = (): Schema<Uint8Array> => bytes({ bytesMax: valueBytesMax })
const place = object({ pack: packId, position: integer(), length: integer() })
const descriptor = { size: integer(), depth: integer(), root: chunkId }

const chunk = object({ id: chunkId, kind: literal('data', 'list'), epoch: integer<KeyEpoch>(), place })
const move = object({ id: chunkId, from: place, to: place, epoch: integer<KeyEpoch>() })
const share = object({ blob: blobId, node })
const peer = object({
  node,
  seenAtMs: integer(),
  freeBytes: integer(),
  hasOursTo: integer(),
  hasTheirsTo: integer(),
  holdingsTo: integer(),
})
const statement = object({ key: text(), stamp: text(), author: node, envelope: value(), isGone: boolean() })

const files = object({
  atMs: integer(),
  blobs: array(blobId, { countMax }),
  sizes: array(integer(), { countMax }),
  roots: array(chunkId, { countMax }),
  names: array(text(), { countMax }),
  paths: array(text(), { countMax }),
  signatures: array(text(), { countMax }),
})

const change: Schema<CatalogueChange> = union({
  'add-chunks': object({ chunks: array(chunk, { countMax }) }),
  'move-chunks': object({ moves: array(move, { countMax }) }),
  'drop-chunks': object({ chunks: array(object({ id: chunkId, place }), { countMax }) }),
  'add-blob': object({ blob: object({ id: blobId, ...descriptor, putAtMs: integer() }) }),
  'remove-blob': object({ id: blobId }),
  'trim-gone': object({ throughSeq: integer() }),
  'set-name': object({ name: object({ name: text(), blob: blobId, atMs: integer() }) }),
  'remove-name': object({ name: text() }),
  'add-pin': object({ id: blobId }),
  'remove-pin': object({ id: blobId }),
  'set-key': object({ key: object({ epoch: integer<KeyEpoch>(), wrapped: value(), atMs: integer() }) }),
  'remove-key': object({ epoch: integer<KeyEpoch>() }),
  'set-partial': object({ partial: object({ id: blobId, ...descriptor, untilMs: integer() }) }),
  'remove-partial': object({ id: blobId }),
  'set-share': object({ share }),
  'remove-share': object({ share }),
  'set-peer': object({ peer }),
  'remove-peer': object({ node }),
  'set-statement': object({ statement }),
  'remove-statement': object({ key: text(), stamp: text() }),
  'see-file': object({ file: object({ path: text(), signature: text(), blob: blobId }) }),
  'add-files': object({ files }),
  'set-note': noteSchema(),
})

const schema: Schema<JournalRecord> = union({
  image: object({ bytes: bytes({ bytesMax: journalRecordBytesMax }), isLast: boolean() }),
  changes: object({ changes: array(change, { countMax }) }),
})

export function journalCodec(): Codec<JournalRecord> {
  return createCodec({
    name: 'catalogue journal record',
    schema,
    limits: { bytesMax: journalRecordBytesMax, itemsMax: 2 ** 22 },
  })
}

function idSchema<Id extends string>(digits: number): Schema<Id> {
  const pattern = new RegExp(`^[0-9a-f]{${digits}}$`)
  return refined(string({ bytesMax: digits }), (id: string): Id => {
    if (pattern.test(id)) return id as Id
    throw new ProtocolError('malformed', `an id has ${digits} hexadecimal digits`)
  })
}

/** A note without a value is forgotten, which has to be said. */
function noteSchema(): ObjectSchema<{ readonly key: string; readonly value: string | undefined }> {
  const noted = object({ key: text(), value: optional(text()) })
  return noted as unknown as ObjectSchema<{ readonly key: string; readonly value: string | undefined }>
}
