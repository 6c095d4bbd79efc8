import type { Invariant, WorldView } from '@flotilla/sim'
import type { Ledger, Publication } from '../ledger.ts'

/** From when everything is mended and everybody is up, or from when it is said, if that is later. */
const reachesWithinMs = 15_000
/** What was said so long before that is due too: it is within the replay window until it must have come. */
const saidBeforeMs = 12_000

/**
 * Delivery: what a correct host says, even while the mesh was cut, reaches every correct host that is connected with it
 * through correct ones. A host that crashed after it spoke may have told nobody, so its earlier lives do not count.
 */
export class ReachesEverybody implements Invariant {
  readonly sentence: string = 'Every broadcast of a correct host reaches every correct host in time.'
  readonly #world: WorldView
  readonly #ledger: Ledger
  readonly #correct: readonly string[]
  #mendedMs = Infinity
  /** Publications before it were checked. */
  #next = 0
  checked = 0

  constructor(world: WorldView, ledger: Ledger, correct: readonly string[]) {
    this.#world = world
    this.#ledger = ledger
    this.#correct = correct
  }

  check(): string | undefined {
    if (!this.#world.isMended()) return undefined
    const nowMs = this.#world.nowMs()
    this.#mendedMs = Math.min(this.#mendedMs, nowMs)
    const lives = [...this.#ledger.lives.values()]
    if (lives.length < this.#correct.length) return undefined
    const settledMs = Math.max(this.#mendedMs, ...lives.map(({ sinceMs }) => sinceMs))
    for (; this.#next < this.#ledger.publications.length; this.#next++) {
      const publication = this.#ledger.publications[this.#next]
      if (publication === undefined || publication.atMs < settledMs - saidBeforeMs) continue
      if (nowMs < Math.max(publication.atMs, settledMs) + reachesWithinMs) return undefined
      const missing = this.#missing(publication)
      if (missing !== undefined) return missing
      this.checked++
    }
    return undefined
  }

  #missing({ name, origin, life, atMs }: Publication): string | undefined {
    if (this.#ledger.lives.get(origin)?.number !== life) return undefined
    for (const host of this.#correct) {
      const present = this.#ledger.lives.get(host)?.number ?? 0
      if (host === origin || this.#ledger.isDelivered(host, present, name)) continue
      return `${name}, said at ${atMs} ms, has not reached ${host}`
    }
    return undefined
  }
}
