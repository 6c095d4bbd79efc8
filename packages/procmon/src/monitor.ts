import { silentLogger, silentMetrics, type Logger, type Metrics } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import type { Alert, AlertRule, Collector, HistoryPoint, HistoryQuery, Monitor, ProcessList } from './contract.ts'
import type { ProcessSignal } from './contract.ts'
import type { ProcessControl } from './control.ts'
import { monitorClosed } from './errors.ts'
import type { ProcessFigures, ProcessQuery, SystemFigures } from './figures.ts'
import { validateMonitorSettings, type MonitorSettings } from './limits.ts'
import { checkNice, checkProcess, checkSignal } from './process-orders.ts'
import { processTree, selectProcesses, validateProcessQuery } from './querying/index.ts'
import type { MachineSource, ProcessIdentity, SystemReading } from './readings.ts'
import { ProcessLooks } from './sampling/process-looks.ts'
import { Sampler, type Collection } from './sampling/sampler.ts'
import { systemFigures } from './sampling/system-figures.ts'
import { Watchers } from './watching/watchers.ts'

export interface MonitorOptions {
  /** The machine; the monitor closes it. */
  readonly source: MachineSource
  readonly control: ProcessControl
  readonly clock: Clock
  readonly logger?: Logger
  readonly metrics?: Metrics
  readonly settings?: { readonly [Name in keyof MonitorSettings]?: number | undefined }
  /** Default: `defaultAlertRules`. */
  readonly rules?: readonly AlertRule[]
  readonly collectors?: readonly Collector[]
  /** 0 to 1, drawn anew for each machine, so that not all of them look at the same time. */
  readonly phase?: number
}

/** Looks at a machine from now on, until it is closed. */
export function createMonitor(options: MonitorOptions): Monitor {
  return new MachineMonitor(options)
}

class MachineMonitor implements Monitor {
  readonly #options: MonitorOptions
  readonly #sampler: Sampler
  readonly #looks: ProcessLooks
  readonly #watchers: Watchers<SystemFigures>
  readonly #alertWatchers: Watchers<Alert>
  #reading: SystemReading | undefined
  #latest: SystemFigures | undefined
  #closing: Promise<void> | undefined

  constructor(options: MonitorOptions) {
    const { source, clock, logger = silentLogger, metrics = silentMetrics, phase = 0 } = options
    const settings = validateMonitorSettings(options.settings)
    void metrics
    this.#options = options
    const { watchersMax, alertsUnreadMax } = settings
    this.#watchers = new Watchers({ watchersMax, what: 'the figures of this machine' }, (count) =>
      this.#sampler.setWatched(count > 0),
    )
    this.#alertWatchers = new Watchers({ watchersMax, what: 'the alerts of this machine', unreadMax: alertsUnreadMax })
    this.#looks = new ProcessLooks({ source, clock, settings, machine: () => this.#machine() })
    this.#sampler = new Sampler({
      source,
      clock,
      logger,
      settings,
      phase,
      onCollection: (collection) => this.#take(collection),
    })
  }

  get latest(): SystemFigures | undefined {
    return this.#latest
  }

  async processes(query: ProcessQuery = {}, options: { readonly signal?: AbortSignal } = {}): Promise<ProcessList> {
    const whole = validateProcessQuery(query)
    this.#checkOpen()
    const { processes, reading } = await this.#looks.look({ isDetailed: whole.withDetail, ...options })
    return { ...selectProcesses(processes, whole), total: reading.total, problems: reading.problems }
  }

  async tree(pid?: number, options: { readonly signal?: AbortSignal } = {}): Promise<readonly ProcessFigures[]> {
    this.#checkOpen()
    const { processes } = await this.#looks.look({ isDetailed: false, ...options })
    return processTree(processes, pid)
  }

  watch(options: { readonly signal?: AbortSignal } = {}): AsyncIterable<SystemFigures> {
    return this.#watchers.watch({ first: this.#latest, ...options })
  }

  history(_query: HistoryQuery): readonly HistoryPoint[] {
    return []
  }

  historyFigures(): readonly string[] {
    return []
  }

  alerts(): readonly Alert[] {
    return []
  }

  watchAlerts(options: { readonly signal?: AbortSignal } = {}): AsyncIterable<Alert> {
    return this.#alertWatchers.watch({ past: () => this.alerts(), ...options })
  }

  async signal(process: ProcessIdentity, signal: ProcessSignal): Promise<void> {
    checkProcess(process)
    checkSignal(signal)
    this.#checkOpen()
    await this.#options.control.signal(process, signal)
  }

  async setNice(process: ProcessIdentity, nice: number): Promise<void> {
    checkProcess(process)
    checkNice(nice)
    this.#checkOpen()
    await this.#options.control.setNice(process, nice)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#watchers.close()
    this.#alertWatchers.close()
    await Promise.all([this.#sampler.close(), this.#looks.close()])
    await this.#options.source[Symbol.asyncDispose]()
  }

  #take(collection: Collection): void {
    const { clock } = this.#options
    if (collection.type === 'failed') {
      const { code, message } = collection
      const bootId = this.#latest?.bootId ?? ''
      this.#latest = { wallMs: clock.wallNow(), bootId, problems: [{ part: 'system', code, message }] }
    } else {
      this.#latest = systemFigures(this.#reading, collection.reading)
      this.#reading = collection.reading
    }
    this.#watchers.tell(this.#latest)
  }

  #machine(): { readonly memoryTotalBytes: number; readonly cores: number } {
    const { memory, processor } = this.#reading ?? {}
    return { memoryTotalBytes: memory?.totalBytes ?? 0, cores: processor?.cores.length || Infinity }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw monitorClosed()
  }
}
