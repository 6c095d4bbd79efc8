import { FlotillaError } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import type { Prng } from '@flotilla/core/random'
import type { Clock, Millis } from '@flotilla/core/time'
import type { Replicated } from '@flotilla/raft'
import type { Instruments } from '../instruments.ts'
import type { LockClientLimits } from '../limits.ts'
import {
  lockEventCodec,
  sessionTopic,
  type DeadlockCycle,
  type LockAnswer,
  type LockCommand,
  type LockEvent,
  type LockQuery,
  type LockRequest,
  type LockResult,
  type LockSessionId,
} from '../machine/index.ts'
import { persist } from './persistence.ts'
import { sessionExpired } from './errors.ts'
import type { Lease } from './lease.ts'
import { TokenCells, type TokenCell, type TokenUser } from './token-cells.ts'

export type LockGroup = Replicated<LockCommand, LockResult, LockQuery, LockAnswer>

/** What all sessions of one client stand on. */
export interface SessionWorld {
  readonly group: LockGroup
  readonly clock: Clock
  readonly limits: LockClientLimits
  readonly ttlMs: number
  readonly logger: Logger
  readonly instruments: Instruments
  readonly prng: Prng
  /** For people. */
  readonly name: string
}

/** Whoever made a request, and is told what the session learns of it. Any of it may be told more than once. */
export interface Claimant {
  readonly isWaiting: boolean
  granted(token: number): void
  deadlocked(cycle: DeadlockCycle): void
  /** It is not waiting as far as the service is concerned, and nobody here knows why. */
  askAgain(): void
  lost(why: FlotillaError): void
}

/** What the service has to be told, and who wants to know its answer. */
export interface Owed {
  readonly command: LockCommand
  readonly onPaid: OnPaid
}

/** While it rejects, the service is told again. */
export type OnPaid = (result: LockResult, signal?: AbortSignal) => Promise<void>

export const nothingMore: OnPaid = () => Promise.resolve()

/**
 * One session of a client with the service: what it asks for, by number, and the lease under which it holds. It ends
 * once, by itself when the lease is over by our clock, and everything under it ends in the same moment.
 */
export class Session {
  readonly id: LockSessionId
  readonly lease: Lease
  readonly world: SessionWorld
  readonly cells: TokenCells = new TokenCells()
  readonly #claimants = new Map<LockRequest, Claimant>()
  /** What the service has not confirmed yet, by what it is about. Each is idempotent. */
  readonly #owed = new Map<string, Owed>()
  readonly #asking = new Set<AbortController>()
  readonly #ended = new AbortController()
  readonly #subscription: Disposable
  #endTimer: Disposable | undefined
  #requestsDrawn = 0
  #why: FlotillaError | undefined
  /** Called when there is something owed, or somebody begins to wait. */
  onWork: () => void = () => {}

  constructor(id: LockSessionId, lease: Lease, world: SessionWorld) {
    this.id = id
    this.lease = lease
    this.world = world
    this.#subscription = world.group.subscribe(sessionTopic(id), (payload) => this.#hear(payload))
    this.#watchEnd()
  }

  /** Aborts with the session, after everybody in it was told. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  /** Asks the clock: a process that has slept learns of it here before any timer has run. */
  get isAlive(): boolean {
    if (this.#why === undefined && this.lease.isOver(this.world.clock.now())) {
      this.end(sessionExpired(this.world.name, 'its lease could not be renewed in time'))
    }
    return this.#why === undefined
  }

  assertAlive(): void {
    if (!this.isAlive) throw this.#why as FlotillaError
  }

  get claimants(): ReadonlyMap<LockRequest, Claimant> {
    return this.#claimants
  }

  get owed(): ReadonlyMap<string, Owed> {
    return this.#owed
  }

  /** A number for a new request, of which the claimant is told from now on. Throws `overloaded`. */
  draw(claimant: Claimant): LockRequest {
    const { requestsMax } = this.world.limits
    if (this.#claimants.size + this.#owed.size >= requestsMax) {
      throw new FlotillaError('overloaded', `this client has ${requestsMax} locks and waits (requestsMax)`, {
        hint: 'release some, or raise requestsMax',
      })
    }
    const request = ++this.#requestsDrawn as LockRequest
    this.#claimants.set(request, claimant)
    this.world.instruments.requests(this.#claimants.size)
    return request
  }

  forget(request: LockRequest): void {
    this.#claimants.delete(request)
    this.world.instruments.requests(this.#claimants.size)
  }

  cell(owner: string, key: string, user: TokenUser): TokenCell {
    return this.cells.take(owner, key, user)
  }

  /**
   * Runs a command of this session, again and again while that may help. Rejects when the session ends, with the
   * signal's reason when that aborts, and with what the service refused it for.
   */
  async ask(command: LockCommand, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<LockResult> {
    const { signal } = options
    this.assertAlive()
    signal?.throwIfAborted()
    const halt = new AbortController()
    const stop = (): void => halt.abort(signal?.reason)
    signal?.addEventListener('abort', stop, { once: true })
    this.#asking.add(halt)
    try {
      const { group, limits } = this.world
      const once = () => group.run(command, { signal: halt.signal, timeoutMs: limits.attemptTimeoutMs })
      const result = await persist(this.world, once, halt.signal)
      this.assertAlive()
      if (result.type === 'session-expired') this.expire()
      this.assertAlive()
      return result
    } finally {
      signal?.removeEventListener('abort', stop)
      this.#asking.delete(halt)
    }
  }

  /** Sees to it that the service is told, sooner or later, as long as the session lasts. */
  owe(about: string, command: LockCommand, onPaid: OnPaid = nothingMore): void {
    if (!this.isAlive) return
    this.#owed.set(about, { command, onPaid })
    this.onWork()
  }

  paid(about: string): void {
    this.#owed.delete(about)
  }

  /** A renewal that was sent at `sentAt` was answered. */
  renewed(sentAt: Millis): void {
    if (!this.isAlive) return
    this.lease.renewed(this.world.clock.now(), sentAt)
  }

  /** The service has said that it does not know this session any more. */
  expire(): void {
    this.end(sessionExpired(this.world.name, 'the service had not heard of it for too long'))
  }

  end(why: FlotillaError): void {
    if (this.#why !== undefined) return
    this.#why = why
    if (why.code === 'session-expired') this.world.instruments.expired()
    this.#endTimer?.[Symbol.dispose]()
    this.#subscription[Symbol.dispose]()
    this.#owed.clear()
    const claimants = [...this.#claimants.values()]
    this.#claimants.clear()
    this.world.instruments.requests(0)
    for (const claimant of claimants) claimant.lost(why)
    for (const halt of this.#asking) halt.abort(why)
    this.#ended.abort(why)
  }

  #watchEnd(): void {
    this.#endTimer = this.world.clock.wakeAt(this.lease.end, () => {
      if (this.isAlive) this.#watchEnd()
    })
  }

  #hear(payload: Uint8Array): void {
    if (!this.isAlive) return
    let event: LockEvent
    try {
      event = lockEventCodec.decode(payload)
    } catch (error) {
      // The group is trusted, its program may be newer; whatever it was, asking again will tell.
      this.world.logger.warn({ err: error }, 'an event of the lock service could not be read')
      return
    }
    if (event.type === 'changed' || event.session !== this.id) return
    if (event.type === 'session-expired') return this.expire()
    const claimant = this.#claimants.get(event.request)
    if (event.type === 'granted') claimant?.granted(event.token)
    else claimant?.deadlocked(event.cycle)
  }
}
