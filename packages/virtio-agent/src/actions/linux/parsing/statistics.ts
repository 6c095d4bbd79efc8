import type { QgaCpuStatistics, QgaDiskStatistics } from '../../../qga/contract.ts'

/** In the order of the columns of `/proc/diskstats`, by the names of the schema; younger kernels have more of them. */
const diskCounters = [
  'read-ios',
  'read-merges',
  'read-sectors',
  'read-ticks',
  'write-ios',
  'write-merges',
  'write-sectors',
  'write-ticks',
  'ios-pgr',
  'total-ticks',
  'weight-ticks',
  'discard-ios',
  'discard-merges',
  'discard-sectors',
  'discard-ticks',
  'flush-ios',
  'flush-ticks',
] as const

/** `/proc/diskstats`. */
export function parseDiskStatistics(text: string): readonly QgaDiskStatistics[] {
  const disks: QgaDiskStatistics[] = []
  for (const line of text.split('\n')) {
    const [major = '', minor = '', name, ...columns] = line.trim().split(/\s+/)
    const isWhole = [major, minor, ...columns].every((column) => /^\d+$/.test(column))
    // The oldest that can be met has eleven columns; partitions once had four.
    if (name === undefined || !isWhole || columns.length < 11) continue
    const counters: Record<string, number> = {}
    diskCounters.forEach((counter, index) => {
      const column = columns[index]
      if (column !== undefined) counters[counter] = Number(column)
    })
    disks.push({ name, major: Number(major), minor: Number(minor), counters })
  }
  return disks
}

const processorTimes = [
  'user',
  'nice',
  'system',
  'idle',
  'iowait',
  'irq',
  'softirq',
  'steal',
  'guest',
  'guestnice',
] as const

/** A tick of `/proc/stat`, the same on every processor that Node runs on. */
const tickMs = 10

/** Each processor of `/proc/stat`, in milliseconds. */
export function parseProcessorTimes(text: string): readonly QgaCpuStatistics[] {
  const processors: QgaCpuStatistics[] = []
  for (const line of text.split('\n')) {
    const found = /^cpu(\d{1,6})((?:\s+\d+){4,})\s*$/.exec(line)
    if (found === null) continue
    const ticks = (found[2] ?? '').trim().split(/\s+/)
    const times: Record<string, number> = {}
    processorTimes.forEach((name, index) => {
      const count = ticks[index]
      if (count !== undefined) times[name] = Number(count) * tickMs
    })
    processors.push({ cpu: Number(found[1]), times })
  }
  return processors
}

/** `/proc/loadavg`. */
export function parseLoad(text: string): readonly [number, number, number] | undefined {
  const found = /^(\d+\.\d+) (\d+\.\d+) (\d+\.\d+) /.exec(text)
  return found === null ? undefined : [Number(found[1]), Number(found[2]), Number(found[3])]
}
