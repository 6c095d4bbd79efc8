import { durationText } from '@flotilla/core/text'
import type { VNode } from 'preact'
import type { VmEntry, VmsAnswer } from '../answers/machine-answers.ts'
import { useLive } from '../live/live-hooks.ts'
import { DataTable, type Column } from '../parts/data-table.tsx'
import { Mark } from '../parts/mark.tsx'
import { Empty, FailureNotice, Notice } from '../parts/notice.tsx'
import { Share } from '../parts/share.tsx'
import { routeHref } from '../shell/hash-route.ts'
import { unknownText } from '../words/amounts.ts'
import { memoryShare, networkText } from '../words/machine-words.ts'
import { nameOf } from '../words/names.ts'
import { vmStates } from './vm-states.ts'

/** The virtual machines of all nodes, as far as their agents tell. */
export function VmsPage(): VNode {
  const { value, failure } = useLive<VmsAnswer>('vms')
  const unanswered = value?.unanswered ?? []
  return (
    <>
      <h1>Virtual machines</h1>
      <FailureNotice failure={failure} />
      {unanswered.length === 0 ? undefined : (
        <Notice tone="warn" title="Not all nodes have answered.">
          {unanswered.map(({ node, why }) => `${nameOf(node)}: ${why}`).join('; ')}
        </Notice>
      )}
      {value === undefined ? undefined : <Machines vms={value.vms} />}
    </>
  )
}

function Machines({ vms }: Pick<VmsAnswer, 'vms'>): VNode {
  if (vms.length === 0) {
    return (
      <Empty>
        No virtual machine has a channel that a node of the cluster sees. Give one a virtio-serial channel named
        <code> org.flotilla.agent.0</code>, and run <code>flotilla-agent</code> in it.
      </Empty>
    )
  }
  return (
    <DataTable label="Virtual machines" columns={columns} rows={vms} keyOf={({ node, vm }) => `${node.id} ${vm}`} />
  )
}

const columns: readonly Column<VmEntry>[] = [
  {
    title: 'Virtual machine',
    show: ({ vm, node }) => <a href={routeHref(['vms', node.id, vm])}>{vm}</a>,
  },
  { title: 'On', show: ({ node }) => <a href={`#/nodes/${node.id}`}>{nameOf(node)}</a> },
  {
    title: 'State',
    show: ({ state, why }) => {
      const { words, tone } = vmStates[state]
      return (
        <Mark tone={tone} {...(why === null ? {} : { title: why })}>
          {words}
        </Mark>
      )
    },
  },
  { title: 'System', isWide: true, show: ({ system }) => system ?? unknownText },
  { title: 'Processor', show: ({ figures }) => <Share of={figures.processor} /> },
  { title: 'Memory', show: ({ figures }) => <Share {...memoryShare(figures)} /> },
  { title: 'Fullest disk', show: ({ figures }) => <Share of={figures.fullestFileSystem} /> },
  {
    title: 'Network in, out',
    isWide: true,
    show: ({ figures }) => networkText(figures),
  },
  {
    title: 'Up for',
    isWide: true,
    show: ({ figures }) => (figures.uptimeMs === undefined ? unknownText : durationText(figures.uptimeMs / 1_000)),
  },
]
