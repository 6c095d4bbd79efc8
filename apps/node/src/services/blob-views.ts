import type { BlobStat, NamedBlob, ReplicatedBlobStat, ReplicationStatus, StoreStats } from '@flotilla/cas-store'
import type {
  BlobEntry,
  BlobReplicationEntry,
  BlobsAnswer,
  BlobStatAnswer,
  BlobStatsAnswer,
  NamedBlobEntry,
} from './blob-answers.ts'

/** What stores say, as it is answered. `nameOf` is empty for a node that nobody knows. */
export interface BlobViewer {
  readonly self: string
  readonly nameOf: (id: string) => string
}

export function namesAnswer(blobs: readonly NamedBlob[], limit: number): BlobsAnswer {
  return { blobs: blobs.map(namedEntry), next: blobs.length < limit ? null : (blobs.at(-1)?.name ?? null) }
}

function namedEntry({ name, id, size, putAtMs }: NamedBlob): NamedBlobEntry {
  return { name, id, size, putAt: isoText(putAtMs) }
}

export function blobEntry({ id, size, names, pinned, putAtMs }: BlobStat): BlobEntry {
  return { id, size, names, pinned, putAt: isoText(putAtMs) }
}

export function statAnswer(stat: BlobStat | ReplicatedBlobStat, { self, nameOf }: BlobViewer): BlobStatAnswer {
  if (!('holders' in stat)) return { ...blobEntry(stat), copiesWanted: null, holders: null }
  const holders = stat.holders.map(({ node, isAlive }) => {
    return { id: node, name: nameOf(node), self: node === self, alive: isAlive }
  })
  return { ...blobEntry(stat), copiesWanted: stat.copiesWanted, holders }
}

export function statsAnswer(
  stats: Omit<StoreStats, 'blobBytes'> & Pick<BlobStatsAnswer, 'blobBytes'>,
  replication: ReplicationStatus | undefined,
  viewer: BlobViewer,
): BlobStatsAnswer {
  return {
    ...stats,
    savedBytes: stats.blobBytes === null ? null : Math.max(0, stats.blobBytes - stats.chunkBytes),
    replication: replication === undefined ? null : replicationEntry(replication, viewer),
  }
}

function replicationEntry(
  { isRepairing, peers, ...counts }: ReplicationStatus,
  { nameOf }: BlobViewer,
): BlobReplicationEntry {
  return {
    ...counts,
    repairing: isRepairing,
    peers: peers.map(({ node, isAlive, isUntrusted, freeBytes, blobs, lies }) => {
      return { id: node, name: nameOf(node), alive: isAlive, untrusted: isUntrusted, freeBytes, blobs, lies }
    }),
  }
}

function isoText(wallMs: number): string {
  return new Date(wallMs).toISOString()
}
