import { FlotillaError } from '@flotilla/core/errors'
import { BoundedQueue } from '@flotilla/core/machines'

export interface WatcherLimits {
  readonly watchersMax: number
  /** What is watched, for who reads the refusal. */
  readonly what: string
  /** Values that a watcher has not asked for yet; beyond, the oldest are lost. 1 by default: the newest. */
  readonly unreadMax?: number
}

/**
 * Those who want to be told of something as it changes. Each gets the newest when it asks for the next: whoever is slow
 * misses what was between, and costs one value of memory, or `unreadMax` of them.
 */
export class Watchers<Value> {
  readonly #watchers = new Set<Watcher<Value>>()
  readonly #limits: WatcherLimits
  readonly #onCount: (count: number) => void
  #isClosed = false

  constructor(limits: WatcherLimits, onCount: (count: number) => void = () => {}) {
    this.#limits = limits
    this.#onCount = onCount
  }

  get count(): number {
    return this.#watchers.size
  }

  tell(value: Value): void {
    for (const watcher of this.#watchers) watcher.give(value)
  }

  /** Begins with `first`, or with all of `past`. Ends when we are closed; the signal's reason is thrown. */
  async *watch(
    options: {
      readonly first?: Value | undefined
      readonly past?: () => readonly Value[]
      readonly signal?: AbortSignal | undefined
    } = {},
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
    const watcher = new Watcher<Value>(this.#limits.unreadMax ?? 1)
    const give = (): void => watcher.end()
    signal?.addEventListener('abort', give, { once: true })
    this.#watchers.add(watcher)
    this.#onCount(this.#watchers.size)
    if (first !== undefined) watcher.give(first)
    for (const value of options.past?.() ?? []) watcher.give(value)
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
  readonly #unread: BoundedQueue<{ readonly value: Value }>
  #isOver = false
  #wake: (() => void) | undefined

  constructor(unreadMax: number) {
    this.#unread = new BoundedQueue({ capacity: unreadMax, whenFull: 'drop-oldest' })
  }

  give(value: Value): void {
    this.#unread.push({ value })
    this.#wake?.()
  }

  end(): void {
    this.#isOver = true
    this.#wake?.()
  }

  /** Undefined when it is over. */
  async next(): Promise<{ readonly value: Value } | undefined> {
    while (this.#unread.size === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = undefined
    }
    return this.#isOver ? undefined : this.#unread.shift()
  }
}
