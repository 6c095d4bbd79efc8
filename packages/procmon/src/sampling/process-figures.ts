import type { ProcessFigures } from '../figures.ts'
import type { ProcessesReading, ProcessReading } from '../readings.ts'
import { rateLimits } from './limits.ts'
import { ratePerSecond } from './rates.ts'
import { present } from './system-figures.ts'

export interface ProcessFiguresOptions {
  readonly before: ProcessesReading | undefined
  readonly now: ProcessesReading
  /** What the calendar said at `now`: how long a process has lived. */
  readonly wallMs: number
  /** 0 where it is not known. */
  readonly memoryTotalBytes: number
  /** No process takes more than these. */
  readonly cores: number
}

/** One tick of the kernel: a process that was started this moment is taken to be this old. */
const ageMsMin = 10

/**
 * What each process takes: since the first reading where it was there then, over its whole life where it is new.
 * A process is told from an earlier one of its number by when it was started.
 */
export function processFigures(options: ProcessFiguresOptions): readonly ProcessFigures[] {
  const { before, now } = options
  const spanMs = before === undefined ? 0 : now.atMs - before.atMs
  const isUsable = spanMs >= rateLimits.spanMsMin && spanMs <= rateLimits.spanMsMax
  const earlier = new Map(isUsable ? before?.processes.map((process) => [process.pid, process]) : [])
  return now.processes.map((process) => {
    const past = earlier.get(process.pid)
    return figuresOf(past && isSameProcess(past, process) ? past : undefined, process, spanMs, options)
  })
}

/** Where the system does not say when processes are started, time that went back gives another one away. */
function isSameProcess(past: ProcessReading, now: ProcessReading): boolean {
  return (
    past.pid === now.pid &&
    past.startTicks === now.startTicks &&
    past.bootId === now.bootId &&
    past.processorMs <= now.processorMs
  )
}

function figuresOf(
  past: ProcessReading | undefined,
  process: ProcessReading,
  spanMs: number,
  { wallMs, memoryTotalBytes, cores }: ProcessFiguresOptions,
): ProcessFigures {
  const { processorMs, readBytes, writtenBytes, privateBytes, openFiles, ...same } = process
  const sinceMs = past === undefined ? Math.max(ageMsMin, wallMs - process.startedAtMs) : spanMs
  const processor = (processorMs - (past?.processorMs ?? 0)) / sinceMs
  return {
    ...same,
    processor: Number.isFinite(processor) ? Math.min(Math.max(0, processor), cores) : 0,
    memory: memoryTotalBytes > 0 ? Math.min(1, process.residentBytes / memoryTotalBytes) : 0,
    ...present({
      privateBytes,
      openFiles,
      readBytesPerSecond: ratePerSecond(past?.readBytes, readBytes, spanMs),
      writtenBytesPerSecond: ratePerSecond(past?.writtenBytes, writtenBytes, spanMs),
    }),
  }
}
