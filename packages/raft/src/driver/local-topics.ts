import type { Emitted } from '../replica/replica-contract.ts'

type Take = (payload: Uint8Array) => void

/** Who on this node wants to hear of which topic of one group. */
export class LocalTopics {
  readonly #takers = new Map<string, Set<{ readonly take: Take }>>()

  subscribe(topic: string, take: Take): Disposable {
    const taker = { take }
    const takers = this.#takers.get(topic) ?? new Set()
    this.#takers.set(topic, takers.add(taker))
    return {
      [Symbol.dispose]: () => {
        takers.delete(taker)
        if (takers.size === 0 && this.#takers.get(topic) === takers) this.#takers.delete(topic)
      },
    }
  }

  /** Each taker gets bytes of its own. */
  deliver(emitted: readonly Emitted[]): void {
    if (this.#takers.size === 0) return
    for (const { topic, payload } of emitted) {
      for (const { take } of Array.from(this.#takers.get(topic) ?? [])) take(payload.slice())
    }
  }

  clear(): void {
    this.#takers.clear()
  }
}
