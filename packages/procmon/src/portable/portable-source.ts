import { FlotillaError } from '@flotilla/core/errors'
import type { Clock } from '@flotilla/core/time'
import { Latch } from '../asking/latch.ts'
import { atMost } from '../asking/waiting.ts'
import { Problems } from '../problems.ts'
import type { MachineSource, ProcessesReading, ProcessorReading, ProcessReading, SystemReading } from '../readings.ts'
import { validatePortableSourceLimits, type PortableSourceLimits } from './limits.ts'
import { sumOfTimes, timesOf, type PortableParts } from './parts.ts'
import { ProcessList, unknownBoot } from './process-list.ts'
import { disksOf, fileSystemOf, memoryOf, networkOf, powerOf, temperaturesOf } from './system-figures.ts'

export interface PortableSourceSettings {
  readonly parts: PortableParts
  readonly clock: Clock
  readonly limits?: Partial<PortableSourceLimits>
}

type AskedPart = Exclude<keyof PortableParts, 'platform' | 'uptimeSeconds' | 'loadAverage' | 'cores' | 'processes'>

interface ListedProcesses {
  readonly atMs: number
  readonly processes: readonly ProcessReading[]
}

/** Each part is asked on its own, and at most once at a time: one that fails or never answers is a problem. */
export class PortableSource implements MachineSource {
  readonly platform: MachineSource['platform']
  readonly #parts: PortableParts
  readonly #clock: Clock
  readonly #limits: PortableSourceLimits
  readonly #latches: { readonly [Part in AskedPart]: Latch<Awaited<ReturnType<PortableParts[Part]>>> }
  readonly #processes: Latch<ListedProcesses>
  #isClosed = false

  constructor({ parts, clock, limits }: PortableSourceSettings) {
    this.#parts = parts
    this.#clock = clock
    this.#limits = validatePortableSourceLimits(limits)
    this.platform = parts.platform === 'linux' ? 'linux' : parts.platform === 'win32' ? 'windows' : 'other'
    this.#latches = {
      memory: new Latch(parts.memory),
      diskOperations: new Latch(parts.diskOperations),
      diskBytes: new Latch(parts.diskBytes),
      fileSystems: new Latch(parts.fileSystems),
      networks: new Latch(parts.networks),
      temperature: new Latch(parts.temperature),
      battery: new Latch(parts.battery),
    }
    const list = new ProcessList(parts.platform === 'darwin' ? 1 : Math.max(parts.cores().length, 1))
    this.#processes = new Latch(async () => {
      const found = await parts.processes()
      const atMs = clock.now()
      return { atMs, processes: list.read(found, atMs) }
    })
  }

  async system(options: { readonly signal?: AbortSignal } = {}): Promise<SystemReading> {
    this.#refuseWhenClosed()
    options.signal?.throwIfAborted()
    const atMs = this.#clock.now()
    const wallMs = this.#clock.wallNow()
    const problems = new Problems(this.#limits.portableProblemsMax)
    await this.#ask(atMs, options.signal)
    this.#refuseWhenClosed()
    return {
      atMs,
      wallMs,
      bootId: unknownBoot,
      uptimeMs: Math.round(this.#parts.uptimeSeconds() * 1_000),
      ...this.#answers(problems),
      problems: problems.all(),
    }
  }

  async processes(
    options: { readonly detail?: 'none' | 'all' | ReadonlySet<number>; readonly signal?: AbortSignal } = {},
  ): Promise<ProcessesReading> {
    const { listedProcessesMax, partDeadlineMs, portableProblemsMax, processesEveryMs, windowsProcessesEveryMs } =
      this.#limits
    this.#refuseWhenClosed()
    const nowMs = this.#clock.now()
    const everyMs = this.platform === 'windows' ? windowsProcessesEveryMs : processesEveryMs
    const begun = this.#processes.ask(nowMs, everyMs) ?? this.#processes.underWay
    if (begun !== undefined) await atMost(partDeadlineMs, [begun], this.#clock, options.signal)
    this.#refuseWhenClosed()
    const problems = new Problems(portableProblemsMax)
    const listed = this.#answer('processes', this.#processes, problems)
    const processes = listed?.processes ?? []
    if (processes.length > listedProcessesMax) {
      problems.add(
        'processes',
        'limit-reached',
        `${processes.length} processes, of which ${listedProcessesMax} are read`,
      )
    }
    return {
      atMs: listed?.atMs ?? nowMs,
      processes: processes.slice(0, listedProcessesMax),
      total: processes.length,
      problems: problems.all(),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
  }

  async #ask(nowMs: number, signal?: AbortSignal): Promise<void> {
    const begun: Promise<void>[] = []
    for (const [part, latch] of Object.entries(this.#latches) as [AskedPart, Latch<unknown>][]) {
      const isSlow = part === 'fileSystems' || part === 'temperature' || part === 'battery'
      const done = latch.ask(nowMs, isSlow ? this.#limits.slowPartsEveryMs : 0)
      if (done !== undefined) begun.push(done)
    }
    await atMost(this.#limits.partDeadlineMs, begun, this.#clock, signal)
  }

  #answers(problems: Problems): Partial<SystemReading> {
    const latches = this.#latches
    const memory = this.#answer('memory', latches.memory, problems)
    const disks = disksOf(
      this.#answer('disks', latches.diskOperations, problems),
      this.#answer('disks', latches.diskBytes, problems),
    )
    const fileSystems = this.#answer('fileSystems', latches.fileSystems, problems)
    const networks = this.#answer('networks', latches.networks, problems)
    const temperature = this.#answer('temperatures', latches.temperature, problems)
    const battery = this.#answer('power', latches.battery, problems)
    const memoryReading = memory === undefined ? undefined : memoryOf(memory)
    return {
      processor: this.#processor(),
      ...(memoryReading === undefined ? {} : { memory: memoryReading }),
      ...(disks === undefined ? {} : { disks }),
      ...(fileSystems === undefined ? {} : { fileSystems: fileSystems.map(fileSystemOf) }),
      ...(networks === undefined ? {} : { networks: networks.map(networkOf).filter((one) => one !== undefined) }),
      ...(temperature === undefined ? {} : { temperatures: temperaturesOf(temperature) }),
      ...(battery === undefined ? {} : { power: powerOf(battery) }),
    }
  }

  #answer<Value>(part: string, latch: Latch<Value>, problems: Problems): Value | undefined {
    const { latest } = latch
    if (latch.isUnderWay) {
      problems.add(part, 'deadline-exceeded', `${part} has not answered for ${this.#limits.partDeadlineMs} ms`)
      return undefined
    }
    if (latest === undefined) return undefined
    if ('value' in latest) return latest.value
    problems.failed(part, latest.error)
    return undefined
  }

  #processor(): ProcessorReading {
    const cores = this.#parts.cores().map(({ times }, core) => ({ core, times: timesOf(times) }))
    const total = sumOfTimes(cores.map(({ times }) => times))
    const [one, five, fifteen] = this.#parts.loadAverage()
    // Windows has no load; Node says 0 three times.
    const hasLoad = this.platform !== 'windows' && one !== undefined && five !== undefined && fifteen !== undefined
    return hasLoad ? { total, cores, load: [one, five, fifteen] } : { total, cores }
  }

  #refuseWhenClosed(): void {
    if (!this.#isClosed) return
    throw new FlotillaError('closed', 'the source of figures is closed', { hint: 'open another one' })
  }
}
