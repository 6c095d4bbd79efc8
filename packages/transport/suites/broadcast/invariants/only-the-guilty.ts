import type { Invariant } from '@flotilla/sim'
import type { OffenceCode } from '../../../src/broadcast/index.ts'
import { at, type Ledger } from '../ledger.ts'
import type { Vice } from '../mesh-plan.ts'

const offencesOf: Readonly<Record<Vice, readonly OffenceCode[]>> = {
  forges: ['forged-envelope'],
  // It verifies nothing, so it may replay what another one forged.
  replays: ['forged-envelope'],
  floods: ['flooding'],
  withholds: [],
  // What it sends as an envelope is none.
  babbles: ['malformed-message', 'forged-envelope'],
}

/** Correct hosts relay what others signed, crash, and see late: none of it is ever held against them. */
export class OnlyTheGuilty implements Invariant {
  readonly sentence: string = 'Nobody is accused of what it did not do.'
  readonly #ledger: Ledger
  readonly #hostile: ReadonlyMap<string, Vice>
  #next = 0

  constructor(ledger: Ledger, hostile: ReadonlyMap<string, Vice>) {
    this.#ledger = ledger
    this.#hostile = hostile
  }

  check(): string | undefined {
    for (; this.#next < this.#ledger.offences.length; this.#next++) {
      const { by, offence } = at(this.#ledger.offences, this.#next)
      const accused = this.#ledger.nameOf(offence.peer)
      const vice = this.#hostile.get(accused)
      if (vice === undefined || !offencesOf[vice].includes(offence.code)) {
        return `${by} accuses ${accused} of ${offence.code}: ${offence.message}`
      }
    }
    return undefined
  }
}
