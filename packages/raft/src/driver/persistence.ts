import type { NodeId } from '@flotilla/core/ids'
import type { Effect, Write } from '../effects.ts'
import type { GroupWrite } from '../storage/storage.ts'
import type { GroupName, WriteNumber } from '../types.ts'
import type { Message } from '../messages.ts'

type ClaimEffect = Extract<Effect, { readonly type: 'claim' }>

/** What of one group is on its way to the disk, and what must not be said before it is there. */
export class Persistence {
  /** In the order in which they were drained, so by `after`. */
  #claims: ClaimEffect[] = []
  #written = 0 as WriteNumber
  #begun = 0 as WriteNumber
  #waiting: { readonly number: WriteNumber; readonly resolve: () => void }[] = []

  /** As storage wants it. */
  begin(group: GroupName, write: Write): GroupWrite {
    this.#begun = write.number
    return { group, hardState: write.hardState, entries: write.entries, snapshot: write.snapshot }
  }

  /** Says it now, if it may be said. */
  claim(effect: ClaimEffect, send: (to: NodeId, message: Message) => void): void {
    if (effect.after <= this.#written) send(effect.to, effect.message)
    else this.#claims.push(effect)
  }

  written(number: WriteNumber, send: (to: NodeId, message: Message) => void): void {
    this.#written = number
    const claims = this.#claims
    let said = 0
    for (; said < claims.length; said++) {
      const claim = claims[said]
      if (claim === undefined || claim.after > number) break
      send(claim.to, claim.message)
    }
    if (said > 0) this.#claims = claims.slice(said)
    if (this.#waiting.length === 0) return
    for (const waiting of this.#waiting) if (waiting.number <= number) waiting.resolve()
    this.#waiting = this.#waiting.filter((waiting) => waiting.number > number)
  }

  /** Resolves when everything that was given to the disk is there; never, if that fails. */
  settled(): Promise<void> {
    if (this.#begun === this.#written) return Promise.resolve()
    return new Promise((resolve) => void this.#waiting.push({ number: this.#begun, resolve }))
  }
}
