import type { NodeId } from '@flotilla/core/ids'
import type { Logger } from '@flotilla/core/observe'
import { after, type Clock } from '@flotilla/core/time'
import type { Catalogue } from '../../catalogue/contract.ts'
import type { BlobId } from '../../types.ts'
import type { ReplicationInstruments } from '../instruments.ts'
import type { ReplicationLimits } from '../limits.ts'
import type { Errands } from './errands.ts'
import type { BlobPlan, PlanView } from './plan.ts'
import { Round, type Errand } from './round.ts'
import { surveyAll, surveyOne, type SurveyedBlob } from './survey.ts'
import type { Upkeep } from './upkeep.ts'

export interface RepairsOptions {
  readonly catalogue: Catalogue
  readonly clock: Clock
  readonly self: NodeId
  readonly limits: ReplicationLimits
  readonly logger: Logger
  readonly instruments: ReplicationInstruments
  readonly errands: Errands
  readonly upkeep: Upkeep
  readonly view: () => PlanView
  /** What else is to be done in each round. */
  readonly beside: () => Promise<void>
  /** What this node has has changed. */
  readonly onMoved: () => void
}

/**
 * Looks again and again whether every blob is where it ought to be, and mends what concerns this node: all blobs when
 * members came, went or changed, and otherwise only those of which something was heard.
 */
export class Repairs implements AsyncDisposable {
  readonly #options: RepairsOptions
  readonly #closed = new AbortController()
  readonly #changed = new Set<BlobId>()
  /** All blobs are to be looked at, whatever was heard. */
  #isAllDue = true
  /** What the members were like when all blobs were last looked at. */
  #seenView = ''
  #seenAt = -Infinity
  #timer: Disposable | undefined
  #running: Promise<void> | undefined
  #isMending = false

  constructor(options: RepairsOptions) {
    this.#options = options
  }

  /** Copies are being brought, or are to be. */
  get isRepairing(): boolean {
    return this.#isMending
  }

  begin(): void {
    this.#wakeIn(this.#options.limits.roundMs / 4)
  }

  /** Something has changed about these blobs. */
  changed(ids: Iterable<BlobId>): void {
    if (this.#isAllDue) return
    for (const id of ids) this.#changed.add(id)
    if (this.#changed.size <= this.#options.limits.changedBlobsMax) return
    this.#changed.clear()
    this.#isAllDue = true
  }

  /** There is reason to look at all of them, soon. */
  allSoon(): void {
    this.#isAllDue = true
    this.soon()
  }

  /** There is reason to look soon. */
  soon(): void {
    if (this.#running === undefined) this.#wakeIn(this.#options.limits.roundMs / 8)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort()
    this.#timer?.[Symbol.dispose]()
    await this.#running
  }

  #wakeIn(durationMs: number): void {
    this.#timer?.[Symbol.dispose]()
    if (this.#closed.signal.aborted) return
    const { clock } = this.#options
    this.#timer = clock.wakeAt(after(clock.now(), durationMs), () => {
      this.#running = this.#live().finally(() => {
        this.#running = undefined
        this.#wakeIn(this.#options.limits.roundMs)
      })
    })
  }

  /** One round; it never rejects. */
  async #live(): Promise<void> {
    const { logger, beside } = this.#options
    try {
      const errands = await this.#look()
      this.#isMending = errands.some(({ action }) => action.type !== 'drop')
      await this.#mend(errands)
      await beside()
    } catch (error) {
      this.#isAllDue = true
      if (!this.#closed.signal.aborted) logger.warn({ err: error }, 'a round of repairs of the blob store failed')
    } finally {
      this.#isMending = false
    }
  }

  async #look(): Promise<readonly Errand[]> {
    const { clock, limits, view } = this.#options
    const seen = view()
    const viewText = JSON.stringify(seen.members)
    const isOld = clock.now() - this.#seenAt >= limits.fullRoundMs
    const isAll = this.#isAllDue || isOld || viewText !== this.#seenView
    const ids = [...this.#changed]
    this.#changed.clear()
    const round = new Round(seen, limits.actionsPerRoundMax)
    this.#isAllDue = false
    if (isAll) {
      this.#seenView = viewText
      this.#seenAt = clock.now()
      await this.#lookAtAll(round)
    } else await this.#lookAt(ids, round)
    round.finish()
    if (round.isCut) this.#isAllDue = true
    return round.errands
  }

  async #lookAt(ids: readonly BlobId[], round: Round): Promise<void> {
    const { catalogue, self } = this.#options
    for (const id of ids) {
      this.#closed.signal.throwIfAborted()
      this.#add(await surveyOne(catalogue, id, self), round)
    }
  }

  async #lookAtAll(round: Round): Promise<void> {
    const { catalogue, instruments, limits, self, upkeep } = this.#options
    const { signal } = this.#closed
    let outOfReach = 0
    for await (const blob of surveyAll(catalogue, { self, pageRows: limits.pageRows })) {
      signal.throwIfAborted()
      if (this.#add(blob, round)?.isOutOfReach === true) outOfReach++
      await upkeep.blob(blob)
    }
    await upkeep.others(signal)
    upkeep.finish()
    if (upkeep.isWaiting) this.#isAllDue = true
    instruments.blobsShort.set({}, round.tally.blobsShort)
    instruments.blobsOutOfReach.set({}, outOfReach)
    instruments.copiesSpare.set({}, round.tally.copiesSpare)
  }

  #add(blob: SurveyedBlob, round: Round): BlobPlan | undefined {
    // What has no statement is watched, with all others, until it has one, or goes.
    if (blob.isHere && blob.said === undefined) this.#isAllDue = true
    return round.add(blob)
  }

  /** A few at a time, in their order; what fails is looked at again in the next round. */
  async #mend(errands: readonly Errand[]): Promise<void> {
    const waiting = errands[Symbol.iterator]()
    const work = async (): Promise<void> => {
      for (const errand of waiting) {
        if (this.#closed.signal.aborted) return
        await this.#mendOne(errand)
      }
    }
    await Promise.all(Array.from({ length: this.#options.limits.repairsInFlightMax }, work))
  }

  async #mendOne(errand: Errand): Promise<void> {
    const { errands, instruments, logger, onMoved } = this.#options
    const { type: kind } = errand.action
    const { id } = errand.blob
    try {
      const isDone = await errands.run(errand, this.#closed.signal)
      if (isDone) onMoved()
      // A copy that could not be given up now may be later.
      if (!isDone || kind === 'drop') this.changed([id])
      instruments.repairs.inc({ kind, outcome: isDone ? 'done' : 'put-off' })
    } catch (error) {
      this.changed([id])
      if (this.#closed.signal.aborted) return
      instruments.repairs.inc({ kind, outcome: 'failed' })
      logger.debug({ blob: id, kind, err: error }, 'a copy of a blob could not be brought to where it ought to be')
    }
  }
}
