/**
 * Waits for one thing at a time, and gives up when the signal aborts or something else has failed. It leaves no trace
 * on what outlives it: a `Promise.race` for each piece of a long stream would hang a reaction on the signal each time.
 */
export class Interruption implements Disposable {
  readonly #signal: AbortSignal | undefined
  #stop: { readonly reason: unknown } | undefined
  /** Of who waited last; it does nothing if that is over. */
  #reject: ((reason: unknown) => void) | undefined

  constructor(signal: AbortSignal | undefined) {
    signal?.throwIfAborted()
    this.#signal = signal
    signal?.addEventListener('abort', this.#abort, { once: true })
  }

  [Symbol.dispose](): void {
    this.#signal?.removeEventListener('abort', this.#abort)
  }

  /** Only the first one counts. */
  stop(reason: unknown): void {
    this.#stop ??= { reason }
    this.#reject?.(reason)
    this.#reject = undefined
  }

  get isStopped(): boolean {
    return this.#stop !== undefined
  }

  throwIfStopped(): void {
    if (this.#stop !== undefined) throw this.#stop.reason
  }

  wait<Result>(promise: PromiseLike<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#stop === undefined) this.#reject = reject
      else reject(this.#stop.reason)
      promise.then(resolve, reject)
    })
  }

  readonly #abort = (): void => this.stop(this.#signal?.reason)
}
