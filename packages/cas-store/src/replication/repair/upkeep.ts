import type { NodeId } from '@flotilla/core/ids'
import { textHash } from '@flotilla/core/machines'
import { formatHybrid, type Clock } from '@flotilla/core/time'
import type { Catalogue, StatementRow } from '../../catalogue/contract.ts'
import type { BlobId } from '../../types.ts'
import { droppingOf } from '../ledger/effects.ts'
import type { Ledger, Look } from '../ledger/ledger.ts'
import type { ReplicationLimits } from '../limits.ts'
import { ranking } from '../placement/ranking.ts'
import { readRow } from '../statements/sealing.ts'
import { blobKey, type Said, type StatementKey } from '../statements/statement.ts'
import { Absence } from './absence.ts'
import { rowsOf } from './paging.ts'
import type { SurveyedBlob } from './survey.ts'

export interface UpkeepOptions {
  readonly catalogue: Catalogue
  readonly ledger: Ledger
  readonly clock: Clock
  readonly self: NodeId
  readonly limits: ReplicationLimits
  /** Whether that node has left for good. */
  readonly hasLeft: (author: NodeId) => boolean
  /** Whether this node may say anything. */
  readonly mayState: () => boolean
  /** Trusted members that are alive. */
  readonly living: () => readonly NodeId[]
}

/**
 * Statements that nobody would miss, or that nobody could check any more:
 * - Content here of which nobody has made a statement for long, or that was deleted while it was on its way, goes.
 * - Names and pins of blobs that there are no more go: they were made elsewhere at the time of the deletion.
 * - What somebody has said who is a member no more is said again, as those who join could not take it from him.
 * For each of the latter two one living member is responsible; if several think that they are, all say the same.
 */
export class Upkeep {
  readonly #options: UpkeepOptions
  readonly #orphans: Absence<BlobId>
  readonly #dangling: Absence<string>
  /** Nobody says again what somebody who has left has said. */
  readonly #unsaid: Absence<string>

  constructor(options: UpkeepOptions) {
    this.#options = options
    this.#orphans = new Absence(options.clock, options.limits.changedBlobsMax)
    this.#dangling = new Absence(options.clock, options.limits.changedBlobsMax)
    this.#unsaid = new Absence(options.clock, options.limits.changedBlobsMax)
  }

  /** Something has to last before it is seen to. */
  get isWaiting(): boolean {
    return [this.#orphans, this.#dangling, this.#unsaid].some(({ isWaiting }) => isWaiting)
  }

  /** All blobs, names and pins were looked at. */
  finish(): void {
    for (const absence of [this.#orphans, this.#dangling, this.#unsaid]) absence.endUnseen()
  }

  async blob({ id, said, row, isHere }: SurveyedBlob): Promise<void> {
    const { limits } = this.#options
    if (row !== undefined) await this.#sayAgain(row)
    if (!isHere || said !== undefined) return this.#orphans.end(id)
    if (!this.#orphans.hasLasted(id, limits.orphanAfterMs)) return
    await this.#removeOrphan(id)
    this.#orphans.end(id)
  }

  /** Names and pins. */
  async others(signal: AbortSignal): Promise<void> {
    const { catalogue, limits } = this.#options
    for (const prefix of ['name/', 'pin/']) {
      const rows = rowsOf<StatementRow, string>((page) => catalogue.statements({ ...page, prefix }), {
        limit: limits.pageRows,
        placeOf: ({ key }) => key,
      })
      for await (const row of rows) {
        signal.throwIfAborted()
        await this.#sayAgain(row)
        if (!row.isGone) await this.#clean(row)
      }
    }
  }

  async #clean(row: StatementRow): Promise<void> {
    const { ledger, limits } = this.#options
    const blob = blobOf(readRow(row).said)
    if (blob === undefined || (await ledger.blob(blob)) !== undefined) return this.#dangling.end(row.key)
    if (!this.#dangling.hasLasted(row.key, limits.orphanAfterMs) || !this.#isResponsible(row.key)) return
    this.#dangling.end(row.key)
    await ledger.make(async (look) => {
      const known = await look(row.key as StatementKey)
      const isLive = (await look(blobKey(blob)))?.said.type === 'blob'
      const isSame = known !== undefined && blobOf(known.said) === blob
      return isSame && !isLive ? [{ type: 'gone', key: row.key as StatementKey }] : []
    })
  }

  async #sayAgain(row: StatementRow): Promise<void> {
    const { hasLeft, ledger, limits, mayState } = this.#options
    if (!mayState() || !hasLeft(row.author)) return this.#unsaid.end(row.key)
    // Who is responsible may not know of it, as nobody takes it from others any more.
    if (!this.#isResponsible(row.key) && !this.#unsaid.hasLasted(row.key, limits.orphanAfterMs)) return
    this.#unsaid.end(row.key)
    await ledger.make((look: Look) => sameAgain(row, look))
  }

  #removeOrphan(id: BlobId): Promise<void> {
    const { catalogue, ledger } = this.#options
    return ledger.exclusively(async () => {
      if ((await ledger.blob(id)) === undefined) await catalogue.commit(await droppingOf(id, catalogue))
    })
  }

  #isResponsible(key: string): boolean {
    const candidates = this.#options.living().map((node) => ({ node, weight: 1 }))
    return ranking(textHash(key), candidates)[0] === this.#options.self
  }
}

async function sameAgain(row: StatementRow, look: Look): Promise<readonly Said[]> {
  const known = await look(row.key as StatementKey)
  return known !== undefined && formatHybrid(known.stamp) === row.stamp ? [known.said] : []
}

function blobOf(said: Said): BlobId | undefined {
  if (said.type === 'name') return said.blob
  return said.type === 'pin' ? said.id : undefined
}
