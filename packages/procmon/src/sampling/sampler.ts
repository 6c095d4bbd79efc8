import { FlotillaError } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import { after, type Clock, type Millis } from '@flotilla/core/time'
import { explained } from '../errors.ts'
import type { MachineSource, SystemReading } from '../readings.ts'

/** What a collection brought, whether or not it went well. */
export type Collection =
  | { readonly type: 'read'; readonly reading: SystemReading; readonly tookMs: number }
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly tookMs: number }

export interface SamplerOptions {
  readonly source: MachineSource
  readonly clock: Clock
  readonly logger: Logger
  readonly settings: {
    readonly intervalMs: number
    readonly watchedIntervalMs: number
    readonly collectionTimeoutMs: number
  }
  /** 0 to 1: where in the interval this machine's moments lie, so that not all machines look at the same time. */
  readonly phase: number
  readonly onCollection: (collection: Collection) => void
}

/**
 * Reads the machine again and again: at moments that lie an interval apart on the clock, one collection at a time. What
 * comes too late for its moment leaves that out. A source that does not answer is told to stop after
 * `collectionTimeoutMs`, which is reported once, and is waited for all the same.
 */
export class Sampler {
  readonly #options: SamplerOptions
  readonly #stop = new AbortController()
  #timer: Disposable | undefined
  /** When the next collection begins, or the one that is under way began. */
  #dueAt = 0 as Millis
  #underWay: Promise<void> | undefined
  #isWatched = false
  /** What was logged last, so that a machine that stays so does not fill the log. */
  #lastFailure: string | undefined

  constructor(options: SamplerOptions) {
    this.#options = options
    this.#armAt(options.clock.now())
  }

  /** Looks more often, from the next moment of the shorter interval on. */
  setWatched(isWatched: boolean): void {
    this.#isWatched = isWatched
    const at = this.#moment(this.#options.clock.now())
    if (at < this.#dueAt) this.#armAt(at)
  }

  /** Waits for the collection that is under way, which is told to stop. */
  async close(): Promise<void> {
    this.#stop.abort()
    this.#timer?.[Symbol.dispose]()
    await this.#underWay
  }

  #begin(): void {
    this.#underWay = this.#collect().finally(() => (this.#underWay = undefined))
  }

  async #collect(): Promise<void> {
    const { clock, onCollection } = this.#options
    const startedAt = clock.now()
    const collection = await this.#read(() => clock.now() - startedAt)
    if (this.#stop.signal.aborted) return
    if (collection !== undefined) onCollection(collection)
    // A machine that needs long to answer is left alone for as long, so that looking never takes most of its time.
    this.#armAt(this.#moment(after(clock.now(), clock.now() - startedAt)))
  }

  /** Undefined where it was reported already that it takes too long, and it failed then. */
  async #read(tookMs: () => number): Promise<Collection | undefined> {
    const { source, clock, settings, onCollection, logger } = this.#options
    const timeoutMs = settings.collectionTimeoutMs
    const late = new AbortController()
    using timer = clock.wakeAt(after(clock.now(), timeoutMs), () => {
      const message = `the machine was not read within ${timeoutMs} ms; it is asked again when that attempt has ended`
      logger.warn({ timeoutMs }, message)
      late.abort(new FlotillaError('deadline-exceeded', message))
      onCollection({ type: 'failed', code: 'deadline-exceeded', message, tookMs: tookMs() })
    })
    this.#timer = timer // So that closing ends it, should the source never answer.
    try {
      const reading = await source.system({ signal: AbortSignal.any([late.signal, this.#stop.signal]) })
      this.#lastFailure = undefined
      return { type: 'read', reading, tookMs: tookMs() }
    } catch (error) {
      if (late.signal.aborted || this.#stop.signal.aborted) return undefined
      const why = explained(error)
      if (why.message !== this.#lastFailure) logger.warn({ err: error }, 'the machine could not be read')
      this.#lastFailure = why.message
      return { type: 'failed', ...why, tookMs: tookMs() }
    }
  }

  #moment(earliest: Millis): Millis {
    const { settings, phase } = this.#options
    return nextMoment(earliest, this.#isWatched ? settings.watchedIntervalMs : settings.intervalMs, phase)
  }

  #armAt(at: Millis): void {
    if (this.#stop.signal.aborted) return
    this.#timer?.[Symbol.dispose]()
    this.#dueAt = at
    this.#timer = this.#options.clock.wakeAt(at, () => this.#begin())
  }
}

/** The first moment after `now` that lies on the grid of this interval. */
export function nextMoment(now: Millis, intervalMs: number, phase: number): Millis {
  const offsetMs = phase * intervalMs
  return ((Math.floor((now - offsetMs) / intervalMs) + 1) * intervalMs + offsetMs) as Millis
}
