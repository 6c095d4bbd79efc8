import { silentLogger, type Logger } from '@flotilla/core/observe'
import { after, sleep, type Clock } from '@flotilla/core/time'
import { History } from './history.ts'
import { keptFigure, keptWhole, readKept } from './kept-form.ts'
import { validateKeptHistoryLimits, type HistoryLimits, type KeptHistoryLimits } from './limits.ts'

/** Where a history outlives its process. */
export interface HistoryStore {
  /** What was written last; undefined where nothing was. */
  read(): Promise<Uint8Array | undefined>
  /** In place of what was there: wholly or not at all. */
  write(bytes: Uint8Array): Promise<void>
}

type Some<Limits> = { readonly [Name in keyof Limits]?: number | undefined }

export interface KeptHistoryOptions {
  readonly store: HistoryStore
  readonly clock: Clock
  readonly logger?: Logger
  readonly historyLimits?: Some<HistoryLimits>
  readonly limits?: Some<KeptHistoryLimits>
}

/** A history that is written down now and then, and once more when this is disposed: after whoever records in it. */
export interface KeptHistory extends AsyncDisposable {
  /** For a monitor. */
  readonly history: History
}

/** Figures that are written before anybody else has a turn. */
const figuresAtOnce = 32

/**
 * Goes on with what an earlier life has kept. Never rejects: what is damaged, or does not come in time, is told in the
 * log, and the history begins anew.
 */
export async function openKeptHistory(options: KeptHistoryOptions): Promise<KeptHistory> {
  const limits = validateKeptHistoryLimits(options.limits)
  const history = new History(options.historyLimits)
  await restore(history, options, limits)
  return new HistoryKeeper(history, options, limits)
}

async function restore(
  history: History,
  { store, clock, logger = silentLogger }: KeptHistoryOptions,
  { bytesMax, waitMs }: KeptHistoryLimits,
): Promise<void> {
  try {
    const kept = await inTime(store.read(), clock, waitMs)
    if (kept === undefined) return
    if (kept.length > bytesMax) throw new Error(`it has ${kept.length} bytes, and ${bytesMax} are read`)
    for (const figure of readKept(kept)) history.restore(figure)
  } catch (error) {
    logger.warn({ err: error }, 'the history of figures begins anew: what was kept of it cannot be used')
  }
}

class HistoryKeeper implements KeptHistory {
  readonly history: History
  readonly #options: KeptHistoryOptions
  readonly #limits: KeptHistoryLimits
  readonly #logger: Logger
  #timer: Disposable | undefined
  #writing: Promise<void> = Promise.resolve()
  #isClosed = false
  #hasFailed = false

  constructor(history: History, options: KeptHistoryOptions, limits: KeptHistoryLimits) {
    this.history = history
    this.#options = options
    this.#limits = limits
    this.#logger = options.logger ?? silentLogger
    this.#writeLater()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#timer?.[Symbol.dispose]()
    const { clock } = this.#options
    const last = this.#writing.then(() => this.#write())
    // A disk that hangs must not keep the daemon from ending.
    await inTime(last, clock, this.#limits.waitMs).catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'the history of figures since it was last written is lost')
    })
  }

  #writeLater(): void {
    if (this.#isClosed) return
    const { clock } = this.#options
    this.#timer = clock.wakeAt(after(clock.now(), this.#limits.writeEveryMs), () => {
      this.#writing = this.#write().then(() => this.#writeLater())
    })
  }

  async #write(): Promise<void> {
    try {
      await this.#options.store.write(keptWhole(await this.#figures()))
      this.#hasFailed = false
    } catch (error) {
      if (!this.#hasFailed) {
        this.#logger.warn({ err: error }, 'the history of figures cannot be written down; it is tried again')
      }
      this.#hasFailed = true
    }
  }

  async #figures(): Promise<readonly Uint8Array[]> {
    const { clock } = this.#options
    const figures: Uint8Array[] = []
    let bytesLeft = this.#limits.bytesMax - 64
    for (const [index, name] of this.history.figures().entries()) {
      if (index % figuresAtOnce === figuresAtOnce - 1 && !this.#isClosed) await sleep(clock, 0)
      const past = this.history.past(name)
      if (past === undefined) continue
      const figure = keptFigure(past)
      bytesLeft -= figure.length
      if (bytesLeft < 0) {
        this.#logger.warn({ figure: name }, 'there is more history of figures than may be kept: raise bytesMax')
        break
      }
      figures.push(figure)
    }
    return figures
  }
}

async function inTime<Value>(work: Promise<Value>, clock: Clock, waitMs: number): Promise<Value> {
  const ended = new AbortController()
  const late = sleep(clock, waitMs, { signal: ended.signal }).then(() => {
    throw new Error(`it took longer than ${waitMs} ms`)
  })
  late.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    ended.abort()
  }
}
