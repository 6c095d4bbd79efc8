import { unreachable } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Clock } from '@flotilla/core/time'
import type { Catalogue } from '../../catalogue/contract.ts'
import type { PullOptions, Transfer } from '../../transfer/contract.ts'
import type { BlobId } from '../../types.ts'
import type { FeedAnswer, FeedRequest } from '../feed/messages.ts'
import { droppingOf, keptNote } from '../ledger/effects.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { ReplicationLimits, ReplicationSettings } from '../limits.ts'
import type { Membership } from '../membership.ts'
import type { BlobSaid } from '../statements/statement.ts'
import { planBlob, type PlanView, type RepairAction } from './plan.ts'
import type { Promises } from './promises.ts'
import type { Errand } from './round.ts'
import { surveyOne } from './survey.ts'

export interface ErrandsOptions {
  readonly catalogue: Catalogue
  readonly ledger: Ledger
  readonly transfer: Transfer
  readonly membership: Membership
  readonly promises: Promises
  readonly clock: Clock
  readonly self: NodeId
  readonly settings: ReplicationSettings
  readonly limits: ReplicationLimits
  readonly view: () => PlanView
  readonly ask: (peer: NodeId, request: FeedRequest, signal: AbortSignal) => Promise<FeedAnswer>
}

/** Does what a round found to be done, after a second look at whether it still is. */
export class Errands {
  readonly #options: ErrandsOptions

  constructor(options: ErrandsOptions) {
    this.#options = options
  }

  /** Whether anything was done. Rejects with whatever stood in the way. */
  async run({ blob, action }: Errand, signal: AbortSignal): Promise<boolean> {
    const fresh = await this.#stillDue(blob.id, action)
    if (fresh === undefined) return false
    switch (fresh.action.type) {
      case 'fetch':
        return this.fetch(fresh.blob, { signal, bytesPerSecond: this.#bytesPerSecond })
      case 'send':
        return this.#send(fresh.blob, fresh.action.to, signal)
      case 'drop':
        return this.#drop(fresh.blob.id, fresh.action.keepers, signal)
      default:
        return unreachable(fresh.action, 'errand')
    }
  }

  /** Brings a blob here; whether it is here then, and has not been deleted meanwhile. */
  async fetch({ id, descriptor }: BlobSaid, options: PullOptions): Promise<boolean> {
    const { catalogue, ledger, transfer } = this.#options
    let holders = await this.livingHolders(id)
    const following = async (): Promise<void> => void (holders = await this.livingHolders(id))
    const pulled = transfer.pull({ id, ...descriptor }, () => holders, {
      ...options,
      // Who has it may change while it comes.
      onProgress(progress) {
        options.onProgress?.(progress)
        void following().catch(() => undefined)
      },
    })
    await pulled
    return ledger.exclusively(async () => {
      if ((await ledger.blob(id)) !== undefined) return true
      await catalogue.commit(await droppingOf(id, catalogue))
      return false
    })
  }

  async livingHolders(id: BlobId): Promise<readonly NodeId[]> {
    const { catalogue, membership, self } = this.#options
    const holders = await catalogue.sharesOf(id)
    return holders.filter((node) => node !== self && membership.find(node)?.isAlive === true)
  }

  get #bytesPerSecond(): number {
    const { settings, limits } = this.#options
    return Math.max(1, Math.floor(settings.repairBytesPerSecond / limits.repairsInFlightMax))
  }

  async #stillDue(
    id: BlobId,
    { type }: RepairAction,
  ): Promise<{ readonly blob: BlobSaid; readonly action: RepairAction } | undefined> {
    const { catalogue, self, view } = this.#options
    const { said, holders } = await surveyOne(catalogue, id, self)
    if (said === undefined) return undefined
    const { actions } = planBlob({ lot: said.lot, copies: said.copies, holders }, view())
    const action = actions.find((due) => due.type === type)
    return action === undefined ? undefined : { blob: said, action }
  }

  async #send({ id, descriptor }: BlobSaid, to: NodeId, signal: AbortSignal): Promise<boolean> {
    const { catalogue, ledger, transfer } = this.#options
    await transfer.bring({ id, ...descriptor }, to, { signal, bytesPerSecond: this.#bytesPerSecond })
    await ledger.exclusively(async () => {
      if ((await ledger.blob(id)) === undefined) return
      await catalogue.commit([{ type: 'set-share', share: { blob: id, node: to } }])
    })
    return true
  }

  /** Gives up the own copy, if all of them promise to keep theirs, and nobody relies on this one. */
  async #drop(id: BlobId, keepers: readonly NodeId[], signal: AbortSignal): Promise<boolean> {
    const { catalogue, clock, ledger, limits, promises } = this.#options
    if (!promises.mayDrop(id) || (await this.#isKept(id))) return false
    using _ = promises.dropping(id)
    const askedAt = clock.now()
    const answers = await Promise.all(keepers.map((keeper) => this.#keeps(keeper, id, signal)))
    if (!answers.every(Boolean)) return false
    return await ledger.exclusively(async () => {
      // Half of the time that they promise: their clocks may run faster than ours.
      if (clock.now() - askedAt > limits.promiseMs / 2 || !promises.mayDrop(id)) return false
      if ((await ledger.blob(id)) === undefined || (await this.#isKept(id))) return false
      await catalogue.commit(await droppingOf(id, catalogue))
      return true
    })
  }

  async #isKept(id: BlobId): Promise<boolean> {
    return (await this.#options.catalogue.note(keptNote(id))) !== undefined
  }

  async #keeps(keeper: NodeId, id: BlobId, signal: AbortSignal): Promise<boolean> {
    const answer = await this.#options.ask(keeper, { type: 'keep', blob: id }, signal)
    return answer.type === 'kept' && answer.isKept
  }
}
