import { FlotillaError } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import { sleep, type Clock } from '@flotilla/core/time'
import type { CollectionReport, Vault } from '../../vault/contract.ts'
import type { Instruments } from '../instruments.ts'
import { rebuiltNote } from '../rebuilding/rebuilt-note.ts'
import type { StoreKeys } from '../store-keys.ts'
import type { Work } from '../work.ts'

export interface BackgroundParts {
  readonly vault: Vault
  readonly keys: StoreKeys
  readonly clock: Clock
  readonly logger: Logger
  readonly work: Work
  readonly instruments: Instruments
  collect(): Promise<CollectionReport>
  readonly limits: {
    readonly collectEveryMs: number
    readonly rebuiltKeptMs: number
    readonly scrubEveryMs: number
    readonly scrubBytesPerSecond: number
    readonly resealBytesPerSecond: number
    readonly retryPauseMs: number
  }
}

/** When the last scrub ended, in milliseconds since 1970: the next one is due some time after that, over restarts. */
const scrubNote = 'store/scrubbed-at'

/**
 * What a store does by itself: it collects what was deleted, reads everything again now and then, and seals again what
 * has an older key.
 */
export class Background {
  readonly #parts: BackgroundParts
  /** Somebody rotated while a reseal was under way: what it has passed may be of the older key again. */
  #isAskedAgain = false
  #isResealing = false

  constructor(parts: BackgroundParts) {
    this.#parts = parts
  }

  /** Begins with what an earlier life has left. */
  begin(): void {
    this.reseal()
    void this.#live('scrub', () => this.#scrubForEver())
    void this.#live('collection', () => this.#collectForEver())
  }

  reseal(): void {
    this.#isAskedAgain = true
    if (this.#isResealing) return
    this.#isResealing = true
    void this.#live('reseal', async () => {
      while (this.#isAskedAgain) {
        this.#isAskedAgain = false
        await this.#resealAll()
      }
      this.#isResealing = false
    })
  }

  async #resealAll(): Promise<void> {
    const { vault, keys, limits, logger, work } = this.#parts
    const older = await vault.catalogue.chunksBefore(keys.newest, { limit: 1 })
    if (older.length > 0) {
      const { signal } = work
      const resealed = await vault.reseal({ bytesPerSecond: limits.resealBytesPerSecond, signal })
      logger.info({ resealed, keyEpoch: keys.newest }, 'chunks with an older key were sealed again')
      const left = await vault.catalogue.chunksBefore(keys.newest, { limit: 1 })
      if (left.length > 0) return
    }
    await keys.settle()
  }

  async #collectForEver(): Promise<void> {
    const { clock, limits, logger, work } = this.#parts
    for (;;) {
      await sleep(clock, limits.collectEveryMs, { signal: work.signal })
      if (await this.#isRebuiltLately()) {
        logger.info(
          {},
          'nothing is collected: the catalogue was rebuilt, and others may not have said yet what there is',
        )
        continue
      }
      const report = await this.#parts.collect()
      if (report.chunksForgotten > 0) logger.info({ ...report }, 'what nobody needs any more was collected')
    }
  }

  /** What only this node has no other can bring; until it is known that it is needed, nothing but the packs has it. */
  async #isRebuiltLately(): Promise<boolean> {
    const { vault, clock, limits } = this.#parts
    const noted = await vault.catalogue.note(rebuiltNote)
    if (noted === undefined) return false
    const nowMs = clock.wallNow()
    // A calendar that was ahead when it was noted must not put collections off for years.
    if (nowMs < Number(noted)) {
      await vault.catalogue.commit([{ type: 'set-note', key: rebuiltNote, value: String(nowMs) }])
    }
    return nowMs - Number(noted) < limits.rebuiltKeptMs
  }

  async #scrubForEver(): Promise<void> {
    const { clock, work } = this.#parts
    const { signal } = work
    for (;;) {
      await sleep(clock, await this.#untilNextScrubMs(), { signal })
      await this.#scrub()
      await this.#noteScrub()
    }
  }

  async #untilNextScrubMs(): Promise<number> {
    const { vault, clock, limits } = this.#parts
    const noted = Number((await vault.catalogue.note(scrubNote)) ?? Number.NaN)
    const sinceMs = clock.wallNow() - noted
    // A calendar that was ahead when it was noted must not put the next scrub off for years.
    if (sinceMs >= 0) return Math.max(0, limits.scrubEveryMs - sinceMs)
    await this.#noteScrub()
    return limits.scrubEveryMs
  }

  async #noteScrub(): Promise<void> {
    const { vault, clock } = this.#parts
    await vault.catalogue.commit([{ type: 'set-note', key: scrubNote, value: String(clock.wallNow()) }])
  }

  async #scrub(): Promise<void> {
    const { vault, limits, logger, instruments, work } = this.#parts
    const { signal } = work
    const report = await vault.scrub({
      bytesPerSecond: limits.scrubBytesPerSecond,
      signal,
      onDamage: (damage) => logger.error({ ...damage }, 'a chunk is damaged; run a check to mend it'),
    })
    instruments.scrubbed(report.bytesRead, report.damaged)
    logger.info({ ...report }, 'everything was read again')
  }

  /** Runs until the store is closed; what fails is told and tried again. */
  #live(what: string, act: () => Promise<void>): Promise<void> {
    const { work } = this.#parts
    return work.run(undefined, () => this.#tryUntilItWorks(what, act)).catch(() => {})
  }

  async #tryUntilItWorks(what: string, act: () => Promise<void>): Promise<void> {
    const { clock, limits, logger, work } = this.#parts
    while (!work.isClosed) {
      try {
        return await act()
      } catch (error) {
        if (work.isClosed) return
        if (!(error instanceof FlotillaError)) logger.error({ err: error, what }, 'work in the background has a bug')
        else logger.warn({ err: error, what }, 'work in the background failed and is tried again')
        await sleep(clock, limits.retryPauseMs, { signal: work.signal })
      }
    }
  }
}
