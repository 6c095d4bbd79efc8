import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { FlotillaError } from '@flotilla/core/errors'
import type { Clock } from '@flotilla/core/time'
import { isAbsent, Problems } from '../problems.ts'
import type { ProcessesReading, ProcessReading } from '../readings.ts'
import type { LinuxSourceLimits } from './limits.ts'
import type { ReadBuffer } from './node-kernel-file.ts'
import { DetailReading } from './node-process-detail.ts'
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
 * and fails with ESRCH once it has ended, so that another one with its number is never taken for it. Whatever else is
 * read of a process by its path, its `stat` is read once more afterwards through the descriptor: if that works, the
 * process was there all the time, and its number nobody else's.
 */
export class ProcessTable implements Disposable {
  readonly #options: ProcessTableOptions
  readonly #folder: string
  readonly #tracked = new Map<number, TrackedProcess>()
  readonly #users: UserNames
  readonly #buffer: ReadBuffer
  readonly #details: DetailReading
  readonly #stat = emptyProcessStat()
  /** `<= descriptorsMax + 3`: one process at a time opens up to four. */
  #descriptorsOpen = 0
  #round = 0
  #nowMs = 0
  /** Of this reading. Those that have to be described now are, even so. */
  #describesLeft = 0
  #isDisposed = false

  constructor(options: ProcessTableOptions) {
    const { root, limits } = options
    this.#options = options
    this.#folder = `${root}/proc`
    this.#users = new UserNames(root, limits)
    this.#buffer = Buffer.allocUnsafe(Math.max(statBytesMax, limits.commandBytesMax))
    this.#details = new DetailReading(this.#folder, this.#buffer)
  }

  /** One after the other: the caller sees to it. Rejects at the signal, and where it is disposed of meanwhile. */
  async read(detail: Detail, signal?: AbortSignal): Promise<ProcessesReading> {
    const { clock, limits } = this.#options
    const problems = new Problems(limits.problemsMax)
    const atMs = clock.now()
    this.#round++
    this.#nowMs = atMs
    this.#describesLeft = this.#options.limits.describesMax
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
    return pids.toSorted((left, right) => left - right)
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
      this.#readStat(descriptor, pid)
      const isFormer = former !== undefined && former.startTicks === this.#stat.startTicks
      if (former !== undefined && !isFormer) this.#forget(former)
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
    const openBefore = tracked.descriptorsOpen
    const isDetailed = detail === 'all' || (detail !== 'none' && detail.has(pid))
    try {
      this.#readStat(descriptor, pid)
      const hasLooked = this.#lookCloser(tracked)
      const hasRead = isDetailed && this.#readDetail(tracked, detail)
      // Something was read by its path: it was this very process's if that is still there.
      if (hasLooked || hasRead) this.#readStat(descriptor, pid)
    } finally {
      this.#descriptorsOpen += tracked.descriptorsOpen - openBefore
    }
    // The kernel never lets this happen; recorded files may be written anew.
    if (this.#stat.startTicks !== tracked.startTicks) throw new ReplacedError()
    tracked.round = this.#round
    const process = this.#reading(tracked)
    return isDetailed ? Object.assign(process, tracked.details.latest) : process
  }

  #reading(tracked: TrackedProcess): ProcessReading {
    const { bootId, units, bootMs } = this.#options
    const stat = this.#stat
    const residentBytes = stat.residentPages * units.pageBytes
    const millisecondsPerTick = 1_000 / units.ticksPerSecond
    const process: ProcessReading & { privateBytes?: number } = {
      bootId,
      pid: tracked.pid,
      startTicks: stat.startTicks,
      parent: stat.parent,
      name: tracked.name,
      command: tracked.command,
      user: this.#users.of(tracked.uid),
      state: processState(stat.state),
      processorMs: stat.processorTicks * millisecondsPerTick,
      residentBytes,
      threads: stat.threads,
      nice: stat.nice,
      startedAtMs: bootMs() + stat.startTicks * millisecondsPerTick,
    }
    const { privatePages } = tracked
    // The two were read one after the other.
    if (privatePages !== undefined) process.privateBytes = Math.min(privatePages * units.pageBytes, residentBytes)
    return process
  }

  /** Throws where it has ended, and where the bytes are not what they ought to be. */
  #readStat(descriptor: number, pid: number): void {
    const length = readSync(descriptor, this.#buffer, 0, statBytesMax, 0)
    if (parseProcessStat(this.#buffer, length, this.#stat) && this.#stat.pid === pid) return
    throw new FlotillaError('wrong-format', `/proc/${pid}/stat does not have the form that we know`)
  }

  /** What is read by path or changes rarely. Returns whether there was any: then it has to be seen who that was. */
  #lookCloser(tracked: TrackedProcess): boolean {
    const { limits } = this.#options
    const stat = this.#stat
    let hasLooked = false
    // Turns are spread by number, so that not all processes have theirs in one reading.
    const isDue = this.#nowMs - tracked.describedAtMs >= limits.describeEveryMs && this.#describesLeft > 0
    if (isDue || !tracked.hasName(this.#buffer, stat)) {
      this.#describesLeft--
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

  /** Of those that are asked for by number everything is read anew. */
  #readDetail(tracked: TrackedProcess, detail: Detail): boolean {
    return tracked.details.read(this.#details, {
      pid: tracked.pid,
      nowMs: this.#nowMs,
      processorTicks: this.#stat.processorTicks,
      everyMs: detail === 'all' ? this.#options.limits.detailEveryMs : 0,
      mayKeep: this.#mayKeep(),
    })
  }

  #mayKeep(): boolean {
    return this.#descriptorsOpen < this.#options.descriptorsMax
  }

  #forget(tracked: TrackedProcess): void {
    this.#descriptorsOpen -= tracked.descriptorsOpen
    tracked.close()
    this.#tracked.delete(tracked.pid)
  }

  #forgetEnded(): void {
    for (const tracked of this.#tracked.values()) if (tracked.round !== this.#round) this.#forget(tracked)
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true
    for (const tracked of this.#tracked.values()) this.#forget(tracked)
  }
}

/** As the kernel would say it of a process that has ended. */
class ReplacedError extends Error {
  override readonly name = 'ReplacedError'
  readonly code = 'ESRCH'
}

/** Of many processes that fail in the same way there is one problem. */
class Failures {
  readonly #counts = new Map<string, { count: number; readonly error: unknown }>()

  count(error: unknown): void {
    const code = String((error as { readonly code?: unknown }).code)
    const found = this.#counts.get(code)
    if (found === undefined) this.#counts.set(code, { count: 1, error })
    else found.count++
  }

  tell(problems: Problems): void {
    for (const { count, error } of this.#counts.values()) {
      problems.failed(count === 1 ? 'processes' : `processes: ${count} of them`, error)
    }
  }
}

function isPid(name: string): boolean {
  const first = name.charCodeAt(0)
  return first >= 0x31 && first <= 0x39 && /^\d{1,10}$/.test(name)
}
