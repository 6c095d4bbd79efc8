import type { Clock } from '@flotilla/core/time'
import type { Catalogue, CatalogueChange } from '../../catalogue/contract.ts'
import type { Ledger } from '../ledger/ledger.ts'

export interface TombstonesOptions {
  readonly catalogue: Catalogue
  readonly ledger: Ledger
  readonly clock: Clock
  readonly graceMs: number
  readonly pageRows: number
}

/** Looks that must have happened since: a process that was stopped for a while comes back to find much time gone. */
const looksMin = 3

/**
 * Removes tombstones that every member is known to have. A member that has one has nothing older about that key, so
 * nobody can bring it back, but for what is on its way: hence the grace, which is longer than any answer takes.
 */
export class Tombstones {
  readonly #options: TombstonesOptions
  /** Everything up to here was looked at, and has no tombstones that could go. */
  #sweptTo = 0
  #known: { readonly to: number; readonly at: number; looks: number } | undefined

  constructor(options: TombstonesOptions) {
    this.#options = options
  }

  /** `knownTo`: the place in our feed up to which all members have it. */
  async look(knownTo: number): Promise<void> {
    const { clock, graceMs } = this.#options
    if (knownTo <= this.#sweptTo) return
    this.#known ??= { to: knownTo, at: clock.now(), looks: 0 }
    this.#known.looks++
    if (this.#known.looks < looksMin || clock.now() - this.#known.at < graceMs) return
    const to = Math.min(this.#known.to, knownTo)
    this.#known = undefined
    await this.#sweep(to)
  }

  async #sweep(to: number): Promise<void> {
    const { catalogue, ledger, pageRows } = this.#options
    for (;;) {
      const rows = await catalogue.statementsSince(this.#sweptTo, pageRows + 1)
      // The last one stays, so that the feed never seems to go back.
      const page = rows.slice(0, -1).filter(({ seq }) => seq <= to)
      const changes = page
        .filter(({ row }) => row.isGone)
        .map(({ row }): CatalogueChange => ({ type: 'remove-statement', key: row.key, stamp: row.stamp }))
      if (changes.length > 0) await ledger.exclusively(() => catalogue.commit(changes))
      const last = page.at(-1)
      if (last === undefined) return
      this.#sweptTo = last.seq
      if (page.length < rows.length - 1 || rows.length <= pageRows) return
    }
  }
}
