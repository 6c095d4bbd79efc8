import type { Counter } from '@flotilla/core/observe'

/** A counter for what somebody else counts by name: each look adds what has come since the last one. */
export class Counted {
  readonly #counter: Counter<'what'>
  readonly #seen = new Map<string, number>()

  constructor(counter: Counter<'what'>) {
    this.#counter = counter
  }

  look(counts: Readonly<Record<string, number>>): void {
    for (const [what, count] of Object.entries(counts)) {
      const more = count - (this.#seen.get(what) ?? 0)
      if (more > 0) this.#counter.inc({ what }, more)
      this.#seen.set(what, count)
    }
  }
}
