import { assert } from '@flotilla/core/errors'
import type { LogMillis } from '../types.ts'
import type { Outcome, SessionId } from './replica-contract.ts'
import type { SessionLimits } from './session-limits.ts'

/** What may become of a command; the session gives it again when the command comes again. */
export type Kept = Extract<Outcome, { readonly type: 'result' | 'refused' }>

/** What the kept outcomes of one session cost besides their bytes, by and large. */
const keptOverheadBytes = 64

const ringSlotsMin = 16

/**
 * What a group knows of one client: which of its commands were applied, and what came of them (Raft thesis §6.3).
 *
 * Exactly once: a number from `floor` on was applied if and only if its outcome is kept here. A number below `floor` is
 * never applied, whether it was before or not. So `floor` may rise whenever room is wanted, and a command is applied
 * at most once whatever happens to retries and their order.
 */
export class Session {
  readonly id: SessionId
  /** What the client drew; it names the session until the client knows its id. */
  readonly key: Uint8Array
  /** Never falls, and rises from the oldest session in the table to the newest. */
  lastUsed: LogMillis
  /** Neighbours in order of use, which the table keeps. */
  older: Session | undefined
  newer: Session | undefined
  #floor: number
  /** Above every number whose outcome is kept. `floor <= top <= floor + ring.length` */
  #top: number
  /** The outcome of each number in its place modulo the length, which is a power of two: no map for each command. */
  #ring: (Kept | undefined)[] = []
  #bytes = 0

  constructor(id: SessionId, key: Uint8Array, lastUsed: LogMillis, floor: number = 1) {
    this.id = id
    this.key = key
    this.lastUsed = lastUsed
    this.#floor = floor
    this.#top = floor
  }

  get floor(): number {
    return this.#floor
  }

  /** What became of that command; undefined if it was not applied. Only for numbers from `floor` on. */
  outcomeOf(number: number): Kept | undefined {
    return number < this.#top ? this.#ring[number & (this.#ring.length - 1)] : undefined
  }

  /** The client has what came of all commands below that number. */
  settleBelow(number: number): void {
    while (this.#floor < number && this.#floor < this.#top) this.#dropLowest()
    if (number <= this.#floor) return
    this.#floor = number
    this.#top = number
  }

  /** That command was just applied. Room is made by forgetting what is lowest. */
  keep(number: number, outcome: Kept, limits: SessionLimits): void {
    if (number - this.#floor >= limits.resultsKeptMax) this.settleBelow(number - limits.resultsKeptMax + 1)
    this.put(number, outcome)
    while (this.#bytes > limits.resultBytesKeptMax && this.#floor < number) this.#dropLowest()
  }

  /** Keeps it without looking at limits: it was kept before. */
  put(number: number, outcome: Kept): void {
    assert(number >= this.#floor && this.outcomeOf(number) === undefined, 'a command is applied once')
    if (number - this.#floor >= this.#ring.length) this.#widen(number - this.#floor + 1)
    this.#ring[number & (this.#ring.length - 1)] = outcome
    if (number >= this.#top) this.#top = number + 1
    this.#bytes += costOf(outcome)
  }

  /** Numbers and outcomes, rising. */
  kept(): { readonly numbers: readonly number[]; readonly outcomes: readonly Kept[] } {
    const numbers: number[] = []
    const outcomes: Kept[] = []
    for (let number = this.#floor; number < this.#top; number++) {
      const outcome = this.outcomeOf(number)
      if (outcome === undefined) continue
      numbers.push(number)
      outcomes.push(outcome)
    }
    return { numbers, outcomes }
  }

  #dropLowest(): void {
    const slot = this.#floor & (this.#ring.length - 1)
    const outcome = this.#ring[slot]
    if (outcome !== undefined) this.#bytes -= costOf(outcome)
    this.#ring[slot] = undefined
    this.#floor++
    if (this.#top < this.#floor) this.#top = this.#floor
  }

  #widen(slots: number): void {
    let length = Math.max(this.#ring.length, ringSlotsMin)
    while (length < slots) length *= 2
    const ring: (Kept | undefined)[] = Array.from({ length }, () => undefined)
    for (let number = this.#floor; number < this.#top; number++) ring[number & (length - 1)] = this.outcomeOf(number)
    this.#ring = ring
  }
}

function costOf(outcome: Kept): number {
  if (outcome.type === 'result') return outcome.result.length + keptOverheadBytes
  return outcome.message.length + (outcome.hint?.length ?? 0) + keptOverheadBytes
}
