import type { Invariant } from '@flotilla/sim'
import { slotsInWindow, validateBroadcastLimits } from '../../../src/broadcast/limits.ts'
import type { Ledger } from '../ledger.ts'
import { suiteSettings } from '../member-host.ts'

const limits = validateBroadcastLimits(suiteSettings)

/** Whatever hostile hosts send, no table of a correct one outgrows its limit. */
export class WithinLimits implements Invariant {
  readonly sentence: string = 'No table grows beyond its limit.'
  readonly #ledger: Ledger
  readonly #hosts: number
  readonly #seenMax: number

  constructor(ledger: Ledger, hosts: number) {
    this.#ledger = ledger
    this.#hosts = hosts
    const { perOriginBurst, perOriginPerSecondMax } = limits
    this.#seenMax = hosts * (perOriginBurst + perOriginPerSecondMax * slotsInWindow(limits))
  }

  check(): string | undefined {
    for (const [host, { figures }] of this.#ledger.lives) {
      const { seen, recent, recentBytes, announced, origins } = figures()
      if (seen > this.#seenMax) return `${host} has seen ${seen}; ${this.#seenMax} is the most that may be signed`
      if (recent > limits.recentCountMax) return `${host} keeps ${recent} envelopes`
      if (recentBytes > limits.recentBytesMax) return `${host} keeps ${recentBytes} bytes`
      if (announced > this.#hosts * limits.announcedPerPeerMax) return `${host} waits for ${announced} envelopes`
      if (origins > limits.originsMax) return `${host} counts ${origins} origins`
    }
    return undefined
  }
}
