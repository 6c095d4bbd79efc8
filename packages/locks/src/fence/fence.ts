import { FlotillaError } from '@flotilla/core/errors'
import { Lru, wholeSetting } from '@flotilla/core/machines'
import { fenceDefaults } from './limits.ts'

/** Where the highest token of each key is remembered. Calls for one key come one after the other. */
export interface FenceStore {
  /** The highest token that was stored for this key. */
  load(key: string): Promise<number | undefined>
  /** Resolves when it is as durable as the resource itself. */
  store(key: string, token: number): Promise<void>
}

export interface FenceOptions extends Partial<FenceStore> {
  /** Keys kept in memory. With a store, others are loaded anew; without one, one more is refused with `overloaded`. */
  readonly keysMax?: number
}

/**
 * What a protected resource uses to refuse those who have lost their lock and do not know it yet: a process that was
 * paused, a packet that was late. It admits no token that is lower than one it has admitted.
 */
export interface FencingGuard {
  /** Resolves when this token is admitted, and remembered. Throws `stale-token`. */
  check(key: string, token: number): Promise<void>
  /**
   * As `check`, then does the work, and keeps higher tokens waiting until it is done: so work that was admitted does
   * not end after work of a later holder began. The work's signal aborts when a higher token waits.
   */
  run<Result>(
    key: string,
    token: number,
    work: (signal: AbortSignal) => Promise<Result>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Result>
}

/** Without `load` and `store` it remembers for as long as the process lives. */
export function createFence(options: FenceOptions = {}): FencingGuard {
  const keysMax = wholeSetting('fence', 'keysMax', options.keysMax ?? fenceDefaults.keysMax, 1, 2 ** 24)
  return new Fence(keysMax, storeOf(options))
}

function storeOf(options: FenceOptions): FenceStore | undefined {
  if (options.load === undefined && options.store === undefined) return undefined
  if (isStore(options)) return options
  throw new FlotillaError('wrong-setting', 'fence: load and store come together, or not at all')
}

function isStore(options: FenceOptions): options is FenceStore {
  return options.load !== undefined && options.store !== undefined
}

interface Seen {
  /** The highest token that was shown. It is refused below this from that moment on, stored or not. */
  highest: number
  /** The highest token that the store has confirmed; at most `highest`. */
  stored: number
  /** Those of this key that load or store, one after the other. */
  turn: Promise<unknown>
  turns: number
  /** Work of tokens below or equal to `highest` that has not ended. */
  readonly running: Set<Work>
}

interface Work {
  readonly token: number
  readonly overtaken: AbortController
  readonly ended: Promise<void>
}

class Fence implements FencingGuard {
  readonly #keysMax: number
  readonly #store: FenceStore | undefined
  /** What is under way, and what must not be forgotten. */
  readonly #seen = new Map<string, Seen>()
  /** What the store knows anyway. */
  readonly #idle: Lru<string, number>

  constructor(keysMax: number, store: FenceStore | undefined) {
    this.#keysMax = keysMax
    this.#store = store
    this.#idle = new Lru({ entriesMax: keysMax })
  }

  async check(key: string, token: number): Promise<void> {
    assertToken(key, token)
    await this.#admit(key, token, undefined)
  }

  async run<Result>(
    key: string,
    token: number,
    work: (signal: AbortSignal) => Promise<Result>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Result> {
    assertToken(key, token)
    const ended = Promise.withResolvers<void>()
    const mine: Work = { token, overtaken: new AbortController(), ended: ended.promise }
    try {
      await this.#admit(key, token, mine)
      await this.#lowerOnes(key, token, options.signal)
      this.#refuseStale(key, token)
      return await work(mine.overtaken.signal)
    } finally {
      ended.resolve()
      this.#seen.get(key)?.running.delete(mine)
      this.#forget(key)
    }
  }

  /** Raises the highest token to this one and stores it, or throws. `work` counts as running from here on. */
  async #admit(key: string, token: number, work: Work | undefined): Promise<void> {
    const seen = this.#entry(key)
    if (work !== undefined) seen.running.add(work)
    seen.turns++
    const mine = seen.turn.then(() => this.#raise(key, token, seen))
    seen.turn = mine.catch(() => undefined)
    try {
      await mine
    } finally {
      seen.turns--
      this.#forget(key)
    }
  }

  async #raise(key: string, token: number, seen: Seen): Promise<void> {
    const store = this.#store
    if (seen.highest < 0) {
      const loaded = (await store?.load(key)) ?? 0
      seen.highest = loaded
      seen.stored = loaded
    }
    if (token < seen.highest) throw stale(key, token, seen.highest)
    seen.highest = token
    for (const work of seen.running) {
      if (work.token < token) work.overtaken.abort(stale(key, work.token, token))
    }
    if (seen.stored === token) return
    await store?.store(key, token)
    seen.stored = token
  }

  async #lowerOnes(key: string, token: number, signal: AbortSignal | undefined): Promise<void> {
    const lower = [...(this.#seen.get(key)?.running ?? [])].filter((work) => work.token < token)
    if (lower.length === 0) return
    const all = Promise.all(lower.map((work) => work.ended))
    if (signal === undefined) return void (await all)
    signal.throwIfAborted()
    const aborted = Promise.withResolvers<never>()
    const stop = (): void => aborted.reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    try {
      await Promise.race([all, aborted.promise])
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** While it waited, an even higher one may have come. */
  #refuseStale(key: string, token: number): void {
    const highest = this.#seen.get(key)?.highest ?? token
    if (token < highest) throw stale(key, token, highest)
  }

  #entry(key: string): Seen {
    const known = this.#seen.get(key)
    if (known !== undefined) return known
    if (this.#seen.size >= this.#keysMax) {
      throw new FlotillaError('overloaded', `this fence remembers ${this.#keysMax} keys, its maximum`, {
        hint: 'raise keysMax, or give it a store, so that it need not remember all of them',
      })
    }
    const idle = this.#idle.get(key)
    // Without a store, nothing was seen of a key that is not here; with one, it has to be asked.
    const highest = idle ?? (this.#store === undefined ? 0 : -1)
    const made: Seen = { highest, stored: highest, turn: Promise.resolve(), turns: 0, running: new Set() }
    this.#seen.set(key, made)
    return made
  }

  #forget(key: string): void {
    const seen = this.#seen.get(key)
    if (this.#store === undefined || seen === undefined || seen.turns > 0 || seen.running.size > 0) return
    this.#seen.delete(key)
    // What could not be stored is stored again when it is shown again; until then it only refuses, which is safe.
    if (seen.stored === seen.highest && seen.highest >= 0) this.#idle.set(key, seen.highest)
    else this.#idle.delete(key)
  }
}

function assertToken(key: string, token: number): void {
  if (Number.isSafeInteger(token) && token > 0) return
  throw new FlotillaError('wrong-request', `${token} is no token for ${JSON.stringify(key)}`, {
    hint: 'pass `lock.token` on as it is: a whole number above 0',
  })
}

function stale(key: string, token: number, highest: number): FlotillaError {
  return new FlotillaError('stale-token', `token ${token} of ${JSON.stringify(key)} is older than ${highest}`, {
    hint: 'this holder has lost its lock: stop, and acquire it again',
  })
}
