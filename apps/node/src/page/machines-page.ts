import { bytesText, durationText } from '@flotilla/core/text'
import type {
  AlertsAnswer,
  MachineEntry,
  MachinesShown,
  NodeReference,
  ProcessEntry,
} from '../services/machine-answers.ts'
import { html, type Html } from './html.ts'

const idShownLength = 12

/** How the machines are, what is wrong with them, and which processes take the most. */
export function machinesSection({ machines, alerts, busiest, silent }: MachinesShown): Html {
  return html`<section aria-labelledby="machines-title">
    <h2 id="machines-title">Machines</h2>
    <div id="machines-notice" role="status" data-live>${alertLines(alerts)} ${silentLine(silent)}</div>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="machines-title">
      <table>
        <thead>
          <tr>
            <th scope="col">Machine</th>
            <th scope="col">Processor</th>
            <th scope="col">Load</th>
            <th scope="col">Memory</th>
            <th scope="col">Fullest disk</th>
            <th scope="col">Network in, out</th>
            <th scope="col">Processes</th>
            <th scope="col">Up</th>
          </tr>
        </thead>
        <tbody id="machines" data-live>
          ${machines.map(machineRow)}
        </tbody>
      </table>
    </div>
    <h3 id="busiest-title">Busiest processes</h3>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="busiest-title">
      <table>
        <thead>
          <tr>
            <th scope="col">Machine</th>
            <th scope="col">Number</th>
            <th scope="col">User</th>
            <th scope="col">Processor</th>
            <th scope="col">Memory</th>
            <th scope="col">Command</th>
          </tr>
        </thead>
        <tbody id="busiest" data-live>
          ${busiest.map(processRow)}
        </tbody>
      </table>
    </div>
  </section>`
}

function alertLines({ alerts }: AlertsAnswer): readonly Html[] {
  return alerts.map(
    ({ node, severity, message }) =>
      html`<p class="banner ${severity === 'notice' ? 'plain' : 'bad'}">
        <strong>${nameOf(node)}, ${severity}:</strong> ${message}
      </p>`,
  )
}

function silentLine(silent: readonly NodeReference[]): Html {
  if (silent.length === 0) return html``
  return html`<p class="quiet">No answer about processes from ${silent.map(nameOf).join(', ')}.</p>`
}

function machineRow({ node, stale, secondsAgo, figures }: MachineEntry): Html {
  const { processor, cores, load1, memoryUsedBytes, memoryTotalBytes, fullestFileSystem, processCount, uptimeMs } =
    figures
  const { networkReceivedBytesPerSecond: received, networkSentBytesPerSecond: sent } = figures
  const memory =
    memoryUsedBytes === undefined ? '' : `${bytesText(memoryUsedBytes)} of ${bytesText(memoryTotalBytes ?? 0)}`
  const network = received === undefined || sent === undefined ? '' : `${bytesText(received)}/s, ${bytesText(sent)}/s`
  return html`<tr>
    <td>
      ${nameOf(node)} ${stale ? html`<span class="mark bad">silent for ${durationText(secondsAgo)}</span>` : html``}
    </td>
    <td>${share(processor)}${cores === undefined ? '' : ` of ${cores}`}</td>
    <td>${load1 === undefined ? '' : load1.toFixed(2)}</td>
    <td>${memory}</td>
    <td>${share(fullestFileSystem)}</td>
    <td>${network}</td>
    <td>${processCount ?? ''}</td>
    <td>${uptimeMs === undefined ? '' : durationText(uptimeMs / 1_000)}</td>
  </tr>`
}

function processRow({ node, vm, pid, user, processor, residentBytes, command, name }: ProcessEntry): Html {
  return html`<tr>
    <td>${nameOf(node)}${vm === null ? '' : ` / ${vm}`}</td>
    <td>${pid}</td>
    <td>${user}</td>
    <td>${share(processor)}</td>
    <td>${bytesText(residentBytes)}</td>
    <td><code>${command === '' ? name : command}</code></td>
  </tr>`
}

function share(value: number | undefined): string {
  return value === undefined ? '' : `${(value * 100).toFixed(1)} %`
}

function nameOf({ id, name }: NodeReference): string {
  return name === '' ? `${id.slice(0, idShownLength)}…` : name
}
