import type { Prng } from '@flotilla/core/random'
import type { Millis } from '@flotilla/core/time'
import type { ReadNumber } from '../types.ts'

/** Reads that were sent to the leader with one question. */
interface Question {
  reads: readonly ReadNumber[]
  readonly askedAt: Millis
}

/**
 * Reads of a follower: everything that arrives between two drains is asked of the leader at once. Questions are
 * numbered from a drawn beginning, because an answer that was meant for the same number before a restart of this node
 * would tell of a time before the read began.
 */
export class ForwardedReads {
  readonly #waitingMax: number
  readonly #questions = new Map<ReadNumber, Question>()
  #gathered: ReadNumber[] = []
  #waiting = 0
  #lastNumber: number

  constructor(waitingMax: number, random: Prng) {
    this.#waitingMax = waitingMax
    // 32 drawn bits above 20: no restart counts far enough to reach another's, and every sum is a safe integer.
    this.#lastNumber = random.u32() * 2 ** 20
  }

  /** When the oldest question was asked; Infinity if there is none. */
  get waitingSince(): Millis {
    for (const { askedAt } of this.#questions.values()) return askedAt
    return Infinity as Millis
  }

  /** Takes as many as there is room for, and returns the others. */
  add(reads: readonly ReadNumber[]): readonly ReadNumber[] {
    const room = this.#waitingMax - this.#waiting
    const taken = reads.length <= room ? reads : reads.slice(0, room)
    for (const read of taken) this.#gathered.push(read)
    this.#waiting += taken.length
    return reads.length <= room ? [] : reads.slice(room)
  }

  /** The number of a question for everything gathered; undefined if nothing was. */
  ask(now: Millis): ReadNumber | undefined {
    if (this.#gathered.length === 0) return undefined
    this.#lastNumber++
    const number = this.#lastNumber as ReadNumber
    this.#questions.set(number, { reads: this.#gathered, askedAt: now })
    this.#gathered = []
    return number
  }

  /** The reads of that question, if it is still open. */
  answered(number: ReadNumber): readonly ReadNumber[] {
    const question = this.#questions.get(number)
    if (question === undefined) return []
    this.#questions.delete(number)
    this.#waiting -= question.reads.length
    return question.reads
  }

  cancel(reads: ReadonlySet<ReadNumber>): void {
    this.#gathered = this.#gathered.filter((read) => !reads.has(read))
    this.#waiting = this.#gathered.length
    for (const [number, question] of this.#questions) {
      question.reads = question.reads.filter((read) => !reads.has(read))
      this.#waiting += question.reads.length
      if (question.reads.length === 0) this.#questions.delete(number)
    }
  }

  /** Takes out everything that was asked before that time, or everything. */
  giveUp(before: Millis = Infinity as Millis): readonly ReadNumber[] {
    const failed: ReadNumber[] = []
    for (const [number, { reads, askedAt }] of this.#questions) {
      if (askedAt >= before) break
      for (const read of reads) failed.push(read)
      this.#questions.delete(number)
    }
    if (before === Infinity) for (const read of this.#gathered.splice(0)) failed.push(read)
    this.#waiting -= failed.length
    return failed
  }
}
