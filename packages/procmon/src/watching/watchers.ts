import { FlotillaError } from '@flotilla/core/errors'

/**
 * Those who want to be told of something as it changes. Each gets the newest when it asks for the next: whoever is slow
 * misses what was between, and costs one value of memory.
 */
export class Watchers<Value> {
  readonly #watchers = new Set<Watcher<Value>>()
  readonly #limits: { readonly watchersMax: number; readonly what: string }
  readonly #onCount: (count: number) => void
  #isClosed = false

  constructor(
    limits: { readonly watchersMax: number; readonly what: string },
    onCount: (count: number) => void = () => {},
  ) {
    this.#limits = limits
    this.#onCount = onCount
  }

  get count(): number {
    return this.#watchers.size
  }

  tell(value: Value): void {
    for (const watcher of this.#watchers) watcher.give(value)
  }

  /** Begins with `first`, where it is given. Ends when we are closed; the signal's reason is thrown. */
  async *watch(
    options: { readonly first?: Value | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<Value, void> {
    const { first, signal } = options
    signal?.throwIfAborted()
    if (this.#watchers.size >= this.#limits.watchersMax) {
      const { watchersMax, what } = this.#limits
      throw new FlotillaError('overloaded', `${watchersMax} look at ${what} already`, {
        hint: 'end one of them, or allow more: watchersMax',
      })
    }
    if (this.#isClosed) return
    const watcher = new Watcher<Value>()
    const give = (): void => watcher.end()
    signal?.addEventListener('abort', give, { once: true })
    this.#watchers.add(watcher)
    this.#onCount(this.#watchers.size)
    if (first !== undefined) watcher.give(first)
    try {
      for (;;) {
        const next = await watcher.next()
        if (next === undefined) break
        yield next.value
      }
      signal?.throwIfAborted()
    } finally {
      signal?.removeEventListener('abort', give)
      this.#watchers.delete(watcher)
      this.#onCount(this.#watchers.size)
    }
  }

  close(): void {
    this.#isClosed = true
    for (const watcher of this.#watchers) watcher.end()
  }
}

class Watcher<Value> {
  #newest: { readonly value: Value } | undefined
  #isOver = false
  #wake: (() => void) | undefined

  give(value: Value): void {
    this.#newest = { value }
    this.#wake?.()
  }

  end(): void {
    this.#isOver = true
    this.#wake?.()
  }

  /** Undefined when it is over. */
  async next(): Promise<{ readonly value: Value } | undefined> {
    while (this.#newest === undefined && !this.#isOver) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = undefined
    }
    const newest = this.#isOver ? undefined : this.#newest
    this.#newest = undefined
    return newest
  }
}
