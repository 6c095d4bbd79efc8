import type { Clock } from '@flotilla/core/time'
import type { BlobDescriptor } from '../types.ts'
import { blobError } from './errors.ts'

/** Somebody reads these blobs: what they are made of stays, also when they are deleted meanwhile. */
export interface Hold extends Disposable {
  readonly roots: readonly BlobDescriptor[]
  /** It was let go, or was not used for too long: it holds nothing any more. */
  readonly isLost: boolean
  /** It is used until that ends, however long it takes. */
  use<Result>(work: () => Promise<Result>): Promise<Result>
}

export interface HoldLimits {
  readonly readersMax: number
  readonly readerIdleMs: number
  readonly holdsMax: number
}

/**
 * What is being read. A collection first waits for those who are just looking a blob up, as they may have found it
 * before it was deleted, and then marks whatever is held.
 */
export class Holds {
  readonly #clock: Pick<Clock, 'now'>
  readonly #limits: HoldLimits
  readonly #held = new Set<HeldRoots>()
  /** How many of them are kept until somebody lets them go. */
  #kept = 0
  readonly #lookups = new Set<Promise<unknown>>()

  constructor(clock: Pick<Clock, 'now'>, limits: HoldLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  get size(): number {
    return this.#held.size
  }

  /** Finds blobs, and holds them from the moment on at which they were found; undefined if there are none. */
  async look<Root extends BlobDescriptor>(
    find: () => Promise<readonly Root[]>,
  ): Promise<{ readonly roots: readonly Root[]; readonly hold: Hold } | undefined> {
    const looking = this.#look(find)
    this.#lookups.add(looking)
    try {
      return await looking
    } finally {
      this.#lookups.delete(looking)
    }
  }

  /** The caller knows that all of it is safe at this moment. */
  hold(roots: readonly BlobDescriptor[]): Hold {
    const held = new HeldRoots(roots, this.#clock, this.#limits.readerIdleMs, () => this.#held.delete(held))
    this.#held.add(held)
    return held
  }

  /** The same, however long nobody reads: until it is disposed of. */
  keep(roots: readonly BlobDescriptor[]): Disposable {
    if (this.#kept >= this.#limits.holdsMax) {
      throw blobError('overloaded', `${this.#kept} blobs are held, which is the limit (holdsMax)`)
    }
    this.#kept++
    const hold = this.hold(roots)
    const kept = Promise.withResolvers<void>()
    void hold.use(() => kept.promise)
    return {
      [Symbol.dispose]: () => {
        if (hold.isLost) return
        this.#kept--
        kept.resolve()
        hold[Symbol.dispose]()
      },
    }
  }

  /** Everything that is held now, once all who were looking when it was called have found what they looked for. */
  async roots(): Promise<readonly BlobDescriptor[]> {
    await Promise.allSettled(this.#lookups)
    this.#forgetIdle()
    return Array.from(this.#held, ({ roots }) => roots).flat()
  }

  async #look<Root extends BlobDescriptor>(
    find: () => Promise<readonly Root[]>,
  ): Promise<{ readonly roots: readonly Root[]; readonly hold: Hold } | undefined> {
    const { readersMax } = this.#limits
    if (this.#readers >= readersMax) this.#forgetIdle()
    if (this.#readers >= readersMax) {
      throw blobError('overloaded', `${this.#readers} blobs are being read, which is the limit (readersMax)`)
    }
    const roots = await find()
    return roots.length === 0 ? undefined : { roots, hold: this.hold(roots) }
  }

  /** Of those that are held, the ones that nobody keeps. */
  get #readers(): number {
    return this.#held.size - this.#kept
  }

  #forgetIdle(): void {
    for (const held of this.#held) if (held.isIdle) held[Symbol.dispose]()
  }
}

class HeldRoots implements Hold {
  readonly roots: readonly BlobDescriptor[]
  readonly #clock: Pick<Clock, 'now'>
  readonly #idleMs: number
  readonly #ended: () => void
  /** How many uses are under way. */
  #using = 0
  #usedAtMs: number
  #isLost = false

  constructor(roots: readonly BlobDescriptor[], clock: Pick<Clock, 'now'>, idleMs: number, ended: () => void) {
    this.roots = roots
    this.#clock = clock
    this.#idleMs = idleMs
    this.#ended = ended
    this.#usedAtMs = clock.now()
  }

  get isLost(): boolean {
    return this.#isLost
  }

  get isIdle(): boolean {
    return this.#using === 0 && this.#clock.now() - this.#usedAtMs > this.#idleMs
  }

  async use<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#using++
    try {
      return await work()
    } finally {
      this.#using--
      this.#usedAtMs = this.#clock.now()
    }
  }

  [Symbol.dispose](): void {
    this.#isLost = true
    this.#ended()
  }
}
