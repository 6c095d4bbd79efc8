import type { VNode } from 'preact'
import type { ClusterAnswer, NodeAnswer, NodesAnswer } from '../answers/cluster-answers.ts'
import type { RaftAnswer } from '../answers/group-answers.ts'
import type { AlertsAnswer, MachinesAnswer } from '../answers/machine-answers.ts'
import { useLive } from '../live/live-hooks.ts'
import { AlertList } from '../parts/alert-list.tsx'
import { Notice } from '../parts/notice.tsx'
import { Section } from '../parts/section.tsx'
import { Words } from '../parts/words.tsx'
import { counted, joined } from '../words/amounts.ts'
import { MeshPicture } from './mesh-picture.tsx'
import { NodeTable } from './node-table.tsx'
import { loneView, nodeViews, type NodeView } from './node-view.ts'
import { OverviewTiles } from './overview-tiles.tsx'

/** How the cluster is, at a glance. */
export function OverviewPage(): VNode {
  const { value: node } = useLive<NodeAnswer>('node')
  const { value: cluster } = useLive<ClusterAnswer>('cluster')
  const { value: nodes } = useLive<NodesAnswer>('nodes')
  const { value: raft } = useLive<RaftAnswer>('raft')
  const { value: machines } = useLive<MachinesAnswer>('machines')
  const { value: alerts } = useLive<AlertsAnswer>('alerts')
  if (node === undefined || nodes === undefined || cluster === undefined) return <h1>Overview</h1>
  const isAlone = cluster.cluster === null
  const views = nodeViews({ nodes: isAlone ? [loneView(node)] : nodes.nodes, raft, machines })
  return (
    <>
      <h1>{headline(views, raft)}</h1>
      {isAlone ? <AloneNotice /> : undefined}
      {nodes.degraded ? <DegradedNotice /> : undefined}
      {raft?.state === 'failed' ? (
        <Notice tone="bad" title="This node takes no part in decisions.">
          <Words of={`${raft.notice ?? ''}.`} />
        </Notice>
      ) : undefined}
      <AlertList alerts={alerts?.alerts ?? []} />
      <OverviewTiles views={views} raft={raft} />
      <Section title="Nodes">
        <MeshPicture views={views} />
        <NodeTable views={views} />
      </Section>
    </>
  )
}

/** The one sentence that somebody wants who only glances at it. */
function headline(views: readonly NodeView[], raft: RaftAnswer | undefined): string {
  const there = views.filter(({ tone }) => tone === 'good')
  const away = views.filter(({ tone }) => tone === 'bad' || tone === 'warn').map(({ name }) => name)
  const leader = raft?.groups[0]?.leader
  const led = leader === undefined || leader === null ? '' : ` ${leader.name === '' ? leader.id : leader.name} leads.`
  if (away.length > 3) return `${away.length} of ${views.length} nodes are not reached.${led}`
  if (away.length > 0) return `${joined(away)} ${away.length === 1 ? 'is' : 'are'} not reached.${led}`
  if (there.length === 1) return `${there[0]?.name ?? 'This node'} works alone.`
  return `${counted(there.length, 'node')} work together.${led}`
}

function AloneNotice(): VNode {
  return (
    <Notice title="In no cluster yet.">
      Make one with <code>flotilla init</code>, or join one with <code>flotilla join TOKEN</code>.
    </Notice>
  )
}

function DegradedNotice(): VNode {
  return (
    <Notice tone="bad" title="This node sees less than a majority of the cluster.">
      It may be cut off from the others: see whether its network works, and what the other nodes show.
    </Notice>
  )
}
