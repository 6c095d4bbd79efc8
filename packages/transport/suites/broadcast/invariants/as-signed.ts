import type { Invariant } from '@flotilla/sim'
import { at, publicationName, type Ledger } from '../ledger.ts'
import { broadcastType } from '../member-host.ts'

/** What is delivered in a correct host's name is, byte for byte, something that it said; and strangers say nothing. */
export class AsSigned implements Invariant {
  readonly sentence: string = 'What is delivered is what its origin signed.'
  readonly #ledger: Ledger
  readonly #correct: ReadonlySet<string>
  #next = 0
  #nextPublication = 0
  readonly #payloads = new Map<string, Uint8Array>()

  constructor(ledger: Ledger, correct: readonly string[]) {
    this.#ledger = ledger
    this.#correct = new Set(correct)
  }

  check(): string | undefined {
    for (; this.#nextPublication < this.#ledger.publications.length; this.#nextPublication++) {
      const { name, payload } = at(this.#ledger.publications, this.#nextPublication)
      this.#payloads.set(name, payload)
    }
    for (; this.#next < this.#ledger.deliveries.length; this.#next++) {
      const { host, broadcast } = at(this.#ledger.deliveries, this.#next)
      const origin = this.#ledger.nameOf(broadcast.from)
      const name = publicationName(broadcast.payload)
      if (origin === broadcast.from) return `${host} took something of the stranger ${origin}`
      if (!this.#correct.has(origin)) continue
      const payload = this.#payloads.get(name)
      const isSame =
        payload?.length === broadcast.payload.length &&
        payload.every((byte, index) => byte === broadcast.payload[index])
      if (!isSame || !name.startsWith(`${origin}/`) || broadcast.type !== broadcastType) {
        return `${host} took ${JSON.stringify(name)} of ${origin}, who did not say it`
      }
    }
    return undefined
  }
}
