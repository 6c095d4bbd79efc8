import { assert, FlotillaError } from '../errors/index.ts'
import type { Millis } from '../time/index.ts'
import { wholeSetting } from './setting.ts'

/** A value and when it is due; also the handle by which it is removed. */
export interface Deadline<Value> {
  readonly at: Millis
  readonly value: Value
}

export interface DeadlineHeapSettings {
  /** One more than so many is refused with `overloaded`. 2^20 by default. */
  readonly entriesMax?: number
}

export const deadlineHeapLimits = { entriesMaxDefault: 1_048_576, entriesMaxMax: 16_777_216 } as const

interface Entry<Value> extends Deadline<Value> {
  /** Rises with every push: those due at the same time leave in the order in which they came. */
  readonly order: number
  /** Its place in the heap; stale once it has left. */
  place: number
}

/** What is due next, out of many: a binary heap by time, then by order of insertion. Push and removal take O(log n). */
export class DeadlineHeap<Value> {
  readonly #entriesMax: number
  /** No entry comes before its parent, which stands at `(place - 1) >> 1`; each knows its own place. */
  readonly #heap: Entry<Value>[] = []
  #pushed = 0

  constructor(settings: DeadlineHeapSettings = {}) {
    const { entriesMaxDefault, entriesMaxMax } = deadlineHeapLimits
    const entriesMax = settings.entriesMax ?? entriesMaxDefault
    this.#entriesMax = wholeSetting('deadline heap', 'entriesMax', entriesMax, 1, entriesMaxMax)
  }

  get size(): number {
    return this.#heap.length
  }

  /** `at` may be `Infinity`, for something that is never due. */
  push(at: Millis, value: Value): Deadline<Value> {
    assert(!Number.isNaN(at), 'a deadline is a number')
    if (this.#heap.length >= this.#entriesMax) {
      throw new FlotillaError('overloaded', `${this.#entriesMax} deadlines are waiting already`)
    }
    const entry = { at, value, order: this.#pushed++, place: this.#heap.length }
    this.#heap.push(entry)
    this.#settle(entry)
    return entry
  }

  /** What is due first, which stays. */
  peek(): Deadline<Value> | undefined {
    return this.#heap[0]
  }

  /** Takes out what is due first, however far away that is. */
  pop(): Deadline<Value> | undefined {
    const first = this.#heap[0]
    if (first !== undefined) this.#takeOut(first)
    return first
  }

  /** Takes out what is due first, if it is due at `now` or before. */
  popDue(now: Millis): Deadline<Value> | undefined {
    const first = this.#heap[0]
    return first !== undefined && first.at <= now ? this.pop() : undefined
  }

  /** Returns whether it was still waiting here. */
  remove(deadline: Deadline<Value>): boolean {
    const entry = deadline as Entry<Value>
    if (this.#heap[entry.place] !== entry) return false
    this.#takeOut(entry)
    return true
  }

  #takeOut(entry: Entry<Value>): void {
    const last = this.#heap.pop()
    if (last === undefined || last === entry) return
    this.#put(last, entry.place)
    this.#settle(last)
  }

  /** Moves an entry up or down to where it belongs; all others are in order. */
  #settle(entry: Entry<Value>): void {
    for (let parent = this.#parentOf(entry); parent !== undefined && isBefore(entry, parent);) {
      const place = parent.place
      this.#put(parent, entry.place)
      this.#put(entry, place)
      parent = this.#parentOf(entry)
    }
    for (let child = this.#firstChildOf(entry); child !== undefined && isBefore(child, entry);) {
      const place = child.place
      this.#put(child, entry.place)
      this.#put(entry, place)
      child = this.#firstChildOf(entry)
    }
  }

  #put(entry: Entry<Value>, place: number): void {
    this.#heap[place] = entry
    entry.place = place
  }

  #parentOf(entry: Entry<Value>): Entry<Value> | undefined {
    return entry.place === 0 ? undefined : this.#heap[(entry.place - 1) >> 1]
  }

  #firstChildOf(entry: Entry<Value>): Entry<Value> | undefined {
    const left = this.#heap[entry.place * 2 + 1]
    const right = this.#heap[entry.place * 2 + 2]
    return left !== undefined && right !== undefined && isBefore(right, left) ? right : left
  }
}

function isBefore<Value>(entry: Entry<Value>, other: Entry<Value>): boolean {
  return entry.at < other.at || (entry.at === other.at && entry.order < other.order)
}
