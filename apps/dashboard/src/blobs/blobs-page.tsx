import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { BlobsAnswer, BlobStatsAnswer } from '../answers/blob-answers.ts'
import { useLive } from '../live/live-hooks.ts'
import { pageLimitsDefaults } from '../limits.ts'
import { useAsked } from '../parts/asked.ts'
import { FailureNotice, Empty } from '../parts/notice.tsx'
import { Section } from '../parts/section.tsx'
import { Tile, Tiles } from '../parts/tile.tsx'
import { counted, countText, percentText, sizeText } from '../words/amounts.ts'
import { BlobDetail } from './blob-detail.tsx'
import { BlobPeers } from './blob-peers.tsx'
import { BlobTable } from './blob-table.tsx'
import { RepairNotice } from './repair-notice.tsx'

/** What is kept here, what that saves, and whether there are as many copies as there should be. */
export function BlobsPage(): VNode {
  const { value: stats, failure } = useLive<BlobStatsAnswer>('blob-stats')
  const [chosen, setChosen] = useState<string | undefined>(undefined)
  // Names are listed anew when there are more or fewer of them, or more or less content.
  const listed = useAsked<BlobsAnswer>(
    `/v1/blobs?limit=${pageLimitsDefaults.rowsShownMax}`,
    `${stats?.names} ${stats?.blobBytes}`,
  )
  return (
    <>
      <h1>Blobs</h1>
      <FailureNotice failure={failure} />
      {stats === undefined ? undefined : (
        <>
          <RepairNotice replication={stats.replication} />
          <BlobTiles stats={stats} />
        </>
      )}
      {stats?.blobBytes === null ? (
        <Empty>This node keeps copies that it cannot read: its role is replica. Names are known to the nodes.</Empty>
      ) : (
        <Section title="Names">
          {listed.answer === undefined ? <FailureNotice failure={listed.failure} /> : undefined}
          {listed.answer === undefined ? undefined : (
            <BlobTable {...listed.answer} chosen={chosen} onChoose={setChosen} />
          )}
        </Section>
      )}
      {chosen === undefined ? undefined : <BlobDetail name={chosen} onClose={() => setChosen(undefined)} />}
      <BlobPeers replication={stats?.replication ?? null} />
    </>
  )
}

function BlobTiles({ stats }: { readonly stats: BlobStatsAnswer }): VNode {
  const { blobs, blobBytes, savedBytes, diskBytes, chunks, keyEpoch, chunksWithOlderKeys, replication } = stats
  const saved = blobBytes === null || savedBytes === null || blobBytes === 0 ? undefined : savedBytes / blobBytes
  const keyNote =
    chunksWithOlderKeys === 0 ? 'seals everything' : `${countText(chunksWithOlderKeys)} pieces to seal anew`
  return (
    <Tiles label="Figures of this node">
      <Tile title="Content kept here" amount={sizeText(blobBytes)} note={counted(blobs, 'blob')} />
      <Tile
        title="Saved"
        amount={sizeText(savedBytes)}
        note={saved === undefined ? 'nothing to save' : `${percentText(saved)} by sharing and compression`}
      />
      <Tile title="On the disk" amount={sizeText(diskBytes)} note={counted(chunks, 'piece')} />
      <Tile
        title="In the cluster"
        amount={countText(replication?.blobs ?? blobs)}
        note={replication === null ? 'this node keeps them alone' : 'blobs that this node knows'}
      />
      <Tile title="Key" amount={`number ${keyEpoch}`} note={keyNote} />
    </Tiles>
  )
}
