import { bytesText, momentText } from '@flotilla/core/text'
import type {
  BlobPeerEntry,
  BlobReplicationEntry,
  BlobsAnswer,
  BlobsShown,
  BlobStatsAnswer,
  NamedBlobEntry,
} from '../services/blob-answers.ts'
import { html, type Html } from './html.ts'

/** How much of an id is enough to tell a few thousand blobs apart. */
const idShownLength = 12

/** What is kept here, what that saves, and whether there are as many copies as there should be. */
export function blobsSection(shown: BlobsShown): Html {
  return html`<section aria-labelledby="blobs-title">
    <h2 id="blobs-title">Blobs</h2>
    <div id="blobs-notice" role="status" data-live>${notice(shown)}</div>
    <dl id="blobs-figures" class="details" data-live>${'stats' in shown ? figures(shown.stats) : []}</dl>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="blobs-title">
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Size</th>
            <th scope="col">Put</th>
            <th scope="col">Id</th>
          </tr>
        </thead>
        <tbody id="blobs" data-live>
          ${shown.type === 'shown' ? shown.names.blobs.map(nameRow) : []}
        </tbody>
      </table>
    </div>
    <div id="blobs-peers" data-live>${peers(shown)}</div>
  </section>`
}

function notice(shown: BlobsShown): Html {
  if (shown.type === 'off') {
    return html`<p class="banner bad"><strong>No blobs here:</strong> ${shown.why}.</p>`
  }
  if (shown.type === 'silent') return html`<p class="banner bad">The store does not answer now.</p>`
  if (shown.type === 'unreadable') {
    return html`<p class="quiet">This node keeps copies that it cannot read: its role is replica.</p>`
  }
  return html`${repairNotice(shown.stats.replication)}${namesNotice(shown.names)}`
}

function repairNotice(replication: BlobReplicationEntry | null): Html {
  if (replication === null) return html``
  const { blobsShort, blobsOutOfReach, bytesToRepair, repairing } = replication
  if (blobsOutOfReach.length > 0) {
    const many = counted(blobsOutOfReach.length, 'blob')
    return html`<p class="banner bad"><strong>Out of reach:</strong> nobody who is there has all of ${many}.</p>`
  }
  if (blobsShort === 0) return html`<p class="quiet">Every blob has its copies.</p>`
  const state = repairing ? 'being copied now' : 'waiting to be copied'
  return html`<p class="banner">
    ${counted(blobsShort, 'blob')} short of copies, ${bytesText(bytesToRepair)} ${state}.
  </p>`
}

function namesNotice({ blobs, next }: BlobsAnswer): Html {
  if (blobs.length === 0) return html`<p class="quiet">No blob has a name.</p>`
  return next === null ? html`` : html`<p>Only the first ${blobs.length} names are shown.</p>`
}

function figures(stats: BlobStatsAnswer): readonly Html[] {
  const { blobs, blobBytes, savedBytes, diskBytes, chunks, keyEpoch, chunksWithOlderKeys } = stats
  const onDisk = ['On the disk', `${bytesText(diskBytes)} in ${counted(chunks, 'piece')}`] as const
  if (blobBytes === null || savedBytes === null) return rowsOf([['Kept here', counted(blobs, 'blob')], onDisk])
  const share = blobBytes === 0 ? '' : ` (${Math.round((100 * savedBytes) / blobBytes)} %)`
  const keys = chunksWithOlderKeys === 0 ? '' : `, ${counted(chunksWithOlderKeys, 'piece')} still under older ones`
  return rowsOf([
    ['Kept here', `${counted(blobs, 'blob')}, ${bytesText(blobBytes)}`],
    ['Saved', `${bytesText(savedBytes)}${share} by sharing and compression`],
    onDisk,
    ['Key', `number ${keyEpoch}${keys}`],
  ])
}

function rowsOf(rows: readonly (readonly [string, string])[]): readonly Html[] {
  return rows.map(
    ([title, words]) =>
      html`<div>
        <dt>${title}</dt>
        <dd>${words}</dd>
      </div>`,
  )
}

function nameRow({ name, id, size, putAt }: NamedBlobEntry): Html {
  return html`<tr>
    <td><a href="/v1/blobs/${encodeURIComponent(name)}">${name}</a></td>
    <td>${bytesText(size)}</td>
    <td><time datetime="${putAt}">${momentText(putAt)}</time></td>
    <td><code title="${id}">${id.slice(0, idShownLength)}…</code></td>
  </tr>`
}

function peers(shown: BlobsShown): Html {
  if (!('stats' in shown) || shown.stats.replication === null) return html``
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Who keeps copies">
    <table>
      <thead>
        <tr>
          <th scope="col">Copies at</th>
          <th scope="col">State</th>
          <th scope="col">Blobs</th>
          <th scope="col">Room</th>
          <th scope="col">Wrong pieces</th>
        </tr>
      </thead>
      <tbody>
        ${shown.stats.replication.peers.map(peerRow)}
      </tbody>
    </table>
  </div>`
}

function peerRow({ id, name, alive, untrusted, blobs, freeBytes, lies }: BlobPeerEntry): Html {
  const state = untrusted ? 'untrusted replica' : alive ? 'there' : 'away'
  return html`<tr>
    <td title="${id}">${name === '' ? `${id.slice(0, idShownLength)}…` : name}</td>
    <td><span class="mark ${alive ? 'good' : 'bad'}">${state}</span></td>
    <td>${blobs}</td>
    <td>${bytesText(freeBytes)}</td>
    <td>${lies}</td>
  </tr>`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
