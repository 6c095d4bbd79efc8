import type { Gauge, Metrics } from '@flotilla/core/observe'
import type { SummaryFigures } from '@flotilla/procmon'
import type { VmState, VmSummary } from '@flotilla/virtio-agent'
import { nodeLimitsDefaults } from '../limits.ts'

const states: readonly VmState[] = ['away', 'silent', 'there', 'refused', 'held-off']

const figures: readonly (readonly [name: string, help: string, figure: keyof SummaryFigures])[] = [
  ['processor_ratio', 'Processor in use, of all cores.', 'processor'],
  ['load1', 'Load of the last minute.', 'load1'],
  ['memory_used_bytes', 'Memory in use.', 'memoryUsedBytes'],
  ['memory_total_bytes', 'Memory of the machine.', 'memoryTotalBytes'],
  ['disk_read_bytes_per_second', 'Read from disks.', 'diskReadBytesPerSecond'],
  ['disk_written_bytes_per_second', 'Written to disks.', 'diskWrittenBytesPerSecond'],
  ['network_received_bytes_per_second', 'Received from networks.', 'networkReceivedBytesPerSecond'],
  ['network_sent_bytes_per_second', 'Sent to networks.', 'networkSentBytesPerSecond'],
  ['fullest_file_system_ratio', 'How full the fullest file system is.', 'fullestFileSystem'],
]

/** Figures of this node's virtual machines; of so many of them, by name. */
export class VmGauges {
  readonly #counts: Gauge<'state'>
  readonly #up: Gauge<'vm'>
  readonly #gauges: readonly (readonly [Gauge<'vm'>, keyof SummaryFigures])[]
  #measured: ReadonlySet<string> = new Set()

  constructor(metrics: Metrics) {
    this.#counts = metrics.gauge({
      name: 'flotilla_vms',
      help: 'Virtual machines of this node that have a channel, by state.',
      labelNames: ['state'],
    })
    this.#up = metrics.gauge({
      name: 'flotilla_vm_agent_up',
      help: 'Whether an agent answers in the virtual machine.',
      labelNames: ['vm'],
    })
    this.#gauges = figures.map(([name, help, figure]) => [
      metrics.gauge({ name: `flotilla_vm_${name}`, help, labelNames: ['vm'] }),
      figure,
    ])
  }

  set(vms: readonly VmSummary[]): void {
    for (const state of states) this.#counts.set({ state }, vms.filter((vm) => vm.state === state).length)
    const shown = vms.slice(0, nodeLimitsDefaults.vmsMeasuredMax)
    const names = new Set(shown.map(({ vm }) => vm))
    for (const vm of this.#measured) if (!names.has(vm)) this.#forget(vm)
    for (const { vm, state, figures: known } of shown) {
      this.#up.set({ vm }, state === 'there' ? 1 : 0)
      for (const [gauge, figure] of this.#gauges) {
        const value = state === 'there' ? known[figure] : undefined
        if (value === undefined) gauge.remove?.({ vm })
        else gauge.set({ vm }, value)
      }
    }
    this.#measured = names
  }

  #forget(vm: string): void {
    this.#up.remove?.({ vm })
    for (const [gauge] of this.#gauges) gauge.remove?.({ vm })
  }
}
