import type { Refusal } from '../http/reply.ts'
import type { NodeFigures } from '../observe/node-figures.ts'
import type { HistoryRow, HistoryType } from '../storage/history.ts'
import { bytesText, durationText, momentText } from '@flotilla/core/text'
import type { ClusterAnswer, NodesAnswer } from '../services/answers.ts'
import type { LocksAnswer, RaftAnswer } from '../services/lock-answers.ts'
import type { BlobsShown } from '../services/blob-answers.ts'
import type { MachinesShown } from '../services/machine-answers.ts'
import { blobsSection } from './blobs-page.ts'
import { html, type Html } from './html.ts'
import { groupSection, locksSection } from './locks-page.ts'
import { machinesSection } from './machines-page.ts'
import { meshSection } from './mesh-page.ts'
import { vmsSection } from './vms-page.ts'
import type { VmsAnswer } from '../services/vm-answers.ts'

export interface PageContents {
  readonly figures: NodeFigures
  readonly history: readonly HistoryRow[]
  readonly cluster: ClusterAnswer
  readonly nodes: NodesAnswer
  readonly raft: RaftAnswer
  /** Undefined where the group does not answer soon. */
  readonly locks: LocksAnswer | undefined
  readonly blobs: BlobsShown
  readonly machines: MachinesShown
  readonly vms: VmsAnswer
}

/** The page of a node. What carries an id and `data-live` is replaced by its script every few seconds. */
export function nodePage(contents: PageContents): string {
  const { figures, history, cluster, nodes, raft, locks, blobs, machines, vms } = contents
  return document(
    figures.name,
    html`<header>
        <img src="/icon.svg" alt="" width="40" height="40" />
        <div>
          <h1>${figures.name}</h1>
          <p class="id"><span class="label">id</span> <code>${figures.id}</code></p>
        </div>
        <p id="liveness" class="badge" role="status">running</p>
      </header>
      <main>
        <section aria-label="Figures">
          <dl id="figures" class="tiles" data-live>${tiles(figures)}</dl>
        </section>
        ${meshSection(cluster, nodes)} ${machinesSection(machines)} ${vmsSection(vms)} ${groupSection(raft)}
        ${locksSection(raft, locks)} ${blobsSection(blobs)}
        <section aria-labelledby="history-title">
          <h2 id="history-title">History</h2>
          <div class="scroll" tabindex="0" role="region" aria-labelledby="history-title">
            <table>
              <thead>
                <tr>
                  <th scope="col">When</th>
                  <th scope="col">What</th>
                  <th scope="col">Life</th>
                  <th scope="col">Version</th>
                </tr>
              </thead>
              <tbody id="history" data-live>
                ${history.map(historyRow)}
              </tbody>
            </table>
          </div>
        </section>
        <section aria-labelledby="details-title">
          <h2 id="details-title">Details</h2>
          <dl id="details" class="details" data-live>${details(figures)}</dl>
        </section>
      </main>
      <footer>
        <p>
          Also here: <a href="/v1/node">/v1/node</a>, <a href="/v1/history">/v1/history</a>,
          <a href="/v1/cluster">/v1/cluster</a>, <a href="/v1/nodes">/v1/nodes</a>, <a href="/v1/mesh">/v1/mesh</a>,
          <a href="/v1/machines">/v1/machines</a>, <a href="/v1/processes">/v1/processes</a>,
          <a href="/v1/raft">/v1/raft</a>, <a href="/v1/locks">/v1/locks</a>, <a href="/v1/blobs">/v1/blobs</a>,
          <a href="/v1/blob-stats">/v1/blob-stats</a>, <a href="/metrics">/metrics</a>.
          <span id="freshness">Read once.</span>
        </p>
      </footer>
      <script src="/page.js" defer></script>`,
  )
}

/** What a browser sees that has no key, or a wrong one. */
export function refusedPage({ status, message, hint }: Refusal): string {
  return document(
    'Flotilla',
    html`<main class="alone">
      <img src="/icon.svg" alt="" width="48" height="48" />
      <h1>This node wants its key</h1>
      <p>${message}: ${hint}.</p>
      <p class="quiet">Answer ${status}</p>
    </main>`,
  )
}

function document(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Flotilla node</title>
        <link rel="icon" href="/icon.svg" />
        <link rel="stylesheet" href="/page.css" />
      </head>
      <body>
        ${body}
      </body>
    </html> `.text
}

function tiles({ uptimeSeconds, life, memory, storage, eventLoopDelay }: NodeFigures): readonly Html[] {
  const freeShare = Math.round((100 * storage.diskFreeBytes) / Math.max(1, storage.diskBytes))
  return [
    tile('Uptime', durationText(uptimeSeconds), `life ${life}`),
    tile('Memory', bytesText(memory.residentBytes), `${bytesText(memory.heapUsedBytes)} of it heap in use`),
    tile('Database', bytesText(storage.sqliteBytes), `rows of history: ${storage.historyRows}`),
    tile('Free disk', bytesText(storage.diskFreeBytes), `${freeShare} % of ${bytesText(storage.diskBytes)}`),
    tile(
      'Event loop',
      millis(eventLoopDelay.p99Seconds),
      `99th percentile, at most ${millis(eventLoopDelay.maxSeconds)}`,
    ),
  ]
}

function tile(title: string, amount: string, note: string): Html {
  return html`<div class="tile">
    <dt>${title}</dt>
    <dd><strong>${amount}</strong> <span class="quiet">${note}</span></dd>
  </div>`
}

function details({ version, startedAt, dataFolder, pid, runtime }: NodeFigures): readonly Html[] {
  const rows: readonly (readonly [string, Html])[] = [
    ['Version', html`${version}`],
    ['Started', moment(startedAt)],
    ['Data folder', html`<code>${dataFolder}</code>`],
    ['Process', html`${pid}`],
    ['Runs on', html`Node ${runtime.node}, ${runtime.platform}`],
  ]
  return rows.map(
    ([title, value]) =>
      html`<div>
        <dt>${title}</dt>
        <dd>${value}</dd>
      </div>`,
  )
}

const classes: Readonly<Record<HistoryType, string>> = { started: 'good', stopped: 'plain', 'unclean stop': 'bad' }

function historyRow({ wallMs, type, life, version }: HistoryRow): Html {
  return html`<tr>
    <td>${moment(new Date(wallMs).toISOString())}</td>
    <td><span class="mark ${classes[type]}">${type}</span></td>
    <td>${life}</td>
    <td>${version}</td>
  </tr>`
}

function moment(iso: string): Html {
  return html`<time datetime="${iso}">${momentText(iso)}</time>`
}

function millis(seconds: number): string {
  return `${(seconds * 1_000).toFixed(1)} ms`
}
