import { blobError } from './errors.ts'

/** What goes on in a store, so that closing it can end all of it and wait until it has ended. */
export class Work implements AsyncDisposable {
  readonly #stop = new AbortController()
  #running = 0
  #idle: PromiseWithResolvers<void> | undefined

  get isClosed(): boolean {
    return this.#stop.signal.aborted
  }

  /** Aborts, with `closed`, when the store is closed. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  async run<Result>(
    options: { readonly signal?: AbortSignal } | undefined,
    act: () => Promise<Result>,
  ): Promise<Result> {
    this.#stop.signal.throwIfAborted()
    options?.signal?.throwIfAborted()
    this.#running++
    try {
      return await act()
    } finally {
      if (--this.#running === 0) this.#idle?.resolve()
    }
  }

  /** The same, with a signal that aborts when the caller's does, or when the store is closed. */
  runLong<Result>(
    options: { readonly signal?: AbortSignal } | undefined,
    act: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    return this.run(options, async () => {
      const outer = options?.signal
      if (outer === undefined) return act(this.#stop.signal)
      const both = new AbortController()
      const sources = [outer, this.#stop.signal]
      const forward = (): void => both.abort(sources.find(({ aborted }) => aborted)?.reason)
      for (const source of sources) source.addEventListener('abort', forward, { once: true })
      try {
        return await act(both.signal)
      } finally {
        for (const source of sources) source.removeEventListener('abort', forward)
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.isClosed) this.#stop.abort(blobError('closed', 'the store is closed'))
    if (this.#running === 0) return
    this.#idle ??= Promise.withResolvers<void>()
    await this.#idle.promise
  }
}
