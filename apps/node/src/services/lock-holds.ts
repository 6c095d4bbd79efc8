import { FlotillaError } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import { after, type Clock } from '@flotilla/core/time'
import type { AcquireOptions, Lock, Locks } from '@flotilla/locks'
import { eventBeats } from '../http/event-beats.ts'
import type { EventStream } from '../http/event-stream.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import { flag, object, oneOf, optional, text, whole } from '../schema/building.ts'
import type { Schema } from '../schema/schema.ts'
import type { HoldEvent } from './lock-answers.ts'

export interface LockHoldsOptions {
  readonly clock: Clock
  readonly entropy: Entropy
  readonly logger: Logger
}

/** What one who asks for a lock through this node wants. */
export interface Wish {
  readonly key: string
  readonly mode: 'exclusive' | 'shared'
  /** Otherwise it is refused where somebody else has it. */
  readonly wait: boolean
  readonly timeoutMs?: number
  /** Shown to whoever asks who holds it. */
  readonly value: string
}

const { documentTextLengthMax, lockTimeoutMsMax, lockValueLengthMax } = nodeLimitsDefaults

export const holdDocument: Schema<Wish> = object(
  {
    key: text({ lengthMax: documentTextLengthMax }),
    mode: oneOf(['exclusive', 'shared']),
    wait: flag({ description: 'otherwise it is refused where somebody else has it' }),
    timeoutMs: optional(whole({ least: 1, most: lockTimeoutMsMax, description: 'how long to wait; for ever if not' })),
    value: text({ lengthMax: lockValueLengthMax, description: 'shown to whoever asks who holds it' }),
  },
  { examples: [{ key: 'backup', mode: 'exclusive', wait: true, value: 'nightly' }] },
)

interface Hold {
  readonly lock: Lock
  /** Somebody has asked for its end. */
  readonly end: AbortController
  /** Resolves when it was released, or is lost. */
  readonly ended: Promise<void>
}

const holdIdBytes = 16

/**
 * Locks that this node holds for programs on its machine, each for as long as a request lasts: a program that is
 * killed loses its connection, and with it the lock.
 */
export class LockHolds {
  readonly #options: LockHoldsOptions
  readonly #holds = new Map<string, Hold>()
  /** Requests that wait or hold. */
  readonly #requests = new Set<Promise<void>>()
  readonly #stopping = new AbortController()

  constructor(options: LockHoldsOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#holds.size
  }

  /** Asks for the lock, and holds it until the reader of the events is gone. */
  async serve(locks: Locks, wish: Wish, events: EventStream<HoldEvent>): Promise<void> {
    if (this.#stopping.signal.aborted) throw stops()
    const served = this.#serve(locks, wish, events)
    const settled = quietly(served)
    this.#requests.add(settled)
    try {
      await served
    } finally {
      this.#requests.delete(settled)
    }
  }

  /** Resolves when others can have it. */
  async release(hold: string): Promise<void> {
    const found = this.#holds.get(hold)
    if (found === undefined) {
      throw new FlotillaError('no-such-hold', 'this lock is not held through this node', {
        hint: 'it was released or lost already',
      })
    }
    found.end.abort()
    await found.ended
  }

  /**
   * Tells everybody that the node stops, and waits until nobody holds anything any more, but not for long. Resolves
   * with whether that came to pass: where it did not, somebody may still be at work under a lock.
   */
  async drain(): Promise<boolean> {
    const { clock } = this.#options
    this.#stopping.abort(stops())
    const isLate = Promise.withResolvers<boolean>()
    const until = after(clock.now(), nodeLimitsDefaults.lockDrainMs)
    using _timer = clock.wakeAt(until, () => isLate.resolve(false))
    const areEnded = Promise.all(this.#requests).then(() => true)
    return await Promise.race([areEnded, isLate.promise])
  }

  async #serve(locks: Locks, { key, ...options }: Wish, events: EventStream<HoldEvent>): Promise<void> {
    using _beats = eventBeats(this.#options.clock, events)
    const lock = await this.#acquired(locks, key, options, events)
    const hold = Buffer.from(this.#options.entropy.bytes(holdIdBytes)).toString('base64url')
    const end = new AbortController()
    const ended = this.#hold(lock, hold, events, end.signal)
    this.#holds.set(hold, { lock, end, ended })
    try {
      await ended
    } finally {
      this.#holds.delete(hold)
    }
  }

  async #acquired(locks: Locks, key: string, options: AcquireOptions, events: EventStream<HoldEvent>): Promise<Lock> {
    const { clock } = this.#options
    const signal = AbortSignal.any([events.signal, this.#stopping.signal])
    const wait = clock.wakeAt(after(clock.now(), nodeLimitsDefaults.waitingToldAfterMs), () => {
      void this.#tellWaiting(locks, key, events)
    })
    try {
      return await locks.acquire(key, { ...options, signal })
    } finally {
      wait[Symbol.dispose]()
    }
  }

  /** Until the reader has gone, somebody has asked for the end, or the lock is lost. */
  async #hold(lock: Lock, hold: string, events: EventStream<HoldEvent>, end: AbortSignal): Promise<void> {
    const { key, token } = lock
    const stopping = (): void => events.send({ event: 'stopping' })
    try {
      events.send({ event: 'granted', hold, key, token })
      if (this.#stopping.signal.aborted) stopping()
      else this.#stopping.signal.addEventListener('abort', stopping, { once: true })
      await aborted([events.signal, end, lock.signal])
    } finally {
      this.#stopping.signal.removeEventListener('abort', stopping)
    }
    if (lock.signal.aborted) {
      const { code, message } = reasonOf(lock.signal)
      this.#options.logger.warn({ key, code, reason: message }, 'a lock that was held through this node was lost')
      return events.send({ event: 'lost', code, message })
    }
    await lock.release()
    events.send({ event: 'released' })
  }

  async #tellWaiting(locks: Locks, key: string, events: EventStream<HoldEvent>): Promise<void> {
    try {
      const lock = await locks.inspect(key, { timeoutMs: nodeLimitsDefaults.lockAnswerMsMax })
      events.send({ event: 'waiting', lock })
    } catch (error) {
      // It is only told so that somebody knows; the lock itself is waited for all the same.
      if (!(error instanceof FlotillaError)) throw error
    }
  }
}

/** Resolves when one of them is. */
function aborted(signals: readonly AbortSignal[]): Promise<void> {
  const any = AbortSignal.any([...signals])
  if (any.aborted) return Promise.resolve()
  return new Promise((resolve) => any.addEventListener('abort', () => resolve(), { once: true }))
}

function reasonOf(signal: AbortSignal): { readonly code: string; readonly message: string } {
  const reason: unknown = signal.reason
  if (isKnown(reason)) return { code: reason.code, message: reason.message }
  return { code: 'failed', message: reason instanceof Error ? reason.message : String(reason) }
}

function isKnown(reason: unknown): reason is FlotillaError {
  return reason instanceof FlotillaError
}

/** Resolves when that has settled, whatever came of it. */
async function quietly(work: Promise<void>): Promise<void> {
  await Promise.allSettled([work])
}

function stops(): FlotillaError {
  return new FlotillaError('closed', 'the node stops', { hint: 'ask again when it runs' })
}
