import type { Invariant } from '@flotilla/sim'
import { slotMs, validateBroadcastLimits } from '../../../src/broadcast/limits.ts'
import { at, type Ledger } from '../ledger.ts'
import { suiteSettings } from '../member-host.ts'

const { perOriginPerSecondMax, perOriginBurst } = validateBroadcastLimits(suiteSettings)

/**
 * Of no origin a host takes more than the rate and the burst, in any run of seconds of the origin's clock. Looked up
 * run by run: the code under test does it otherwise.
 */
export class FloodsAreCut implements Invariant {
  readonly sentence: string = 'Nobody is heard more often than the rate and the burst allow.'
  readonly #ledger: Ledger
  /** By host, life and origin: how many were delivered of each second. */
  readonly #counts = new Map<string, Map<number, number>>()
  #next = 0

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  check(): string | undefined {
    for (; this.#next < this.#ledger.deliveries.length; this.#next++) {
      const { host, life, broadcast } = at(this.#ledger.deliveries, this.#next)
      const who = `${host} in life ${life} hears ${this.#ledger.nameOf(broadcast.from)}`
      const counts = this.#counts.get(who) ?? new Map<number, number>()
      this.#counts.set(who, counts)
      const slot = Math.floor(broadcast.timestamp / slotMs)
      counts.set(slot, (counts.get(slot) ?? 0) + 1)
      if (isFlood(counts, slot)) return `${who} too often around ${slot}`
    }
    return undefined
  }
}

/** Whether a run that has this slot in it holds too many. */
function isFlood(counts: ReadonlyMap<number, number>, slot: number): boolean {
  const slots = [...counts.keys()]
  for (const first of slots.filter((each) => each <= slot)) {
    for (const last of slots.filter((each) => each >= slot)) {
      const sum = slots.reduce((all, each) => (each >= first && each <= last ? all + (counts.get(each) ?? 0) : all), 0)
      if (sum > perOriginBurst + (last - first + 1) * perOriginPerSecondMax) return true
    }
  }
  return false
}
