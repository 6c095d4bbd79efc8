import type { VNode } from 'preact'
import type { BlobsAnswer } from '../answers/blob-answers.ts'
import { DataTable, type Column } from '../parts/data-table.tsx'
import { Moment } from '../parts/moment.tsx'
import { Empty } from '../parts/notice.tsx'
import { sizeText } from '../words/amounts.ts'
import { shortId } from '../words/names.ts'
import { BlobDownload } from './blob-download.tsx'

type NamedBlob = BlobsAnswer['blobs'][number]

interface BlobTableProps extends BlobsAnswer {
  readonly chosen: string | undefined
  readonly onChoose: (name: string) => void
}

export function BlobTable({ blobs, next, chosen, onChoose }: BlobTableProps): VNode {
  if (blobs.length === 0) {
    return (
      <Empty>
        No blob has a name. Put one: <code>flotilla blob put FILE</code>.
      </Empty>
    )
  }
  const columns: readonly Column<NamedBlob>[] = [
    {
      title: 'Name',
      show: ({ name }) => (
        <button type="button" class="link" onClick={() => onChoose(name)}>
          {name}
        </button>
      ),
    },
    { title: 'Size', isNumber: true, show: ({ size }) => sizeText(size) },
    { title: 'Put', show: ({ putAt }) => <Moment at={putAt} /> },
    { title: 'Id', isWide: true, show: ({ id }) => <code title={id}>{shortId(id)}</code> },
    {
      title: 'Content',
      show: ({ name }) => <BlobDownload name={name} />,
    },
  ]
  return (
    <>
      <DataTable
        label="Names of blobs"
        columns={columns}
        rows={blobs}
        keyOf={({ name }) => name}
        isChosen={({ name }) => name === chosen}
      />
      {next === null ? undefined : <p class="quiet">Only the first {blobs.length} names are shown.</p>}
    </>
  )
}
