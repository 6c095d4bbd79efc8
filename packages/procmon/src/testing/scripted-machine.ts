import { FlotillaError } from '@flotilla/core/errors'
import type { Clock } from '@flotilla/core/time'
import type { ProcessControl } from '../control.ts'
import type { ProcessSignal } from '../contract.ts'
import type {
  MachineSource,
  ProcessesReading,
  ProcessIdentity,
  ProcessReading,
  ProcessState,
  SystemReading,
} from '../readings.ts'
import { Counters } from './scripted-counters.ts'

/** How busy the machine is made out to be; may be changed at any time, and counts from then on. */
export interface ScriptedLoad {
  /** Of all cores, 0 to 1. */
  usage: number
  readBytesPerSecond: number
  writtenBytesPerSecond: number
  receivedBytesPerSecond: number
  sentBytesPerSecond: number
  memoryUsedBytes: number
  swapUsedBytes: number
  rootUsedBytes: number
  celsius: number
}

/** A process as a test starts it; what it leaves out is something harmless. */
export interface ScriptedProcess {
  readonly pid?: number
  readonly parent?: number
  readonly name: string
  readonly command?: string
  readonly user?: string
  readonly state?: ProcessState
  /** Of one core. */
  readonly processor?: number
  readonly residentBytes?: number
  readonly threads?: number
  readonly nice?: number
  readonly openFiles?: number
}

export interface ScriptedMachineOptions {
  readonly clock: Clock
  readonly cores?: number
  readonly memoryBytes?: number
  readonly bootId?: string
  readonly platform?: MachineSource['platform']
}

export type ScriptedOrder =
  | { readonly type: 'signal'; readonly process: ProcessIdentity; readonly signal: ProcessSignal }
  | { readonly type: 'nice'; readonly process: ProcessIdentity; readonly nice: number }

/** 100 ticks a second, as Linux counts. */
const tickMs = 10

/** A machine that does as it is told: its counters rise with the clock, by the load that is set. */
export class ScriptedMachine implements MachineSource, ProcessControl {
  readonly platform: MachineSource['platform']
  readonly load: ScriptedLoad = {
    usage: 0,
    readBytesPerSecond: 0,
    writtenBytesPerSecond: 0,
    receivedBytesPerSecond: 0,
    sentBytesPerSecond: 0,
    memoryUsedBytes: 1_000_000_000,
    swapUsedBytes: 0,
    rootUsedBytes: 10_000_000_000,
    celsius: 40,
  }
  /** What was asked for so far. */
  readonly calls = { system: 0, processes: 0, detailed: 0 }
  /** How many calls are under way, and the most that ever were. */
  readonly underWay = { now: 0, most: 0 }
  readonly orders: ScriptedOrder[] = []
  /** Changes every reading before it is given out: the way to script what nothing else here can. */
  editSystem: (reading: SystemReading) => SystemReading = (reading) => reading
  editProcesses: (reading: ProcessesReading) => ProcessesReading = (reading) => reading
  /** Thrown by every call while it is set. */
  failure: Error | undefined
  readonly #clock: Clock
  readonly #counters: Counters
  readonly #processes = new Map<number, { reading: ProcessReading; processor: number; openFiles: number }>()
  #bootId: string
  #boots = 0
  #nextPid = 100
  #hanging: PromiseWithResolvers<void> | undefined
  #closed = false

  constructor({ clock, cores = 4, memoryBytes = 8_000_000_000, bootId = 'boot-0', platform }: ScriptedMachineOptions) {
    this.#clock = clock
    this.platform = platform ?? 'linux'
    this.#bootId = bootId
    this.#counters = new Counters({ cores, memoryBytes, startedAtMs: clock.now() })
    this.start({ pid: 1, name: 'init', user: 'root' })
  }

  get bootId(): string {
    return this.#bootId
  }

  start(process: ScriptedProcess): ProcessIdentity {
    this.#pass()
    const pid = process.pid ?? this.#nextPid++
    const identity = { bootId: this.#bootId, pid, startTicks: Math.floor(this.#clock.now() / tickMs) + 1 }
    const reading: ProcessReading = {
      ...identity,
      parent: process.parent ?? (pid === 1 ? 0 : 1),
      name: process.name,
      command: process.command ?? `/usr/bin/${process.name}`,
      user: process.user ?? 'ann',
      state: process.state ?? 'sleeping',
      processorMs: 0,
      residentBytes: process.residentBytes ?? 10_000_000,
      privateBytes: Math.floor((process.residentBytes ?? 10_000_000) / 2),
      threads: process.threads ?? 1,
      nice: process.nice ?? 0,
      startedAtMs: this.#clock.wallNow(),
    }
    this.#processes.set(pid, { reading, processor: process.processor ?? 0, openFiles: process.openFiles ?? 3 })
    return identity
  }

  /** From now on it takes so much of one core. */
  setProcessor(pid: number, processor: number): void {
    this.#pass()
    const found = this.#processes.get(pid)
    if (found !== undefined) found.processor = processor
  }

  end(pid: number): void {
    this.#pass()
    this.#processes.delete(pid)
  }

  /** Another boot id, counters from 0, nothing but `init`. */
  reboot(): void {
    this.#bootId = `boot-${++this.#boots}`
    this.#counters.reset(this.#clock.now())
    this.#processes.clear()
    this.start({ pid: 1, name: 'init', user: 'root' })
  }

  /** Calls wait from now on, until `release`, or until their signal aborts. */
  hang(): void {
    this.#hanging ??= Promise.withResolvers()
  }

  release(): void {
    this.#hanging?.resolve()
    this.#hanging = undefined
  }

  system(options: { readonly signal?: AbortSignal } = {}): Promise<SystemReading> {
    this.calls.system++
    return this.#call(options, () => {
      const [atMs, wallMs] = [this.#clock.now(), this.#clock.wallNow()]
      return this.editSystem(this.#counters.reading({ atMs, wallMs, bootId: this.#bootId, load: this.load }))
    })
  }

  processes(options: Parameters<MachineSource['processes']>[0] = {}): Promise<ProcessesReading> {
    const { detail = 'none' } = options
    this.calls.processes++
    if (detail !== 'none') this.calls.detailed++
    return this.#call(options, () => {
      const processes = [...this.#processes.values()].map(({ reading, openFiles }) => {
        const isDetailed = detail === 'all' || (detail !== 'none' && detail.has(reading.pid))
        if (!isDetailed) return reading
        return { ...reading, openFiles, readBytes: reading.processorMs * 1_000, writtenBytes: 0 }
      })
      const reading = { atMs: this.#clock.now(), processes, total: processes.length, problems: [] }
      return this.editProcesses(reading)
    })
  }

  // Rejects as a real one does.
  async signal(process: ProcessIdentity, signal: ProcessSignal): Promise<void> {
    this.#found(process)
    this.orders.push({ type: 'signal', process, signal })
    if (signal === 'SIGKILL' || signal === 'SIGTERM') this.#processes.delete(process.pid)
  }

  async setNice(process: ProcessIdentity, nice: number): Promise<void> {
    const found = this.#found(process)
    this.orders.push({ type: 'nice', process, nice })
    found.reading = { ...found.reading, nice }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.release()
  }

  #found(process: ProcessIdentity): { reading: ProcessReading } {
    const found = this.#processes.get(process.pid)
    const isSame = found?.reading.startTicks === process.startTicks && found.reading.bootId === process.bootId
    if (found !== undefined && isSame) return found
    throw new FlotillaError('not-found', `the process ${process.pid} has ended`)
  }

  async #call<Reading>({ signal }: { readonly signal?: AbortSignal }, read: () => Reading): Promise<Reading> {
    this.underWay.most = Math.max(this.underWay.most, ++this.underWay.now)
    try {
      if (this.#closed) throw new FlotillaError('closed', 'this source was closed')
      signal?.throwIfAborted()
      if (this.#hanging !== undefined) await untilAborted(this.#hanging.promise, signal)
      if (this.failure !== undefined) throw this.failure
      this.#pass()
      return read()
    } finally {
      this.underWay.now--
    }
  }

  #pass(): void {
    const passedMs = this.#counters.pass(this.#clock.now(), this.load)
    for (const found of this.#processes.values()) {
      if (found.processor === 0) continue
      const processorMs = found.reading.processorMs + found.processor * passedMs
      found.reading = { ...found.reading, processorMs }
    }
  }
}

function untilAborted(waiting: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal?.reason as Error)
    signal?.addEventListener('abort', stop, { once: true })
    void waiting.then(resolve).finally(() => signal?.removeEventListener('abort', stop))
  })
}
