import { DeadlineHeap, type Deadline } from '@flotilla/core/machines'
import type { Clock, Millis } from '@flotilla/core/time'
import type { GroupDriver } from './group-driver.ts'

/**
 * One timer for all groups of a node. A group whose time to be woken moves away, as it does with every heartbeat that
 * it hears, keeps its place: it is looked at when the old time comes, and then waits for the new one.
 */
export class WakeTimes {
  readonly #clock: Clock
  readonly #wake: (group: GroupDriver) => void
  readonly #heap = new DeadlineHeap<GroupDriver>()
  readonly #places = new Map<GroupDriver, Deadline<GroupDriver>>()
  #timer: Disposable | undefined
  #timerAt = Infinity as Millis

  constructor(clock: Clock, wake: (group: GroupDriver) => void) {
    this.#clock = clock
    this.#wake = wake
  }

  /** That group wants to be woken then, at the latest. */
  set(group: GroupDriver, at: Millis): void {
    if (at >= group.wokenAt) return
    const place = this.#places.get(group)
    if (place !== undefined) this.#heap.remove(place)
    group.wokenAt = at
    this.#places.set(group, this.#heap.push(at, group))
    this.#arm()
  }

  remove(group: GroupDriver): void {
    const place = this.#places.get(group)
    if (place !== undefined) this.#heap.remove(place)
    this.#places.delete(group)
  }

  close(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#timerAt = -Infinity as Millis
  }

  #arm(): void {
    const at = this.#heap.peek()?.at
    if (at === undefined || at >= this.#timerAt) return
    this.#timer?.[Symbol.dispose]()
    this.#timerAt = at
    this.#timer = this.#clock.wakeAt(at, () => this.#due())
  }

  #due(): void {
    this.#timer = undefined
    this.#timerAt = Infinity as Millis
    const now = this.#clock.now()
    for (let due = this.#heap.popDue(now); due !== undefined; due = this.#heap.popDue(now)) {
      const group = due.value
      this.#places.delete(group)
      group.wokenAt = Infinity as Millis
      const at = group.nextWake(now)
      if (at <= now) this.#wake(group)
      else this.set(group, at)
    }
    this.#arm()
  }
}
