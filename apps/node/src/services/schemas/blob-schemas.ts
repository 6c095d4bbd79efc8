import type { BlobId, CheckReport, CollectionReport } from '@flotilla/cas-store'
import {
  count,
  either,
  figure,
  flag,
  kindOf,
  list,
  moment,
  named,
  nullable,
  object,
  oneOf,
  optional,
  table,
  text,
} from '../../schema/building.ts'
import type { Schema } from '../../schema/schema.ts'
import type {
  BlobEvent,
  BlobFindingEntry,
  BlobIdsAnswer,
  BlobPutAnswer,
  BlobReplicationEntry,
  BlobsAnswer,
  BlobsRebuilt,
  BlobStatAnswer,
  BlobStatsAnswer,
  KeyRotated,
} from '../blob-answers.ts'
import { nodeId } from './cluster-schemas.ts'

const blobId = text({ description: 'of a blob, made from its content' })
const blobName = text({ description: 'of a blob' })

/** What a blob is asked for by. */
export const blobRef: Schema<string> = text({ lengthMax: 4_096, description: 'the name or the id of a blob' })

export const blobPutAnswer: Schema<BlobPutAnswer> = named(
  'BlobPut',
  object({
    id: blobId,
    name: nullable(blobName),
    size: count(),
    bytesKnown: count({ description: 'bytes of content that were here already' }),
    bytesStored: count({ description: "bytes written to this node's disk" }),
    copies: count({ description: "durable ones, this node's among them" }),
  }),
)

const nextName = nullable(text(), { description: 'ask for what comes after this; null at the end' })

export const blobsAnswer: Schema<BlobsAnswer> = named(
  'Blobs',
  object({
    blobs: list(object({ name: blobName, id: blobId, size: count(), putAt: moment() })),
    next: nextName,
  }),
)

const blobFields = { id: blobId, size: count(), names: list(blobName), pinned: flag(), putAt: moment() } as const

export const blobIdsAnswer: Schema<BlobIdsAnswer> = named(
  'BlobIds',
  object({ blobs: list(object(blobFields)), next: nextName }),
)

export const blobStatAnswer: Schema<BlobStatAnswer> = named(
  'BlobStat',
  object({
    ...blobFields,
    copiesWanted: nullable(either([count(), oneOf(['all'])]), {
      description: 'null where this node keeps blobs alone, as the next one',
    }),
    holders: nullable(list(object({ id: nodeId, name: text(), self: flag(), alive: flag() }))),
  }),
)

const replication: Schema<BlobReplicationEntry> = named(
  'BlobReplication',
  object({
    blobs: count({ description: 'that this node knows of, its own among them' }),
    blobsShort: count({ description: 'with fewer copies than wanted' }),
    blobsOutOfReach: list(blobId),
    bytesToRepair: count(),
    repairing: flag(),
    copiesSpare: count(),
    tombstones: count(),
    peers: list(
      object({
        id: nodeId,
        name: text(),
        alive: flag(),
        freeBytes: count(),
        blobs: count(),
        lies: count({ description: 'how often it sent what it ought not to have' }),
        untrusted: flag({ description: 'it keeps what it cannot read' }),
      }),
    ),
  }),
)

export const blobStatsAnswer: Schema<BlobStatsAnswer> = named(
  'BlobStats',
  object({
    blobs: count(),
    blobBytes: nullable(count(), { description: 'content, as if nothing were shared' }),
    names: count(),
    chunks: count(),
    chunkBytes: count({ description: 'of what is kept: each chunk once, compressed and sealed' }),
    savedBytes: nullable(count(), { description: 'what sharing and compression save' }),
    diskBytes: count(),
    keyEpoch: count(),
    chunksWithOlderKeys: count(),
    replication: nullable(replication, { description: 'null where this node keeps blobs alone' }),
  }),
)

const finding: Schema<BlobFindingEntry> = named(
  'BlobFinding',
  object({
    type: oneOf(['chunk-damaged', 'chunk-missing', 'catalogue-damaged']),
    mended: flag(),
    what: text({ description: 'where it is, as far as that can be told' }),
    why: text(),
  }),
)

/** What comes while something is done with blobs that takes long. */
function blobEvent<Done>(done: Schema<Done>): Schema<BlobEvent<Done>> {
  const doneEvent: Schema<{ readonly event: 'done'; readonly done: Done }> = {
    type: 'object',
    properties: { event: oneOf(['done']), done },
    required: ['event', 'done'],
    additionalProperties: false,
  }
  return either([
    object({ event: oneOf(['beat']) }),
    object({ event: oneOf(['progress']), progress: table(figure()) }),
    object({ event: oneOf(['finding']), finding }),
    doneEvent,
  ])
}

export const blobPutEvent: Schema<BlobEvent<BlobPutAnswer>> = named('BlobPutEvent', blobEvent(blobPutAnswer))

export const collectEvent: Schema<BlobEvent<CollectionReport>> = named(
  'BlobCollectEvent',
  blobEvent(object({ chunksForgotten: count(), bytesForgotten: count(), packsRemoved: count(), bytesFreed: count() })),
)

export const checkEvent: Schema<BlobEvent<CheckReport>> = named(
  'BlobCheckEvent',
  blobEvent(
    object({
      bytesRead: count(),
      chunksRead: count(),
      blobsRead: count(),
      damaged: count({ description: 'places on the disk that do not hold what was written there' }),
      missing: count({ description: 'chunks that a blob needs and that were not here' }),
      mended: count(),
      blobsHurt: list(kindOf<BlobId>(blobId), { description: 'that cannot be read wholly now' }),
    }),
  ),
)

export const keepEvent: Schema<BlobEvent<{ readonly kept: boolean }>> = named(
  'BlobKeepEvent',
  blobEvent(object({ kept: flag() })),
)

export const rotateEvent: Schema<BlobEvent<KeyRotated>> = named(
  'BlobRotateEvent',
  blobEvent(object({ keyEpoch: count(), chunks: count() })),
)

export const rebuildEvent: Schema<BlobEvent<BlobsRebuilt>> = named(
  'BlobRebuildEvent',
  blobEvent(
    object({
      packs: count(),
      chunks: count(),
      bytesPassedOver: count({ description: 'in packs, and no whole record that a known key opens' }),
      blobs: count(),
      keptAs: optional(text({ description: 'where the catalogue that could not be read is kept' })),
    }),
  ),
)

export const pinnedAnswer: Schema<{ readonly pinned: boolean }> = object({ pinned: flag() })
export const namedAnswer: Schema<{ readonly named: boolean }> = object({ named: flag() })
export const unnamedAnswer: Schema<{ readonly was: boolean }> = object({
  was: flag({ description: 'whether it stood for something' }),
})
export const keptAnswer: Schema<{ readonly kept: boolean }> = object({ kept: flag() })
export const seenAnswer: Schema<{ readonly blob: BlobPutAnswer | null }> = object({
  blob: nullable(blobPutAnswer, { description: 'null where it has to be sent' }),
})
export const deletedAnswer: Schema<{ readonly deleted: boolean }> = object({ deleted: flag() })
export const sawAnswer: Schema<{ readonly seen: boolean }> = object({ seen: flag() })
