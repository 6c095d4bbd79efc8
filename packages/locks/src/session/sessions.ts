import { FlotillaError } from '@flotilla/core/errors'
import type { Entropy } from '@flotilla/core/random'
import type { Millis } from '@flotilla/core/time'
import type { LockSessionId } from '../machine/index.ts'
import { unlessAborted } from '../patience.ts'
import { locksClosed } from './errors.ts'
import { Lease } from './lease.ts'
import { persist } from './persistence.ts'
import { Session, type SessionWorld } from './session.ts'
import { keepUp } from './upkeep.ts'

const sessionKeyBytes = 16

export interface SessionsOptions extends SessionWorld {
  readonly entropy: Entropy
  readonly lockDelayMs: number
}

interface Opening {
  readonly promise: Promise<Session>
  readonly stop: AbortController
  /** Nobody waits for it any more at 0, and it stops. */
  waiters: number
}

/** The one session that a client has: opened when it is needed, and again after it was lost. */
export class Sessions {
  readonly #options: SessionsOptions
  #current: Session | undefined
  #opening: Opening | undefined
  #isClosed = false

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  async current(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Session> {
    const { signal } = options
    for (;;) {
      signal?.throwIfAborted()
      if (this.#isClosed) throw locksClosed(this.#options.name)
      if (this.#current?.isAlive) return this.#current
      const opening = this.#opening ?? this.#begin()
      opening.waiters++
      try {
        await unlessAborted(opening.promise, signal)
      } finally {
        if (--opening.waiters === 0) this.#abandon(opening)
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const why = locksClosed(this.#options.name)
    this.#opening?.stop.abort(why)
    const session = this.#current
    if (session === undefined || !session.isAlive) return
    session.end(why)
    await this.#sayGoodbye(session.id, true)
  }

  #begin(): Opening {
    const stop = new AbortController()
    const made: Opening = { promise: this.#open(stop.signal), stop, waiters: 0 }
    this.#opening = made
    made.promise.catch(() => undefined).finally(() => this.#done(made))
    return made
  }

  #abandon(opening: Opening): void {
    this.#done(opening)
    opening.stop.abort(new FlotillaError('closed', 'nobody waits for this session any more'))
  }

  #done(opening: Opening): void {
    if (this.#opening === opening) this.#opening = undefined
  }

  async #open(signal: AbortSignal): Promise<Session> {
    const { group, clock, limits, ttlMs, lockDelayMs, name, entropy } = this.#options
    // One key for all attempts: the service opens one session, and renews it with each that comes after.
    const key = entropy.bytes(sessionKeyBytes)
    for (;;) {
      let sentAt = clock.now()
      const result = await persist(
        this.#options,
        () => {
          sentAt = clock.now()
          return group.run(
            { type: 'open-session', key, name, ttlMs, lockDelayMs },
            { signal, timeoutMs: limits.attemptTimeoutMs },
          )
        },
        signal,
      )
      if (result.type !== 'session-opened') {
        throw new FlotillaError('wrong-request', `the service answered ${result.type} to the opening of a session`)
      }
      const session = this.#begun(result.session, sentAt)
      if (session !== undefined) return session
    }
  }

  /** Undefined where the answer took longer than the lease. */
  #begun(id: LockSessionId, sentAt: Millis): Session | undefined {
    const { clock, ttlMs, limits, name } = this.#options
    if (this.#isClosed) {
      void this.#sayGoodbye(id, true)
      throw locksClosed(name)
    }
    const lease = new Lease({ ttlMs, ...limits }, sentAt)
    if (lease.isOver(clock.now())) return undefined
    const session = new Session(id, lease, this.#options)
    keepUp(session)
    this.#current = session
    session.ended.addEventListener('abort', () => this.#lost(session), { once: true })
    return session
  }

  /** What was held stays closed for the lock delay, and not for the rest of the lease as well. */
  #lost(session: Session): void {
    if (this.#isClosed) return
    this.#options.logger.warn({ err: session.ended.reason as Error }, 'a lock session was lost, with all its locks')
    void this.#sayGoodbye(session.id, false)
  }

  async #sayGoodbye(session: LockSessionId, orderly: boolean): Promise<void> {
    const { group, limits, logger } = this.#options
    try {
      await group.run({ type: 'close-session', session, orderly }, { timeoutMs: limits.closeTimeoutMs })
    } catch (error) {
      logger.debug({ err: error }, 'a lock session could not be closed; it expires by itself')
    }
  }
}
