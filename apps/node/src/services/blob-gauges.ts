import type { Gauge, Metrics } from '@flotilla/core/observe'
import type { BlobStatsAnswer } from './blob-answers.ts'

type Read = (stats: BlobStatsAnswer) => number

/** Figures of the store at one moment; what happens to it is counted by the store itself (`flotilla_cas_*`). */
export class BlobGauges {
  readonly #gauges: readonly (readonly [Gauge<never>, Read])[]

  constructor(metrics: Metrics) {
    const gauge = (name: string, help: string, read: Read): readonly [Gauge<never>, Read] => [
      metrics.gauge<never>({ name: `flotilla_blobs_${name}`, help, labelNames: [] }),
      read,
    ]
    this.#gauges = [
      gauge('count', 'Blobs on this node.', ({ blobs }) => blobs),
      gauge('bytes', 'Their content, as if nothing were shared.', ({ blobBytes }) => blobBytes ?? 0),
      gauge('saved_bytes', 'What sharing and compression save of that.', ({ savedBytes }) => savedBytes ?? 0),
      gauge('names', 'Names that stand for blobs.', ({ names }) => names),
      gauge('chunks', 'Pieces of content, each kept once.', ({ chunks }) => chunks),
      gauge('disk_bytes', 'What the files of the store take.', ({ diskBytes }) => diskBytes),
      gauge('key_epoch', 'Counts the data keys of this node.', ({ keyEpoch }) => keyEpoch),
      gauge('chunks_older_keys', 'Still to be sealed with the newest key.', (stats) => stats.chunksWithOlderKeys),
      gauge('short', 'Blobs with fewer living copies than wanted.', (stats) => stats.replication?.blobsShort ?? 0),
      gauge('out_of_reach', 'Blobs of which nobody alive has a copy.', (stats) => outOfReach(stats)),
      gauge('repair_bytes', 'Still to be copied.', ({ replication }) => replication?.bytesToRepair ?? 0),
      gauge('copies_spare', 'Copies in more places than needed.', (stats) => stats.replication?.copiesSpare ?? 0),
      gauge('tombstones', 'Deletions not known to all.', ({ replication }) => replication?.tombstones ?? 0),
    ]
  }

  set(stats: BlobStatsAnswer): void {
    for (const [gauge, read] of this.#gauges) gauge.set({}, read(stats))
  }
}

function outOfReach({ replication }: BlobStatsAnswer): number {
  return replication?.blobsOutOfReach.length ?? 0
}
