import { failureOf, type ApiFailure } from '../api/api-failure.ts'
import { pageLimitsDefaults } from '../limits.ts'

/** What the node has answered last, or why it did not. Both where an answer was followed by a failure. */
export interface LiveValue<Value> {
  readonly value?: Value
  readonly failure?: { readonly code: string; readonly message: string; readonly hint: string }
}

export type LiveState =
  | { readonly type: 'connecting' }
  | { readonly type: 'live' }
  /** `retryAtMs`, by the calendar of this machine: when it is tried again. */
  | { readonly type: 'lost'; readonly failure: ApiFailure; readonly retryAtMs: number }

export interface LiveStoreOptions {
  readonly open: (topics: readonly string[], signal: AbortSignal) => AsyncIterable<unknown>
  readonly now: () => number
  /** From 0 to 1, so that many pages do not come back at the same moment. */
  readonly chance: () => number
}

interface LiveEvent {
  readonly event: string
  readonly topic: string
  readonly value?: unknown
  readonly error?: LiveValue<unknown>['failure']
}

/**
 * What is watched of the node, over one stream for the whole page. The stream is opened anew when something else is
 * watched, and when it is lost: soon at first, then ever later.
 */
export class LiveStore {
  readonly #options: LiveStoreOptions
  readonly #watchers = new Map<string, Set<() => void>>()
  readonly #stateWatchers = new Set<() => void>()
  /** The one that came longest ago first. */
  readonly #values = new Map<string, LiveValue<unknown>>()
  #state: LiveState = { type: 'connecting' }
  #current: AbortController | undefined
  #isChanging = false
  #isPaused = false
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: LiveStoreOptions) {
    this.#options = options
  }

  get state(): LiveState {
    return this.#state
  }

  value(topic: string): LiveValue<unknown> | undefined {
    return this.#values.get(topic)
  }

  /** Calls `onNews` when there is something new about the topic, until the answer is called. */
  watch(topic: string, onNews: () => void): () => void {
    const watchers = this.#watchers.get(topic) ?? new Set()
    if (watchers.size === 0) {
      this.#watchers.set(topic, watchers)
      this.#change()
    }
    watchers.add(onNews)
    return () => {
      watchers.delete(onNews)
      if (watchers.size > 0 || this.#watchers.get(topic) !== watchers) return
      this.#watchers.delete(topic)
      this.#change()
    }
  }

  watchState(onNews: () => void): () => void {
    this.#stateWatchers.add(onNews)
    return () => void this.#stateWatchers.delete(onNews)
  }

  /** Tries again now, if the connection is lost. */
  retry(): void {
    this.#failures = 0
    if (this.#state.type === 'lost') this.#begin()
  }

  /** While nobody sees the page, the node need not tell it anything. */
  pause(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return
    this.#isPaused = isPaused
    if (isPaused) this.#end()
    else this.#begin()
  }

  close(): void {
    this.#watchers.clear()
    this.#isPaused = true
    this.#end()
  }

  /** Components come and go together when a page is changed: that is one change. */
  #change(): void {
    if (this.#isChanging) return
    this.#isChanging = true
    queueMicrotask(() => {
      this.#isChanging = false
      if (this.#state.type !== 'lost') this.#begin()
    })
  }

  #end(): void {
    clearTimeout(this.#timer)
    this.#current?.abort()
    this.#current = undefined
  }

  #begin(): void {
    this.#end()
    if (this.#isPaused || this.#watchers.size === 0) return
    const current = new AbortController()
    this.#current = current
    void this.#listen([...this.#watchers.keys()], current)
  }

  async #listen(topics: readonly string[], current: AbortController): Promise<void> {
    const silence = (): void => current.abort(new DOMException('the node is silent', 'TimeoutError'))
    let timer = setTimeout(silence, pageLimitsDefaults.silenceMsMax)
    let failure: ApiFailure | undefined
    try {
      for await (const event of this.#options.open(topics, current.signal)) {
        clearTimeout(timer)
        if (current !== this.#current) return
        timer = setTimeout(silence, pageLimitsDefaults.silenceMsMax)
        this.#take(event as LiveEvent)
      }
    } catch (error) {
      failure = failureOf(error)
    } finally {
      clearTimeout(timer)
    }
    if (current === this.#current) this.#lose(failure ?? failureOf(undefined))
  }

  #take({ event, topic, value, error }: LiveEvent): void {
    this.#failures = 0
    if (this.#state.type !== 'live') this.#become({ type: 'live' })
    if (event !== 'live') return
    const before = this.#values.get(topic)
    this.#values.delete(topic)
    this.#values.set(topic, error === undefined ? { value } : { ...before, failure: error })
    for (const [name] of this.#values) {
      if (this.#values.size <= pageLimitsDefaults.answersKeptMax) break
      if (!this.#watchers.has(name)) this.#values.delete(name)
    }
    for (const tell of this.#watchers.get(topic) ?? []) tell()
  }

  #lose(failure: ApiFailure): void {
    this.#end()
    const { retryMsMin, retryMsMax } = pageLimitsDefaults
    const waitMs = Math.min(retryMsMax, retryMsMin * 2 ** this.#failures++) * (1 + 0.25 * this.#options.chance())
    this.#become({ type: 'lost', failure, retryAtMs: this.#options.now() + waitMs })
    if (!failure.isSessionOver) this.#timer = setTimeout(() => this.#begin(), waitMs)
  }

  #become(state: LiveState): void {
    this.#state = state
    for (const tell of this.#stateWatchers) tell()
  }
}
