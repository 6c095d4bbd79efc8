import { FlotillaError } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import { sleep, type Clock } from '@flotilla/core/time'
import type { CheckOptions, CheckReport, LocalStore } from '../store/contract.ts'
import { validateReplicaLimits, type ReplicaLimits } from './limits.ts'

export interface ReplicaUpkeepOptions {
  readonly local: LocalStore
  readonly clock: Clock
  readonly logger: Logger
  readonly limits?: Partial<ReplicaLimits>
}

/** When the last check ended, in milliseconds since 1970. */
const checkedNote = 'replica/checked-at'

/**
 * What an untrusted replica does by itself. Nobody tells it to collect what was deleted; and what its disk has lost it
 * cannot fetch, as nobody gives it anything when it asks. So it says that it does not have such a blob any more, and
 * whoever has it brings it again, of its chunks only those that are missing.
 */
export class ReplicaUpkeep implements AsyncDisposable {
  readonly #options: ReplicaUpkeepOptions
  readonly #limits: ReplicaLimits
  readonly #closed = new AbortController()
  readonly #living: Promise<unknown>

  constructor(options: ReplicaUpkeepOptions) {
    this.#options = options
    this.#limits = validateReplicaLimits(options.limits)
    const { collectEveryMs, checkEveryMs } = this.#limits
    this.#living = Promise.all([
      this.#again(
        () => Promise.resolve(collectEveryMs),
        () => this.#collect(),
      ),
      this.#again(
        () => this.#untilCheckMs(checkEveryMs),
        () => this.#checkSlowly(),
      ),
    ])
  }

  /** Reads everything again; what is hurt is given up, to be brought again. */
  async check(options: CheckOptions = {}): Promise<CheckReport> {
    const { local, clock } = this.#options
    const report = await local.check(options)
    const changes = report.blobsHurt.map((id) => ({ type: 'remove-blob' as const, id }))
    const checkedAt = String(Math.trunc(clock.wallNow()))
    await local.vault.catalogue.commit([...changes, { type: 'set-note', key: checkedNote, value: checkedAt }])
    return report
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new FlotillaError('closed', 'the store is closed'))
    await this.#living
  }

  async #collect(): Promise<void> {
    await this.#options.local.collectGarbage({ signal: this.#closed.signal })
  }

  async #checkSlowly(): Promise<void> {
    const { checkBytesPerSecond: bytesPerSecond } = this.#limits
    const { logger } = this.#options
    const { damaged, blobsHurt } = await this.check({ bytesPerSecond, signal: this.#closed.signal })
    if (damaged + blobsHurt.length === 0) return
    logger.error({ damaged, blobsHurt: blobsHurt.length }, 'copies were damaged, and have to be brought again')
  }

  async #untilCheckMs(checkEveryMs: number): Promise<number> {
    const { local, clock } = this.#options
    const { catalogue } = local.vault
    const sinceMs = clock.wallNow() - Number((await catalogue.note(checkedNote)) ?? Number.NaN)
    // A calendar that was ahead when it was noted must not put the next check off for years.
    if (sinceMs >= 0) return Math.max(0, checkEveryMs - sinceMs)
    const value = String(Math.trunc(clock.wallNow()))
    await catalogue.commit([{ type: 'set-note', key: checkedNote, value }])
    return checkEveryMs
  }

  /** Until it is closed; it never rejects. */
  async #again(pauseMs: () => Promise<number>, act: () => Promise<void>): Promise<void> {
    const { clock, logger } = this.#options
    const { signal } = this.#closed
    while (!signal.aborted) {
      try {
        await sleep(clock, await pauseMs(), { signal })
        await act()
      } catch (error) {
        if (signal.aborted) return
        logger.warn({ err: error }, 'the upkeep of copies failed, and is tried again')
        await sleep(clock, this.#limits.retryPauseMs, { signal }).catch(() => undefined)
      }
    }
  }
}
