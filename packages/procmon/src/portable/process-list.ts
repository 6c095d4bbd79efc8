import type { ProcessReading, ProcessState } from '../readings.ts'
import { counted, type PortableProcess } from './parts.ts'

/** The boot that cannot be told: processes are told apart by when they were started, by the calendar. */
export const unknownBoot = 'unknown'

const bytesPerKibibyte = 1_024
const commandCharactersMax = 2_048

const states: Readonly<Record<string, ProcessState>> = {
  running: 'running',
  sleeping: 'sleeping',
  blocked: 'waiting',
  stopped: 'stopped',
  zombie: 'zombie',
  idle: 'idle',
}

/**
 * What `systeminformation` tells of processes, as a reading. It tells how busy each of them is, and not how long it has
 * been: so the times are added up here from one list to the next, and are 0 for one that is seen for the first time.
 */
export class ProcessList {
  readonly #coresPerHundredPercent: number
  /** Exactly the processes of the latest list. */
  #processorMs = new Map<string, number>()
  #listedAtMs: number | undefined

  constructor(coresPerHundredPercent: number) {
    this.#coresPerHundredPercent = coresPerHundredPercent
  }

  read(found: readonly PortableProcess[], nowMs: number): readonly ProcessReading[] {
    const elapsedMs = nowMs - (this.#listedAtMs ?? nowMs)
    this.#listedAtMs = nowMs
    const times = new Map<string, number>()
    const processes: ProcessReading[] = []
    for (const one of found) {
      if (!Number.isInteger(one.pid) || one.pid < 0) continue
      const key = `${one.pid} ${one.startedAtMs}`
      const former = this.#processorMs.get(key)
      const share = ((counted(one.cpu) ?? 0) / 100) * this.#coresPerHundredPercent
      const processorMs = former === undefined ? 0 : former + share * elapsedMs
      times.set(key, processorMs)
      processes.push(readingOf(one, processorMs))
    }
    this.#processorMs = times
    return processes.toSorted((left, right) => left.pid - right.pid)
  }
}

/** In hundredths of a second since 1970, as whole seconds are all that is told; 0 where nothing is. */
export function startTicksOf({ startedAtMs }: PortableProcess): number {
  return startedAtMs / 10
}

function readingOf(one: PortableProcess, processorMs: number): ProcessReading {
  return {
    bootId: unknownBoot,
    pid: one.pid,
    startTicks: startTicksOf(one),
    parent: counted(one.parentPid) ?? 0,
    name: one.name,
    command: `${one.command} ${one.params}`.trim().slice(0, commandCharactersMax) || `[${one.name}]`,
    user: one.user,
    state: states[one.state] ?? 'unknown',
    processorMs,
    residentBytes: (counted(one.memRss) ?? 0) * bytesPerKibibyte,
    // Nobody tells; there is one at least.
    threads: 1,
    nice: Number.isInteger(one.nice) ? one.nice : 0,
    startedAtMs: one.startedAtMs,
  }
}
