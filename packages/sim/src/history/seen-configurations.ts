import type { Budget } from './budget.ts'
import { isSubset, type OpenSet } from './open-set.ts'

/**
 * Where the search has been. A configuration is the completed operations placed, the state they left, and the open
 * operations placed. Of two that differ only in the last, the one with fewer can do all that the other can, because an
 * open operation need never be placed: so anything that contains what was seen before is not worth a visit. Without
 * this, `k` unanswered writes cost 2^k.
 */
export class SeenConfigurations {
  /** No set of one entry contains another that was there before it. */
  readonly #seen = new Map<string, OpenSet[]>()

  /** Remembers it and returns true, unless it is no better than one seen before or the budget is spent. */
  add(placedAndState: string, opens: OpenSet, budget: Budget): boolean {
    const alternatives = this.#seen.get(placedAndState)
    if (alternatives === undefined) {
      this.#seen.set(placedAndState, [opens])
      return true
    }
    for (const alternative of alternatives) {
      if (!budget.spend() || isSubset(alternative, opens)) return false
    }
    alternatives.push(opens)
    return true
  }
}
