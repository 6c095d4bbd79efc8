import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import type { Clock } from '@flotilla/core/time'
import { isAbsent, Problems } from '../problems.ts'
import type { ProcessesReading, ProcessReading } from '../readings.ts'
import type { LinuxSourceLimits } from './limits.ts'
import type { ReadBuffer } from './node-kernel-file.ts'
import { DetailReader } from './node-process-detail.ts'
import { TrackedProcess } from './node-tracked-process.ts'
import { UserNames } from './node-users.ts'
import type { MachineUnits } from './parsing/auxiliary-vector.ts'
import { emptyProcessStat, parseProcessStat } from './parsing/process-stat.ts'
import { processState } from './process-states.ts'

/** Which processes are to be read in detail. */
export type Detail = 'none' | 'all' | ReadonlySet<number>

export interface ProcessTableOptions {
  readonly root: string
  readonly bootId: string
  readonly units: MachineUnits
  readonly limits: LinuxSourceLimits
  /** Of at most `limits.descriptorsMax`, and of what this process may open. */
  readonly descriptorsMax: number
  readonly clock: Clock
  /** When the machine was started, by the calendar. */
  readonly bootMs: () => number
}

/** `stat` has 52 numbers and a name; all of it is made at once, so one reading gets all of it. */
const statBytesMax = 4_096
const processesPerLook = 64

/**
 * All processes of the machine, from `/proc`. `stat` of each stays open: the descriptor belongs to that very process,
 * and fails with ESRCH once it has ended, so that another one with its number is never taken for it. Whatever is read
 * of a process by its path is read before its `stat` is read through the descriptor: if that works then, the process
 * was there all the time, and its number nobody else's.
 */
export class ProcessTable implements Disposable {
  readonly #options: ProcessTableOptions
  readonly #folder: string
  readonly #tracked = new Map<number, TrackedProcess>()
  readonly #users: UserNames
  readonly #buffer: ReadBuffer
  readonly #details: DetailReader
  readonly #stat = emptyProcessStat()
  /** `<= descriptorsMax`, but for one that a process opens for its memory. */
  #descriptorsOpen = 0
  #round = 0
  #nowMs = 0
  #isDisposed = false

  constructor(options: ProcessTableOptions) {
    const { root, limits } = options
    this.#options = options
    this.#folder = `${root}/proc`
    this.#users = new UserNames(root, limits)
    this.#buffer = Buffer.allocUnsafe(Math.max(statBytesMax, limits.commandBytesMax))
    this.#details = new DetailReader(this.#folder, this.#buffer)
  }

  /** One after the other: the caller sees to it. Rejects at the signal, and where it is disposed of meanwhile. */
  async read(detail: Detail, signal?: AbortSignal): Promise<ProcessesReading> {
    const { clock, limits } = this.#options
    const problems = new Problems(limits.problemsMax)
    const atMs = clock.now()
    this.#round++
    this.#nowMs = atMs
    this.#refreshUsers(problems)
    const pids = this.#pids(problems)
    const processes: ProcessReading[] = []
    const failures = new Failures()
    let turnEndsMs = atMs + limits.turnMsMax
    for (let index = 0; index < Math.min(pids.length, limits.processesMax); index++) {
      if (index % processesPerLook === 0 && index > 0 && clock.now() >= turnEndsMs) {
        await new Promise((resolve) => setImmediate(resolve))
        signal?.throwIfAborted()
        if (this.#isDisposed) break
        turnEndsMs = clock.now() + limits.turnMsMax
      }
      const process = this.#readOne(pids[index] as number, detail, failures)
      if (process !== undefined) processes.push(process)
    }
    this.#forgetEnded()
    failures.tell(problems)
    if (pids.length > limits.processesMax) {
      problems.add('processes', 'limit-reached', `${pids.length} processes, of which ${limits.processesMax} are read`)
    }
    return { atMs, processes, total: pids.length, problems: problems.all() }
  }

  #refreshUsers(problems: Problems): void {
    try {
      this.#users.refresh()
    } catch (error) {
      problems.failed('users', error)
    }
  }

  #pids(problems: Problems): readonly number[] {
    const pids: number[] = []
    try {
      for (const name of readdirSync(this.#folder)) if (isPid(name)) pids.push(Number(name))
    } catch (error) {
      problems.failed('processes', error)
    }
    // The kernel lists them in order; a folder of recorded files does not.
    return pids.sort((left, right) => left - right)
  }

  #readOne(pid: number, detail: Detail, failures: Failures): ProcessReading | undefined {
    const tracked = this.#tracked.get(pid)
    try {
      if (tracked?.statDescriptor !== undefined) {
        try {
          return this.#readThrough(tracked.statDescriptor, pid, tracked, detail)
        } catch (error) {
          this.#forget(tracked)
          if (!isAbsent(error)) throw error
        }
      }
      return this.#readByPath(pid, tracked, detail)
    } catch (error) {
      // It has ended meanwhile: as if it had done so a moment before.
      if (!isAbsent(error)) failures.count(error)
      return undefined
    }
  }

  #readByPath(pid: number, former: TrackedProcess | undefined, detail: Detail): ProcessReading | undefined {
    const descriptor = openSync(`${this.#folder}/${pid}/stat`, 'r')
    let isKept = false
    try {
      if (!this.#readStat(descriptor, pid)) throw wrongFormat(pid)
      const isFormer = former !== undefined && former.startTicks === this.#stat.startTicks
      const tracked = isFormer ? former : new TrackedProcess(pid, this.#stat.startTicks)
      const process = this.#readThrough(descriptor, pid, tracked, detail)
      this.#tracked.set(pid, tracked)
      if (this.#mayKeep()) {
        tracked.statDescriptor = descriptor
        this.#descriptorsOpen++
        isKept = true
      }
      return process
    } finally {
      if (!isKept) closeSync(descriptor)
    }
  }

  #readThrough(descriptor: number, pid: number, tracked: TrackedProcess, detail: Detail): ProcessReading {
    const isDetailed = detail === 'all' || (detail !== 'none' && detail.has(pid))
    const more = isDetailed ? this.#details.read(pid) : undefined
    if (!this.#readStat(descriptor, pid)) throw wrongFormat(pid)
    if (this.#lookCloser(tracked) && !this.#readStat(descriptor, pid)) throw wrongFormat(pid)
    tracked.round = this.#round
    const stat = this.#stat
    const { bootId, units, bootMs } = this.#options
    const residentBytes = stat.residentPages * units.pageBytes
    const millisecondsPerTick = 1_000 / units.ticksPerSecond
    const process = {
      bootId,
      pid,
      startTicks: stat.startTicks,
      parent: stat.parent,
      name: tracked.name,
      command: tracked.command,
      user: this.#users.of(tracked.uid),
      state: processState(stat.state),
      processorMs: stat.processorTicks * millisecondsPerTick,
      residentBytes,
      privateBytes: Math.min((tracked.privatePages ?? stat.residentPages) * units.pageBytes, residentBytes),
      threads: stat.threads,
      nice: stat.nice,
      startedAtMs: bootMs() + stat.startTicks * millisecondsPerTick,
    }
    return more === undefined ? process : Object.assign(process, more)
  }

  /** What is read by path or changes rarely. Returns whether there was any: then it has to be seen who that was. */
  #lookCloser(tracked: TrackedProcess): boolean {
    const { limits } = this.#options
    const stat = this.#stat
    let hasLooked = false
    // Turns are spread by number, so that not all processes have theirs in one reading.
    const ageMs = this.#nowMs - tracked.describedAtMs
    if (ageMs >= limits.describeEveryMs || !tracked.hasName(this.#buffer, stat)) {
      tracked.describe(this.#folder, this.#buffer, stat, limits.commandBytesMax)
      const isFirst = tracked.describedAtMs === -Infinity
      tracked.describedAtMs = this.#nowMs - (isFirst ? (limits.describeEveryMs * (tracked.pid % 61)) / 61 : 0)
      hasLooked = true
    }
    if (tracked.isCountDue(stat)) {
      hasLooked = tracked.countPrivatePages(this.#folder, this.#buffer, stat, this.#mayKeep()) || hasLooked
    }
    return hasLooked
  }
}

function isPid(name: string): boolean {
  const first = name.charCodeAt(0)
  return first >= 0x31 && first <= 0x39 && /^\d{1,10}$/.test(name)
}
