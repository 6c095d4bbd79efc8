import { after, sleep, withTimeout, type Clock, type Millis } from '@flotilla/core/time'
import type { ProcessFigures } from '../figures.ts'
import type { MachineSource, ProcessesReading } from '../readings.ts'
import { processFigures } from './process-figures.ts'

export interface ProcessLooksOptions {
  readonly source: MachineSource
  readonly clock: Clock
  readonly settings: {
    readonly processesFreshMs: number
    readonly processesKeptMs: number
    readonly firstLookMs: number
    readonly collectionTimeoutMs: number
  }
  /** Of the machine, as far as it is known by now. */
  readonly machine: () => { readonly memoryTotalBytes: number; readonly cores: number }
}

interface Taken {
  readonly reading: ProcessesReading
  /** When it was read, by our clock: that of the source may be another. */
  readonly takenAt: Millis
}

/** All processes, as they were when somebody looked. */
export interface ProcessLook extends Taken {
  readonly processes: readonly ProcessFigures[]
  readonly isDetailed: boolean
  /** What its rates were made with. */
  readonly since: Taken | undefined
}

/**
 * Processes, read only when somebody asks. What was read is kept for a while, so that the next who asks is told what
 * each process took since then; who asks first, or after a long time, waits until there are two readings. Those who ask
 * at the same time share what is read, and never are two readings under way.
 */
export class ProcessLooks {
  readonly #options: ProcessLooksOptions
  readonly #stop = new AbortController()
  /** The newest of all, and the newest with detail: those who want it are not sent back by those who do not. */
  #newest: ProcessLook | undefined
  #newestDetailed: ProcessLook | undefined
  #underWay: { readonly isDetailed: boolean; readonly look: Promise<ProcessLook> } | undefined
  #forgetting: Disposable | undefined

  constructor(options: ProcessLooksOptions) {
    this.#options = options
  }

  /** `isAnew`: nothing that was read before this call will do. */
  async look(options: {
    readonly isDetailed: boolean
    readonly isAnew?: boolean
    readonly signal?: AbortSignal
  }): Promise<ProcessLook> {
    const { isDetailed, isAnew = false, signal } = options
    const { settings } = this.#options
    const earlier = isAnew ? this.#underWay : undefined
    if (earlier !== undefined) {
      await this.#patiently(earlier.look, signal).catch((error: unknown) => {
        if (this.#underWay === earlier) throw error // It goes on, and we have waited for long enough.
      })
    }
    for (;;) {
      signal?.throwIfAborted()
      const fresh = isAnew ? undefined : this.#keptFor(settings.processesFreshMs, isDetailed)
      if (fresh !== undefined) return fresh
      const shared = this.#underWay ?? this.#begin(isDetailed)
      const look = await this.#patiently(shared.look, signal)
      if (shared.isDetailed || !isDetailed) return look
    }
  }

  /** Waits for the reading that is under way, which is told to stop. */
  async close(): Promise<void> {
    this.#stop.abort()
    this.#forgetting?.[Symbol.dispose]()
    await this.#underWay?.look.catch(() => {})
  }

  #patiently(look: Promise<ProcessLook>, signal: AbortSignal | undefined): Promise<ProcessLook> {
    const { clock, settings } = this.#options
    const patience = { clock, timeoutMs: settings.collectionTimeoutMs, what: 'reading the processes' }
    return withTimeout({ ...patience, ...(signal === undefined ? {} : { signal }) }, (stop) => orAborted(look, stop))
  }

  #begin(isDetailed: boolean): { readonly isDetailed: boolean; readonly look: Promise<ProcessLook> } {
    const look = this.#read(isDetailed).finally(() => (this.#underWay = undefined))
    look.catch(() => {}) // Whoever waits is told; who has given up meanwhile does not care.
    this.#underWay = { isDetailed, look }
    return this.#underWay
  }

  async #read(isDetailed: boolean): Promise<ProcessLook> {
    const { clock, settings, machine } = this.#options
    const { signal } = this.#stop
    let since = this.#baseline(isDetailed)
    if (since === undefined && settings.firstLookMs > 0) {
      since = { reading: await this.#readOnce(isDetailed), takenAt: clock.now() }
      await sleep(clock, settings.firstLookMs, { signal })
    }
    const reading = await this.#readOnce(isDetailed)
    const processes = processFigures({ before: since?.reading, now: reading, wallMs: clock.wallNow(), ...machine() })
    const look = { processes, reading, isDetailed, takenAt: clock.now(), since }
    this.#newest = look
    if (isDetailed) this.#newestDetailed = look
    this.#forgetLater()
    return look
  }

  #readOnce(isDetailed: boolean): Promise<ProcessesReading> {
    const { source, clock, settings } = this.#options
    const timeoutMs = settings.collectionTimeoutMs
    const patience = { clock, timeoutMs, what: 'reading the processes', signal: this.#stop.signal }
    return withTimeout(patience, (signal) => source.processes({ detail: isDetailed ? 'all' : 'none', signal }))
  }

  /** What rates are made with: the newest reading, or where that was a moment ago, what its own were made with. */
  #baseline(isDetailed: boolean): Taken | undefined {
    const { processesFreshMs, processesKeptMs } = this.#options.settings
    const newest = this.#keptFor(processesKeptMs, isDetailed)
    const since = newest?.since
    if (newest === undefined) return undefined
    const now = this.#options.clock.now()
    const isMoment =
      since !== undefined && now - newest.takenAt < processesFreshMs && now - since.takenAt <= processesKeptMs
    return isMoment ? since : { reading: newest.reading, takenAt: newest.takenAt } // And not those before it.
  }

  /** The newest look, where it is not older than this, and has the detail. */
  #keptFor(ageMsMax: number, isDetailed: boolean): ProcessLook | undefined {
    const newest = isDetailed ? this.#newestDetailed : this.#newest
    if (newest === undefined) return undefined
    return this.#options.clock.now() - newest.takenAt <= ageMsMax ? newest : undefined
  }

  #forgetLater(): void {
    const { clock, settings } = this.#options
    this.#forgetting?.[Symbol.dispose]()
    if (this.#stop.signal.aborted) return
    const at = after(clock.now(), Math.max(settings.processesKeptMs, settings.processesFreshMs) + 1)
    this.#forgetting = clock.wakeAt(at, () => {
      this.#newest = undefined
      this.#newestDetailed = undefined
    })
  }
}

/** Lets go of work that others go on with. */
function orAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
