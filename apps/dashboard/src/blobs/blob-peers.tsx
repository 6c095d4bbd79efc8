import type { VNode } from 'preact'
import type { BlobPeer, BlobReplication } from '../answers/blob-answers.ts'
import { DataTable, type Column } from '../parts/data-table.tsx'
import { Mark } from '../parts/mark.tsx'
import { Section } from '../parts/section.tsx'
import { countText, sizeText } from '../words/amounts.ts'
import { nameOf } from '../words/names.ts'

/** Who else keeps copies. */
export function BlobPeers({ replication }: { readonly replication: BlobReplication | null }): VNode | undefined {
  if (replication === null || replication.peers.length === 0) return undefined
  return (
    <Section title="Copies at">
      <DataTable label="Who keeps copies" columns={columns} rows={replication.peers} keyOf={({ id }) => id} />
    </Section>
  )
}

const columns: readonly Column<BlobPeer>[] = [
  {
    title: 'Node',
    show: (peer) => (
      <a href={`#/nodes/${peer.id}`} title={peer.id}>
        {nameOf(peer)}
      </a>
    ),
  },
  {
    title: 'State',
    show: ({ alive, untrusted }) => (
      <Mark tone={alive ? 'good' : 'bad'}>
        {alive ? 'there' : 'away'}
        {untrusted ? ', cannot read them' : ''}
      </Mark>
    ),
  },
  { title: 'Blobs', isNumber: true, show: ({ blobs }) => countText(blobs) },
  { title: 'Room', isNumber: true, show: ({ freeBytes }) => sizeText(freeBytes) },
  { title: 'Wrong pieces', isNumber: true, show: ({ lies }) => countText(lies) },
]
