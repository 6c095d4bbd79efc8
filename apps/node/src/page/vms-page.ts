import { bytesText, durationText } from '@flotilla/core/text'
import type { NodeReference } from '../services/machine-answers.ts'
import type { VmEntry, VmsAnswer } from '../services/vm-answers.ts'
import { html, type Html } from './html.ts'

const idShownLength = 12
const stateWords: Readonly<Record<VmEntry['state'], string>> = {
  there: 'an agent answers',
  silent: 'no agent answers',
  away: 'not connected',
  refused: 'its agent does not want us',
  'held-off': 'sends too much',
}

/** The virtual machines, as far as their agents tell; nothing where there are none. */
export function vmsSection({ vms, unanswered }: VmsAnswer): Html {
  return html`<section aria-labelledby="vms-title">
    <h2 id="vms-title">Virtual machines</h2>
    <div id="vms-notice" role="status" data-live>${noticeOf(vms, unanswered)}</div>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="vms-title">
      <table>
        <thead>
          <tr>
            <th scope="col">Virtual machine</th>
            <th scope="col">On</th>
            <th scope="col">State</th>
            <th scope="col">Processor</th>
            <th scope="col">Load</th>
            <th scope="col">Memory</th>
            <th scope="col">Fullest disk</th>
            <th scope="col">Network in, out</th>
            <th scope="col">Up</th>
          </tr>
        </thead>
        <tbody id="vms" data-live>
          ${vms.map(vmRow)}
        </tbody>
      </table>
    </div>
  </section>`
}

function noticeOf(vms: readonly VmEntry[], unanswered: VmsAnswer['unanswered']): Html {
  const silent = unanswered.map(({ node }) => nameOf(node))
  if (silent.length > 0) return html`<p class="quiet">No answer about virtual machines from ${silent.join(', ')}.</p>`
  return vms.length === 0 ? html`<p class="quiet">No channel of a virtual machine is found.</p>` : html``
}

function vmRow({ vm, node, state, why, figures }: VmEntry): Html {
  const { processor, cores, load1, memoryUsedBytes, memoryTotalBytes, fullestFileSystem, uptimeMs } = figures
  const { networkReceivedBytesPerSecond: received, networkSentBytesPerSecond: sent } = figures
  const memory =
    memoryUsedBytes === undefined ? '' : `${bytesText(memoryUsedBytes)} of ${bytesText(memoryTotalBytes ?? 0)}`
  const network = received === undefined || sent === undefined ? '' : `${bytesText(received)}/s, ${bytesText(sent)}/s`
  return html`<tr>
    <td>${vm}</td>
    <td>${nameOf(node)}</td>
    <td>
      <span class="${state === 'there' ? 'mark' : 'mark bad'}" title="${why ?? ''}">${stateWords[state]}</span>
    </td>
    <td>${share(processor)}${cores === undefined ? '' : ` of ${cores}`}</td>
    <td>${load1 === undefined ? '' : load1.toFixed(2)}</td>
    <td>${memory}</td>
    <td>${share(fullestFileSystem)}</td>
    <td>${network}</td>
    <td>${uptimeMs === undefined ? '' : durationText(uptimeMs / 1_000)}</td>
  </tr>`
}

function share(value: number | undefined): string {
  return value === undefined ? '' : `${(value * 100).toFixed(1)} %`
}

function nameOf({ id, name }: NodeReference): string {
  return name === '' ? `${id.slice(0, idShownLength)}…` : name
}
