import { assert } from '../errors/index.ts'
import type { Millis } from '../time/index.ts'
import { BoundedQueue } from './bounded-queue.ts'
import { wholeSetting } from './setting.ts'

export interface DeduplicatorSettings {
  /** How long a key is remembered, from when it was first seen. */
  readonly windowMs: number
  /** The most keys that are remembered at once. */
  readonly keysMax: number
}

export const deduplicatorLimits = { windowMsMax: 2_592_000_000, keysMaxMax: 16_777_216 } as const

/**
 * Tells the first sight of a key from the others within a window of time, in constant time and bounded memory.
 *
 * When memory is full of keys that are still within the window, a new key is answered with `full` and not remembered,
 * for to forget an old one would let its duplicate pass. Time that goes back is taken as standing still.
 */
export class Deduplicator<Key extends string | number | bigint = string> {
  readonly #windowMs: number
  readonly #keysMax: number
  /** The keys of `#sights`, no more and no less. */
  readonly #keys = new Set<Key>()
  /** In order of `until`, because the window is the same for all and time never goes back. */
  readonly #sights: BoundedQueue<{ readonly key: Key; readonly until: number }>
  #now = -Infinity

  constructor(settings: DeduplicatorSettings) {
    const { windowMsMax, keysMaxMax } = deduplicatorLimits
    this.#windowMs = wholeSetting('deduplicator', 'windowMs', settings.windowMs, 1, windowMsMax)
    this.#keysMax = wholeSetting('deduplicator', 'keysMax', settings.keysMax, 1, keysMaxMax)
    this.#sights = new BoundedQueue({ capacity: this.#keysMax, whenFull: 'refuse' })
  }

  /** Keys remembered at the last sight. */
  get size(): number {
    return this.#keys.size
  }

  /** `new` the first time within the window, and from then on `duplicate`. */
  see(key: Key, now: Millis): 'new' | 'duplicate' | 'full' {
    assert(Number.isFinite(now), 'now is a finite time')
    this.#now = Math.max(this.#now, now)
    this.#forget()
    if (this.#keys.has(key)) return 'duplicate'
    if (!this.#sights.push({ key, until: this.#now + this.#windowMs })) return 'full'
    this.#keys.add(key)
    return 'new'
  }

  /** Each key is forgotten once for being remembered once, so over time this costs a constant for each sight. */
  #forget(): void {
    for (let oldest = this.#sights.peek(); oldest !== undefined; oldest = this.#sights.peek()) {
      if (oldest.until > this.#now) return
      this.#sights.shift()
      this.#keys.delete(oldest.key)
    }
  }
}
