import type { ProcessFigures } from '../figures.ts'
import type { ProcessesReading, ProcessReading } from '../readings.ts'
import { rateLimits } from './limits.ts'
import { ratePerSecond } from './rates.ts'

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
  const sinceMs = past === undefined ? Math.max(ageMsMin, wallMs - process.startedAtMs) : spanMs
  const processor = (process.processorMs - (past?.processorMs ?? 0)) / sinceMs
  // Field by field: spreading and filtering takes ten times as long, and there are hundreds of these in a look.
  const figures: Mutable<ProcessFigures> = {
    bootId: process.bootId,
    pid: process.pid,
    startTicks: process.startTicks,
    parent: process.parent,
    name: process.name,
    command: process.command,
    user: process.user,
    state: process.state,
    processor: Number.isFinite(processor) ? Math.min(Math.max(0, processor), cores) : 0,
    residentBytes: process.residentBytes,
    memory: memoryTotalBytes > 0 ? Math.min(1, process.residentBytes / memoryTotalBytes) : 0,
    threads: process.threads,
    nice: process.nice,
    startedAtMs: process.startedAtMs,
  }
  if (process.privateBytes !== undefined) figures.privateBytes = process.privateBytes
  if (process.openFiles !== undefined) figures.openFiles = process.openFiles
  const read = ratePerSecond(past?.readBytes, process.readBytes, spanMs)
  if (read !== undefined) figures.readBytesPerSecond = read
  const written = ratePerSecond(past?.writtenBytes, process.writtenBytes, spanMs)
  if (written !== undefined) figures.writtenBytesPerSecond = written
  return figures
}

type Mutable<Fields> = { -readonly [Name in keyof Fields]: Fields[Name] }
