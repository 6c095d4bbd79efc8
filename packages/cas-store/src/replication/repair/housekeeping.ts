import type { NodeId } from '@flotilla/core/ids'
import type { Clock } from '@flotilla/core/time'
import type { Catalogue } from '../../catalogue/contract.ts'
import type { PeerBook } from '../feed/peer-book.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { ReplicationLimits } from '../limits.ts'
import type { Membership } from '../membership.ts'
import { Absence } from './absence.ts'
import { Tombstones } from './tombstones.ts'

export interface HousekeepingOptions {
  readonly catalogue: Catalogue
  readonly clock: Clock
  readonly limits: ReplicationLimits
  readonly membership: Membership
  readonly book: PeerBook
  readonly ledger: Ledger
  /** Somebody has left for good: what he has said is to be said again. */
  readonly onLeft: () => void
  /** Up to where all of them have read what this node has. */
  readonly answering: { holdingsReadBy(nodes: readonly NodeId[]): number }
}

/** What is forgotten, in each round: tombstones that all know of, and nodes that have left. */
export class Housekeeping {
  readonly #options: HousekeepingOptions
  readonly #tombstones: Tombstones
  readonly #left: Absence<NodeId>
  #trimmedTo = 0

  constructor(options: HousekeepingOptions) {
    const { catalogue, clock, limits, ledger } = options
    this.#options = options
    const { tombstoneGraceMs: graceMs, pageRows } = limits
    this.#tombstones = new Tombstones({ catalogue, ledger, clock, graceMs, pageRows })
    this.#left = new Absence(clock, limits.promisesMax)
  }

  async run(): Promise<void> {
    const { answering, book, limits, membership, onLeft } = this.#options
    for (const node of book.nodes) {
      if (membership.isMember(node)) this.#left.end(node)
      else if (this.#left.hasLasted(node, limits.leftAfterMs)) {
        await book.remove(node)
        onLeft()
      }
    }
    await book.flush()
    // Those that have just left count until it is certain that they do not come back.
    const readers = [...new Set([...membership.others().map(({ node }) => node), ...book.nodes])]
    const knownTo = readers.map((node) => book.peer(node).row.hasOursTo)
    await this.#tombstones.look(Math.min(...knownTo, Number.MAX_SAFE_INTEGER))
    await this.#trim(readers.length === 0 ? Number.MAX_SAFE_INTEGER : answering.holdingsReadBy(readers))
  }

  /** What is not here any more need not be remembered when all have heard of it. */
  async #trim(throughSeq: number): Promise<void> {
    if (throughSeq <= this.#trimmedTo) return
    this.#trimmedTo = throughSeq
    await this.#options.catalogue.commit([{ type: 'trim-gone', throughSeq }])
  }
}
