import { DeadlineHeap, type Deadline } from '../../machines/index.ts'
import type { Clock, Millis } from '../../time/index.ts'

export type { Deadline }

/**
 * Many deadlines with one timer, as a timer for each costs more than all else that a request does. The timer stays
 * where it is when the first deadline is removed, and wakes for nothing then; it is disposed when none is left.
 */
export class Deadlines<Value> {
  readonly #clock: Clock
  readonly #heap: DeadlineHeap<Value>
  readonly #onDue: (value: Value) => void
  /** Wakes at or before the first deadline, unless that is `Infinity`. */
  #timer: Disposable | undefined
  #timerAt = Infinity

  constructor(clock: Clock, entriesMax: number, onDue: (value: Value) => void) {
    this.#clock = clock
    this.#heap = new DeadlineHeap({ entriesMax })
    this.#onDue = onDue
  }

  push(at: Millis, value: Value): Deadline<Value> {
    const deadline = this.#heap.push(at, value)
    if (at < this.#timerAt) this.#arm(at)
    return deadline
  }

  remove(deadline: Deadline<Value>): void {
    this.#heap.remove(deadline)
    if (this.#heap.size === 0) this.#disarm()
  }

  #arm(at: Millis): void {
    this.#disarm()
    this.#timerAt = at
    this.#timer = this.#clock.wakeAt(at, () => this.#wake())
  }

  #disarm(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#timerAt = Infinity
  }

  #wake(): void {
    this.#disarm()
    const now = this.#clock.now()
    for (let due = this.#heap.popDue(now); due !== undefined; due = this.#heap.popDue(now)) this.#onDue(due.value)
    const first = this.#heap.peek()
    if (first !== undefined && first.at < this.#timerAt) this.#arm(first.at)
  }
}
