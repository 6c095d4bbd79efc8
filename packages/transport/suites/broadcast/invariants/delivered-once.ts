import type { Invariant } from '@flotilla/sim'
import { at, publicationName, type Ledger } from '../ledger.ts'

/** No host delivers the same broadcast twice in one life, however often and on however many ways it came. */
export class DeliveredOnce implements Invariant {
  readonly sentence: string = 'A broadcast is delivered at most once in a life.'
  readonly #ledger: Ledger
  readonly #delivered = new Set<string>()
  #next = 0

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  check(): string | undefined {
    for (; this.#next < this.#ledger.deliveries.length; this.#next++) {
      const { host, life, broadcast } = at(this.#ledger.deliveries, this.#next)
      const what = `${publicationName(broadcast.payload)} in life ${life} of ${host}`
      if (this.#delivered.has(what)) return what
      this.#delivered.add(what)
    }
    return undefined
  }
}
