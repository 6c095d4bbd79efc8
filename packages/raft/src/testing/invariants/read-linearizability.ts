import type { Index } from '../../types.ts'
import { Finding, type Chronicle, type RaftInvariant } from './chronicle.ts'

/**
 * A linearizable read sees everything that was decided anywhere before it began (Raft §8, thesis §6.4). Whoever drives
 * the world says when reads begin and what index they are answered with; `read` is unique among all nodes and lives.
 */
export class ReadLinearizability implements RaftInvariant {
  readonly sentence = 'A read sees everything that was decided before it began (Raft §8).'
  readonly #finding = new Finding()
  readonly #began: Map<string, number> = new Map()
  #decided = 0

  constructor(chronicle: Chronicle) {
    chronicle.watch({
      decides: (_record, index) => {
        this.#decided = Math.max(this.#decided, index)
      },
    })
  }

  begins(read: string): void {
    this.#began.set(read, this.#decided)
  }

  /** It was given up, or lost with its node. */
  ends(read: string): void {
    this.#began.delete(read)
  }

  answered(read: string, index: Index): void {
    const least = this.#began.get(read)
    this.#began.delete(read)
    if (least === undefined) this.#finding.say(`read ${read} was answered, and nobody waits for it`)
    else if (index < least)
      this.#finding.say(`read ${read} saw up to ${index}, and ${least} was decided before it began`)
  }

  check(): string | undefined {
    return this.#finding.detail
  }
}
