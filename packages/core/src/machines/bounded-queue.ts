import { wholeSetting } from './setting.ts'

export interface BoundedQueueSettings {
  /** The most items that wait. */
  readonly capacity: number
  /** What gives way when it is full: the new item (`refuse`) or the one that waited longest (`drop-oldest`). */
  readonly whenFull: 'refuse' | 'drop-oldest'
}

export const boundedQueueLimits = { capacityMax: 16_777_216 } as const

const slotsAtFirst = 16

/** First in, first out, in a ring of slots that doubles up to `capacity`; every operation takes constant time. */
export class BoundedQueue<Item> {
  readonly #capacity: number
  readonly #whenFull: 'refuse' | 'drop-oldest'
  /**
   * `size <= slots.length <= capacity`. Slots that hold no waiting item are undefined, so that nothing is kept alive.
   */
  #slots: (Item | undefined)[]
  /** The slot of the oldest item. */
  #head = 0
  #size = 0
  #dropped = 0

  constructor(settings: BoundedQueueSettings) {
    const { capacityMax } = boundedQueueLimits
    this.#capacity = wholeSetting('bounded queue', 'capacity', settings.capacity, 1, capacityMax)
    this.#whenFull = settings.whenFull
    this.#slots = emptySlots(Math.min(slotsAtFirst, this.#capacity))
  }

  get size(): number {
    return this.#size
  }

  /** How many items have given way since the beginning. */
  get dropped(): number {
    return this.#dropped
  }

  /** Returns whether the item waits now. */
  push(item: Item): boolean {
    if (this.#size === this.#capacity) {
      this.#dropped++
      if (this.#whenFull === 'refuse') return false
      this.shift()
    }
    if (this.#size === this.#slots.length) this.#grow()
    this.#slots[(this.#head + this.#size) % this.#slots.length] = item
    this.#size++
    return true
  }

  /** Takes the oldest item out; undefined when none waits. */
  shift(): Item | undefined {
    if (this.#size === 0) return undefined
    const item = this.#slots[this.#head]
    this.#slots[this.#head] = undefined
    this.#head = (this.#head + 1) % this.#slots.length
    this.#size--
    return item
  }

  /** The oldest item, which stays; undefined when none waits. */
  peek(): Item | undefined {
    return this.#slots[this.#head]
  }

  /** Removes all items; they do not count as dropped. */
  clear(): void {
    this.#slots = emptySlots(Math.min(slotsAtFirst, this.#capacity))
    this.#head = 0
    this.#size = 0
  }

  /** From the oldest to the newest, taking none out. Do not push or shift while iterating. */
  *[Symbol.iterator](): Generator<Item, void, undefined> {
    for (let offset = 0; offset < this.#size; offset++) {
      yield this.#slots[(this.#head + offset) % this.#slots.length] as Item
    }
  }

  #grow(): void {
    const slots: (Item | undefined)[] = emptySlots(Math.min(this.#slots.length * 2, this.#capacity))
    let index = 0
    for (const item of this) slots[index++] = item
    this.#slots = slots
    this.#head = 0
  }
}

function emptySlots(count: number): undefined[] {
  return Array.from({ length: count }, () => undefined)
}
