import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { setPriority } from 'node:os'
import { FlotillaError } from '@flotilla/core/errors'
import type { ProcessSignal } from '../contract.ts'
import type { ProcessControl } from '../control.ts'
import { checkNice, checkProcess, checkSignal } from '../process-orders.ts'
import type { ProcessIdentity } from '../readings.ts'
import { explainedRefusal, gone, ownProcess } from '../refusals.ts'
import { emptyProcessStat, isKernelThread, parseProcessStat, type ProcessStat } from './parsing/process-stat.ts'

export interface LinuxProcessControlOptions {
  /** Where `/proc` is. Signals go to processes of this machine all the same. */
  readonly root?: string
  /** How a signal is sent; `process.kill` unless a test wants to know. */
  readonly kill?: (pid: number, signal: ProcessSignal) => void
  readonly renice?: (thread: number, nice: number) => void
  /** The process that is never touched: this one. */
  readonly ownPid?: number
}

/** `stat` is made at once, and shorter than this. */
const statBytesMax = 4_096
/** Threads of one process that get its new nice value; a process with more is refused. */
const renicedThreadsMax = 65_536

/**
 * Signals and nice values for processes of this machine. Node has no pidfd, so a number is all that a signal can be
 * sent to; the process is looked at immediately before, in the same turn. What remains is a process that ends, is
 * waited for by its parent, and whose number is given to another one, between two system calls a few microseconds
 * apart: the kernel gives numbers in turn, so all the others have to be used up in that time.
 */
export function openLinuxProcessControl(options: LinuxProcessControlOptions = {}): ProcessControl {
  return new LinuxProcessControl(options)
}

class LinuxProcessControl implements ProcessControl {
  readonly #folder: string
  readonly #root: string
  readonly #kill: (pid: number, signal: ProcessSignal) => void
  readonly #renice: (thread: number, nice: number) => void
  readonly #ownPid: number
  readonly #buffer = Buffer.allocUnsafe(statBytesMax)
  readonly #stat = emptyProcessStat()

  constructor(options: LinuxProcessControlOptions) {
    const { root = '', kill = process.kill.bind(process), renice = setPriority, ownPid = process.pid } = options
    this.#root = root === '/' ? '' : root
    this.#folder = `${this.#root}/proc`
    this.#kill = kill
    this.#renice = renice
    this.#ownPid = ownPid
  }

  async signal(identity: ProcessIdentity, signal: ProcessSignal): Promise<void> {
    checkProcess(identity)
    checkSignal(signal)
    this.#withProcess(identity, () => this.#kill(identity.pid, signal))
  }

  /** Of all its threads that had the same as its first one; those that chose one of their own keep it. */
  async setNice(identity: ProcessIdentity, nice: number): Promise<void> {
    checkProcess(identity)
    checkNice(nice)
    this.#withProcess(identity, (stat) => {
      const former = stat.nice
      if (stat.threads > renicedThreadsMax) {
        throw new FlotillaError('refused', `process ${identity.pid} has ${stat.threads} threads`, {
          hint: `a nice value is set for up to ${renicedThreadsMax}`,
        })
      }
      this.#renice(identity.pid, nice)
      for (const thread of this.#otherThreads(identity.pid)) {
        if (this.#niceOf(identity.pid, thread) === former) this.#reniceThread(thread, nice)
      }
    })
  }

  #withProcess(identity: ProcessIdentity, act: (stat: ProcessStat) => void): void {
    const { pid } = identity
    if (pid === 1) {
      throw new FlotillaError(
        'refused',
        'process 1 is the one that all others descend from; it is not touched from here',
      )
    }
    // The kernel takes the number of a thread for its process, and threads have a `stat` as well.
    if (pid === this.#ownPid || existsSync(`${this.#folder}/${this.#ownPid}/task/${pid}`)) throw ownProcess(pid)
    try {
      this.#refuseOtherBoot(identity)
      // The descriptor is open before the look and closed after the deed: it stands for that very process, and what
      // it says just before is said of nobody else.
      const descriptor = openSync(`${this.#folder}/${pid}/stat`, 'r')
      try {
        const length = readSync(descriptor, this.#buffer, 0, statBytesMax, 0)
        const isRead = parseProcessStat(this.#buffer, length, this.#stat)
        if (!isRead || this.#stat.pid !== pid || this.#stat.startTicks !== identity.startTicks) throw gone(pid)
        if (isKernelThread(this.#stat)) {
          throw new FlotillaError('refused', `process ${pid} is a thread of the kernel; it is not touched from here`)
        }
        act(this.#stat)
      } finally {
        closeSync(descriptor)
      }
    } catch (error) {
      throw explainedRefusal(pid, error)
    }
  }

  #refuseOtherBoot({ pid, bootId }: ProcessIdentity): void {
    let own = 'unknown'
    try {
      own = readFileSync(`${this.#root}/proc/sys/kernel/random/boot_id`, 'latin1').trim()
    } catch {
      // As the source of figures calls it then: what it has listed can be meant.
    }
    if (own !== bootId) throw gone(pid)
  }

  #otherThreads(pid: number): readonly number[] {
    return readdirSync(`${this.#folder}/${pid}/task`)
      .map(Number)
      .filter((thread) => thread !== pid && Number.isInteger(thread))
  }

  #niceOf(pid: number, thread: number): number | undefined {
    try {
      const bytes = readFileSync(`${this.#folder}/${pid}/task/${thread}/stat`)
      const stat = emptyProcessStat()
      return parseProcessStat(bytes, bytes.length, stat) ? stat.nice : undefined
    } catch {
      return undefined // It has ended, and needs none any more.
    }
  }

  #reniceThread(thread: number, nice: number): void {
    try {
      this.#renice(thread, nice)
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== 'ESRCH') throw error
    }
  }
}
