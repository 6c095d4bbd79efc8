import type { Millis } from '@flotilla/core/time'
import type { RaftCore } from '../core/inputs.ts'
import type { Index, ReadNumber } from '../types.ts'
import type { Answer } from '../wire/call.ts'
import type { CallOrigin } from './caller-table.ts'

interface Asked {
  readonly query: Uint8Array
  readonly origin: CallOrigin
}

/** Reads that began in one turn: they are confirmed together. */
interface Batch {
  readonly number: ReadNumber
  readonly begunAt: Millis
  readonly asked: readonly Asked[]
  /** Known once it is confirmed that everything decided before they began is up to here. */
  index: Index | undefined
}

export interface ReadsHost {
  answer(origin: CallOrigin, answer: Answer): void
  /** Asks the machine as it is now. */
  query(query: Uint8Array): Answer
}

/** Linearizable reads of one group: one question to the leader for all of a turn (thesis §6.4). */
export class Reads {
  readonly #host: ReadsHost
  #gathered: Asked[] = []
  /** In the order in which they began. */
  readonly #batches = new Map<ReadNumber, Batch>()
  /** Those of them that are confirmed. */
  readonly #confirmed = new Set<Batch>()
  #lastNumber = 0
  #waiting = 0

  constructor(host: ReadsHost) {
    this.#host = host
  }

  get waiting(): number {
    return this.#waiting
  }

  /** When the oldest of them began. */
  get oldest(): Millis | undefined {
    for (const batch of this.#batches.values()) return batch.begunAt
    return undefined
  }

  add(query: Uint8Array, origin: CallOrigin): void {
    this.#gathered.push({ query, origin })
    this.#waiting++
    origin.caller.waiting++
  }

  begin(now: Millis, core: RaftCore): void {
    if (this.#gathered.length === 0) return
    const number = ++this.#lastNumber as ReadNumber
    this.#batches.set(number, { number, begunAt: now, asked: this.#gathered, index: undefined })
    this.#gathered = []
    core.step(now, { type: 'read', reads: [number] })
  }

  confirmed(reads: readonly ReadNumber[], index: Index, applied: Index): void {
    for (const number of reads) {
      const batch = this.#batches.get(number)
      if (batch === undefined) continue
      batch.index = index
      if (index <= applied) this.#serve(batch)
      else this.#confirmed.add(batch)
    }
  }

  applied(applied: Index): void {
    for (const batch of this.#confirmed) {
      if (batch.index !== undefined && batch.index <= applied) this.#serve(batch)
    }
  }

  failed(reads: readonly ReadNumber[], answer: Answer): void {
    for (const number of reads) {
      const batch = this.#batches.get(number)
      if (batch !== undefined) this.#end(batch, answer)
    }
  }

  /**
   * Those that have waited for so long, summed as `nextWake` does: a difference may be less by a hair, and then the
   * driver would be woken for nothing. Returns their numbers.
   */
  expire(now: Millis, waitMs: number, answer: Answer): readonly ReadNumber[] {
    const expired: ReadNumber[] = []
    for (const batch of this.#batches.values()) {
      if (batch.begunAt + waitMs > now) break
      expired.push(batch.number)
      this.#end(batch, answer)
    }
    return expired
  }

  abandon(answer: Answer): void {
    for (const { origin } of this.#gathered) this.#answer(origin, answer)
    this.#gathered = []
    for (const batch of this.#batches.values()) this.#end(batch, answer)
  }

  #serve(batch: Batch): void {
    this.#forget(batch)
    for (const { query, origin } of batch.asked) this.#answer(origin, this.#host.query(query))
  }

  #end(batch: Batch, answer: Answer): void {
    this.#forget(batch)
    for (const { origin } of batch.asked) this.#answer(origin, answer)
  }

  #forget(batch: Batch): void {
    this.#batches.delete(batch.number)
    this.#confirmed.delete(batch)
  }

  #answer(origin: CallOrigin, answer: Answer): void {
    this.#waiting--
    origin.caller.waiting--
    this.#host.answer(origin, answer)
  }
}
