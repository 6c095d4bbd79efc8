import type { AlertLimits } from './alerts/limits.ts'
import type { History } from './history/history.ts'
import type { HistoryLimits } from './history/limits.ts'
import { Keeping } from './keeping.ts'
import { silentLogger, silentMetrics, type Logger, type Metrics } from '@flotilla/core/observe'
import { sleep, type Clock } from '@flotilla/core/time'
import type {
  Alert,
  AlertRule,
  Collector,
  HistoryPoint,
  HistoryQuery,
  Monitor,
  ProcessList,
  ProcessSignal,
} from './contract.ts'
import type { ProcessControl } from './control.ts'
import { monitorClosed } from './errors.ts'
import type { ProcessFigures, ProcessQuery, SystemFigures } from './figures.ts'
import { validateMonitorSettings, type MonitorSettings } from './limits.ts'
import { checkNice, checkProcess, checkSignal } from './process-orders.ts'
import { processTree, selectProcesses, validateProcessQuery } from './querying/index.ts'
import { Plugins } from './plugins/plugins.ts'
import type { PluginLimits } from './plugins/limits.ts'
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
  readonly historyLimits?: { readonly [Name in keyof HistoryLimits]?: number | undefined }
  /** One that is kept over restarts, of `openKeptHistory`; it has its own limits. */
  readonly history?: History
  readonly alertLimits?: { readonly [Name in keyof AlertLimits]?: number | undefined }
  readonly pluginLimits?: { readonly [Name in keyof PluginLimits]?: number | undefined }
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
  readonly #plugins: Plugins
  readonly #closeTimeoutMs: number
  readonly #keeping: Keeping
  #reading: SystemReading | undefined
  #latest: SystemFigures | undefined
  #closing: Promise<void> | undefined

  constructor(options: MonitorOptions) {
    const { source, clock, logger = silentLogger, metrics = silentMetrics, phase = 0 } = options
    const settings = validateMonitorSettings(options.settings)
    const { collectors = [], pluginLimits = {} } = options
    this.#options = options
    this.#plugins = new Plugins({ collectors, clock, limits: pluginLimits })
    this.#keeping = new Keeping({ ...options, logger, metrics })
    const { watchersMax, alertsUnreadMax } = settings
    this.#closeTimeoutMs = settings.closeTimeoutMs
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
    const { processes, reading } = await this.#looks.look({
      isDetailed: whole.withDetail,
      // Whoever asks for certain ones wants to know what became of them.
      isAnew: whole.pids !== undefined,
      ...options,
    })
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

  history(query: HistoryQuery): readonly HistoryPoint[] {
    return this.#keeping.history.points(query)
  }

  historyFigures(): readonly string[] {
    return this.#keeping.history.figures()
  }

  alerts(): readonly Alert[] {
    return this.#keeping.alerts()
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
    this.#plugins.close()
    await this.#readingsEnd()
    await this.#options.source[Symbol.asyncDispose]()
  }

  /** Not for ever: a machine that hangs must not keep its daemon from ending. */
  async #readingsEnd(): Promise<void> {
    const { clock } = this.#options
    const ended = new AbortController()
    const patience = sleep(clock, this.#closeTimeoutMs, { signal: ended.signal }).catch(() => {})
    await Promise.race([Promise.all([this.#sampler.close(), this.#looks.close()]), patience])
    ended.abort()
  }

  #take(collection: Collection): void {
    const { extra, problems } = this.#plugins.collect()
    const own = this.#figuresOf(collection)
    const figures: SystemFigures = {
      ...own,
      ...(Object.keys(extra).length > 0 && { extra }),
      problems: [...own.problems, ...problems],
    }
    this.#latest = figures
    const news = this.#keeping.take(collection, figures)
    this.#watchers.tell(figures)
    for (const alert of news) this.#alertWatchers.tell(alert)
  }

  /** Of a reading that failed nothing is known but that: older figures would be taken for those of now. */
  #figuresOf(collection: Collection): SystemFigures {
    if (collection.type === 'read') {
      const figures = systemFigures(this.#reading, collection.reading)
      this.#reading = collection.reading
      return figures
    }
    const { code, message } = collection
    const bootId = this.#reading?.bootId ?? ''
    return { wallMs: this.#options.clock.wallNow(), bootId, problems: [{ part: 'system', code, message }] }
  }

  #machine(): { readonly memoryTotalBytes: number; readonly cores: number } {
    const { memory, processor } = this.#reading ?? {}
    return { memoryTotalBytes: memory?.totalBytes ?? 0, cores: processor?.cores.length || Infinity }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw monitorClosed()
  }
}
