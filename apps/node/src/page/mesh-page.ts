import { bytesText } from '@flotilla/core/text'
import type { ClusterAnswer, NodeEntry, NodesAnswer } from '../services/answers.ts'
import { html, type Html } from './html.ts'

/** How much of an id is enough to tell a few hundred nodes apart. */
const idShownLength = 12

/** The other nodes, as this one sees them. */
export function meshSection(cluster: ClusterAnswer, nodes: NodesAnswer): Html {
  return html`<section aria-labelledby="nodes-title">
    <h2 id="nodes-title">Nodes</h2>
    <div id="mesh-notice" role="status" data-live>${notice(cluster, nodes)}</div>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="nodes-title">
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Id</th>
            <th scope="col">Status</th>
            <th scope="col">Link</th>
            <th scope="col">Round trip</th>
            <th scope="col">In</th>
            <th scope="col">Out</th>
          </tr>
        </thead>
        <tbody id="nodes" data-live>
          ${nodes.nodes.map(nodeRow)}
        </tbody>
      </table>
    </div>
  </section>`
}

function notice({ cluster }: ClusterAnswer, { degraded }: NodesAnswer): Html {
  if (cluster === null) {
    return html`<p>
      In no cluster yet: make one with <code>flotilla init</code>, or join one with <code>flotilla join TOKEN</code>.
    </p>`
  }
  if (!degraded) return html`<p class="quiet">Cluster <code>${cluster.id}</code></p>`
  return html`<p class="banner bad">
    <strong>Degraded:</strong> this node sees less than a majority of the cluster. It may be cut off from the others.
  </p>`
}

const classes: Readonly<Record<NodeEntry['status'], string>> = {
  alive: 'good',
  suspect: 'bad',
  dead: 'bad',
  left: 'plain',
}

function nodeRow(node: NodeEntry): Html {
  const { id, name, self, status, connected, roundTripMs, bytesIn, bytesOut } = node
  return html`<tr>
    <td>${name}</td>
    <td><code title="${id}">${id.slice(0, idShownLength)}…</code></td>
    <td><span class="mark ${classes[status]}">${status}</span></td>
    <td>${self ? 'this node' : connected ? 'connected' : 'none'}</td>
    <td>${roundTripMs === null ? '' : `${roundTripMs.toFixed(1)} ms`}</td>
    <td>${self ? '' : bytesText(bytesIn)}</td>
    <td>${self ? '' : bytesText(bytesOut)}</td>
  </tr>`
}
