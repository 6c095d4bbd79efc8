import { readFileSync } from 'node:fs'
import { FlotillaError } from '@flotilla/core/errors'
import type { Clock } from '@flotilla/core/time'
import { nodeClock } from '@flotilla/core/time/node'
import { Problems } from '../problems.ts'
import type { MachineSource, ProcessesReading, SystemReading } from '../readings.ts'
import { BootTime } from './boot-time.ts'
import { validateLinuxSourceLimits, type LinuxSourceLimits } from './limits.ts'
import { ProcessTable, type Detail } from './node-process-table.ts'
import { askLocalSpace, askRemoteSpace, type AskSpace } from './node-space.ts'
import { SystemReader } from './node-system-reader.ts'
import { parseAuxiliaryVector, usualUnits, type MachineUnits } from './parsing/auxiliary-vector.ts'
import { parseUptime } from './parsing/load-average.ts'
import { parseWholeNumber } from './parsing/named-numbers.ts'

export interface LinuxSourceOptions {
  /** Where `/proc`, `/sys` and `/etc` are: a folder of recorded files, or the machine outside of a container. */
  readonly root?: string
  readonly limits?: Partial<LinuxSourceLimits>
  readonly clock?: Clock
  readonly askLocalSpace?: AskSpace
  readonly askRemoteSpace?: AskSpace
}

/** Reads a Linux machine straight from the kernel, without starting other programs. */
export async function openLinuxSource(options: LinuxSourceOptions = {}): Promise<MachineSource> {
  return new LinuxSource(options)
}

class LinuxSource implements MachineSource {
  readonly platform = 'linux'
  readonly #clock: Clock
  readonly #bootId: string
  readonly #bootTime: BootTime
  readonly #system: SystemReader
  readonly #table: ProcessTable
  readonly #limits: LinuxSourceLimits
  readonly #root: string
  readonly #openProblems: Problems
  /** Resolves, and never rejects, when the reading of processes before has ended: they share one table. */
  #before: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #isClosed = false

  constructor(options: LinuxSourceOptions) {
    const { root = '', clock = nodeClock() } = options
    this.#limits = validateLinuxSourceLimits(options.limits)
    this.#root = root === '/' ? '' : root
    this.#clock = clock
    this.#openProblems = new Problems(this.#limits.problemsMax)
    this.#bootId = this.#readBootId()
    this.#bootTime = new BootTime(clock)
    const units = readUnits(this.#root)
    this.#system = new SystemReader({
      root: this.#root,
      limits: this.#limits,
      clock,
      units,
      askLocal: options.askLocalSpace ?? askLocalSpace,
      askRemote: options.askRemoteSpace ?? askRemoteSpace(this.#limits.remoteAskMsMax),
    })
    this.#table = new ProcessTable({
      root: this.#root,
      bootId: this.#bootId,
      units,
      limits: this.#limits,
      descriptorsMax: Math.min(this.#limits.descriptorsMax, affordableDescriptors(this.#root)),
      clock,
      bootMs: () => this.#bootTime.wallMs,
    })
  }

  async system(options: { readonly signal?: AbortSignal } = {}): Promise<SystemReading> {
    this.#refuseWhenClosed()
    options.signal?.throwIfAborted()
    const atMs = this.#clock.now()
    const wallMs = this.#clock.wallNow()
    const problems = new Problems(this.#limits.problemsMax)
    const parts = await this.#system.read(problems, options.signal)
    this.#refuseWhenClosed()
    return {
      atMs,
      wallMs,
      bootId: this.#bootId,
      ...parts,
      problems: [...this.#openProblems.all(), ...problems.all()],
    }
  }

  async processes(
    options: { readonly detail?: Detail; readonly signal?: AbortSignal } = {},
  ): Promise<ProcessesReading> {
    const { detail = 'none', signal } = options
    if (this.#waiting >= this.#limits.readingsWaitingMax) {
      throw new FlotillaError('overloaded', `${this.#waiting} readings of all processes wait for each other`, {
        hint: 'share one reading, or raise readingsWaitingMax',
      })
    }
    this.#waiting++
    const before = this.#before
    const reading = before.then(() => {
      this.#refuseWhenClosed()
      signal?.throwIfAborted()
      this.#bootTime.look(readUptime(this.#root))
      return this.#table.read(detail, signal)
    })
    this.#before = reading.catch(() => undefined)
    try {
      const processes = await reading
      this.#refuseWhenClosed()
      return processes
    } finally {
      this.#waiting--
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#table[Symbol.dispose]()
    this.#system[Symbol.dispose]()
    await this.#before
  }

  #refuseWhenClosed(): void {
    if (!this.#isClosed) return
    throw new FlotillaError('closed', 'the source of figures is closed', { hint: 'open another one' })
  }

  /** Without it two processes of different boots could be taken for one; within a boot nothing changes. */
  #readBootId(): string {
    try {
      return readFileSync(`${this.#root}/proc/sys/kernel/random/boot_id`, 'latin1').trim().slice(0, 64)
    } catch (error) {
      this.#openProblems.failed('bootId', error)
      return 'unknown'
    }
  }
}

function readUptime(root: string): number | undefined {
  try {
    return parseUptime(readFileSync(`${root}/proc/uptime`, 'latin1'))
  } catch {
    return undefined // The system's reading tells of it.
  }
}

function readUnits(root: string): MachineUnits {
  try {
    return parseAuxiliaryVector(readFileSync(`${root}/proc/self/auxv`))
  } catch {
    return usualUnits
  }
}

/** A quarter of what this process may open. */
function affordableDescriptors(root: string): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync(`${root}/proc/self/limits`, 'latin1')) ?? []
    return soft === undefined ? Infinity : Math.floor((parseWholeNumber(soft) ?? 0) / 4)
  } catch {
    return Infinity // Recorded files: the limit of the options is enough.
  }
}
