import type { VNode } from 'preact'
import type { BlobReplication } from '../answers/blob-answers.ts'
import { Notice } from '../parts/notice.tsx'
import { counted, sizeText } from '../words/amounts.ts'

/** Whether every blob has its copies, and how far those are that do not. */
export function RepairNotice({ replication }: { readonly replication: BlobReplication | null }): VNode {
  if (replication === null) {
    return <Notice title="Kept by this node alone.">In a cluster there would be copies of each blob elsewhere.</Notice>
  }
  const { blobs, blobsShort, blobsOutOfReach, bytesToRepair, repairing } = replication
  const lost = blobsOutOfReach.length
  if (lost > 0) {
    return (
      <Notice tone="bad" title={`${counted(lost, 'blob')} cannot be read now.`}>
        Nobody who is there has all of {lost === 1 ? 'it' : 'them'}: see which nodes are away, and start them again.
      </Notice>
    )
  }
  if (blobsShort === 0) {
    return (
      <Notice tone="good" title="Every blob has its copies.">
        {counted(blobs, 'blob')} in the cluster.
      </Notice>
    )
  }
  return (
    <Notice tone="warn" title={`${counted(blobsShort, 'blob')} short of copies.`}>
      <span class="repair">
        {sizeText(bytesToRepair)} {repairing ? 'are being copied now.' : 'wait to be copied.'}
        <progress value={blobs - blobsShort} max={Math.max(1, blobs)} aria-label="Blobs with all their copies" />
      </span>
    </Notice>
  )
}
