import type { GuestFigures, GuestMetrics, JsonValue, MetricsDetail } from '@flotilla/virtio-agent'
import { processFigures, systemFigures, type MachineSource } from '@flotilla/procmon'

/** How many processes are told, the busiest first. */
const processesMax = 20

type SystemReading = Awaited<ReturnType<MachineSource['system']>>
type ProcessesReading = Awaited<ReturnType<MachineSource['processes']>>

/**
 * Single looks at the machine, each compared with the one before. A monitor, which samples by itself, would wake the
 * guest up more often than anybody looks.
 */
export function guestFigures(source: MachineSource, wallNow: () => number): GuestFigures {
  let system: SystemReading | undefined
  let processes: ProcessesReading | undefined
  const busiest = async (figures: GuestMetrics['system'], signal: AbortSignal): Promise<readonly JsonValue[]> => {
    const now = await source.processes({ detail: 'none', signal })
    const memoryTotalBytes = figures.memory?.totalBytes ?? 0
    const cores = figures.processor?.cores.length ?? 1
    const all = processFigures({ before: processes, now, wallMs: wallNow(), memoryTotalBytes, cores })
    processes = now
    const sorted = all.toSorted(
      (one, other) => other.processor - one.processor || other.residentBytes - one.residentBytes,
    )
    // Plain data already; what is absent is left out.
    return JSON.parse(JSON.stringify(sorted.slice(0, processesMax))) as readonly JsonValue[]
  }
  return {
    async collect(detail: MetricsDetail, signal: AbortSignal) {
      const now = await source.system({ signal })
      const figures = systemFigures(system, now)
      system = now
      if (detail === 'brief') return { system: figures }
      return { system: figures, processes: await busiest(figures, signal) }
    },
  }
}
