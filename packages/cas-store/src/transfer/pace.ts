import { sleep, type Clock } from '@flotilla/core/time'

/** Time that may be lost for good when nothing was sent for a while: a burst of that much is allowed. */
const burstMs = 100

/** Keeps to so many bytes a second, over any time longer than a moment. */
export class Pace {
  readonly #clock: Clock
  readonly #bytesPerMs: number
  /** When all that was let through so far is paid for. */
  #paidAt = 0

  /** 0 and undefined: no limit. */
  constructor(clock: Clock, bytesPerSecond: number | undefined) {
    this.#clock = clock
    this.#bytesPerMs = (bytesPerSecond ?? 0) / 1_000
  }

  /** Resolves when so many bytes more may go. */
  async pass(bytes: number, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    if (this.#bytesPerMs === 0) return
    const now = this.#clock.now()
    const waitMs = this.#paidAt - now
    this.#paidAt = Math.max(this.#paidAt, now - burstMs) + bytes / this.#bytesPerMs
    const { signal } = options
    if (waitMs > 0) await sleep(this.#clock, waitMs, signal === undefined ? {} : { signal })
  }
}
