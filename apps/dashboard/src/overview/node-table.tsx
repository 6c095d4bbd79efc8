import type { VNode } from 'preact'
import { DataTable, type Column } from '../parts/data-table.tsx'
import { Mark } from '../parts/mark.tsx'
import { Share } from '../parts/share.tsx'
import { millisText } from '../words/amounts.ts'
import { memoryShare, networkText } from '../words/machine-words.ts'
import type { NodeView } from './node-view.ts'

export function NodeTable({ views }: { readonly views: readonly NodeView[] }): VNode {
  return <DataTable label="Nodes" columns={columns} rows={views} keyOf={({ id }) => id} />
}

const columns: readonly Column<NodeView>[] = [
  {
    title: 'Node',
    show: ({ id, name }) => (
      <a href={`#/nodes/${id}`} title={id}>
        {name}
      </a>
    ),
  },
  { title: 'State', show: ({ tone, state }) => <Mark tone={tone}>{state}</Mark> },
  { title: 'Part', show: ({ leads, part }) => (leads ? <strong>leads</strong> : part) },
  { title: 'Round trip', isNumber: true, show: ({ self, roundTripMs }) => (self ? '' : millisText(roundTripMs)) },
  { title: 'Processor', show: ({ machine }) => <Share of={machine?.figures.processor} /> },
  { title: 'Memory', show: ({ machine }) => <Share {...memoryShare(machine?.figures ?? {})} /> },
  { title: 'Fullest disk', show: ({ machine }) => <Share of={machine?.figures.fullestFileSystem} /> },
  {
    title: 'Network in, out',
    isWide: true,
    show: ({ machine }) => networkText(machine?.figures ?? {}),
  },
  { title: 'Version', isWide: true, show: ({ version }) => version },
]
