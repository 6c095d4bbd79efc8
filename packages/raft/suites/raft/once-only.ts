import { Finding, type RaftInvariant } from '../../src/testing/invariants/chronicle.ts'

/** Session exactly-once (Raft §8, thesis §6.3), as the machines themselves see it. */
export class OnceOnly implements RaftInvariant {
  readonly sentence = 'Each command is applied at one place of the log at most (Raft §8).'
  readonly #places = new Map<number, number>()
  readonly #finding = new Finding()

  applied(id: number, index: number): void {
    const place = this.#places.get(id)
    this.#places.set(id, index)
    if (place === undefined || place === index) return
    this.#finding.say(`command ${id} was applied at ${place} and at ${index}`)
  }

  check(): string | undefined {
    return this.#finding.detail
  }
}
