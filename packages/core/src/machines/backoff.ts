import type { Prng } from '../random/index.ts'
import { wholeSetting } from './setting.ts'

export interface BackoffSettings {
  /** The ceiling of the first delay; it doubles with each attempt. 100 by default. */
  readonly firstMs?: number
  /** The ceiling never rises above this. 30,000 by default. */
  readonly capMs?: number
  /**
   * `full` draws a delay from 0 to the ceiling, `equal` from half of it. `full` by default: it spreads a crowd best.
   */
  readonly jitter?: 'full' | 'equal'
}

export const backoffDefaults = { firstMs: 100, capMs: 30_000, jitter: 'full' } as const
export const backoffLimits = { delayMsMax: 86_400_000 } as const

/**
 * How long to wait before trying again: exponential, capped, and drawn, so that a crowd does not come back together.
 */
export class Backoff {
  readonly #firstMs: number
  readonly #capMs: number
  readonly #jitter: 'full' | 'equal'
  readonly #prng: Prng
  #attempts = 0

  constructor(prng: Prng, settings: BackoffSettings = {}) {
    const { firstMs, capMs, jitter } = { ...backoffDefaults, ...settings }
    this.#capMs = wholeSetting('backoff', 'capMs', capMs, 1, backoffLimits.delayMsMax)
    this.#firstMs = wholeSetting('backoff', 'firstMs', firstMs, 1, this.#capMs)
    this.#jitter = jitter
    this.#prng = prng
  }

  /** Delays drawn since the last reset. */
  get attempts(): number {
    return this.#attempts
  }

  /**
   * The next delay in whole milliseconds. A peer may have asked us to stay away for `askedMs`: it is added, up to
   * `capMs`, whatever number it is, so the delay is never more than twice `capMs`.
   */
  nextMs(askedMs: number = 0): number {
    // From the 1,024th attempt on the power is Infinity, and the cap still stands.
    const ceilingMs = Math.min(this.#capMs, this.#firstMs * 2 ** this.#attempts)
    this.#attempts = Math.min(this.#attempts + 1, Number.MAX_SAFE_INTEGER)
    const leastMs = this.#jitter === 'equal' ? Math.ceil(ceilingMs / 2) : 0
    const politeMs = askedMs > 0 ? Math.ceil(Math.min(askedMs, this.#capMs)) : 0
    return politeMs + this.#prng.between(leastMs, ceilingMs)
  }

  /** After a success: the next delay is a first one again. */
  reset(): void {
    this.#attempts = 0
  }
}
