import type { Entropy } from '@flotilla/core/random'
import { Prng } from '@flotilla/core/random'
import { silentLogger, silentMetrics, type Logger, type Metrics } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import type { CallOptions } from '@flotilla/raft'
import { election } from './election/campaigns.ts'
import type { Election } from './election/election.ts'
import { acquire, busyError, type Busy } from './holding/acquisition.ts'
import { HeldLock } from './holding/held-lock.ts'
import { instruments } from './instruments.ts'
import { validateLeaseSettings, validateLockClientLimits, type LockClientLimits } from './limits.ts'
import type { AcquireOptions, DeadlockReport, ListOptions, Lock, Locks, LockState } from './locks.ts'
import { semaphore } from './semaphore/permits.ts'
import type { Semaphore, SemaphoreOptions } from './semaphore/semaphore.ts'
import { Claim } from './session/claim.ts'
import { wrongRequest } from './session/errors.ts'
import type { LockGroup } from './session/session.ts'
import { Sessions } from './session/sessions.ts'
import { runTransaction, type TransactionWorld } from './transaction/attempts.ts'
import type { Transaction, TransactionOptions } from './transaction/transaction.ts'
import { Sightings } from './watching/sightings.ts'

export interface LocksOptions {
  /** A group of `lockMachine`, as its member or its client. It stays open when the locks are closed. */
  readonly group: LockGroup
  readonly clock: Clock
  /** For the key of each session. */
  readonly entropy: Entropy
  /** Who this is, for people who look at who holds what. */
  readonly name: string
  /** How long the service keeps what this client holds without hearing of it. Default 10 s. */
  readonly ttlMs?: number
  /** How long, after this client was lost, nobody is granted what it held exclusively. Default 2 s. */
  readonly lockDelayMs?: number
  readonly limits?: Partial<LockClientLimits>
  readonly logger?: Logger
  readonly metrics?: Metrics
}

/** One client of the lock service that a group is. */
export function createLocks(options: LocksOptions): Locks {
  return new GroupLocks(options)
}

class GroupLocks implements Locks {
  readonly #world: TransactionWorld
  readonly #sightings: Sightings
  #transactions = 0

  constructor(options: LocksOptions) {
    const { group, clock, entropy, name, logger = silentLogger, metrics = silentMetrics } = options
    const limits = validateLockClientLimits(options.limits)
    const lease = validateLeaseSettings({ ttlMs: options.ttlMs, lockDelayMs: options.lockDelayMs }, limits)
    const prng = new Prng(new DataView(entropy.bytes(4).slice().buffer).getUint32(0))
    const measures = instruments(metrics)
    const base = { group, clock, limits, logger, name, prng, instruments: measures, ...lease }
    this.#world = {
      ...base,
      sessions: new Sessions({ ...base, entropy }),
      nextOwner: () => `~transaction-${++this.#transactions}`,
    }
    this.#sightings = new Sightings(base)
  }

  async acquire(key: string, options: AcquireOptions = {}): Promise<Lock> {
    const got = await this.#ask(key, options)
    if (got instanceof Claim) return new HeldLock(this.#world, got)
    throw busyError(key, got)
  }

  async tryAcquire(key: string, options: Omit<AcquireOptions, 'wait'> = {}): Promise<Lock | undefined> {
    const got = await this.#ask(key, { ...options, wait: false })
    return got instanceof Claim ? new HeldLock(this.#world, got) : undefined
  }

  semaphore(key: string, options: SemaphoreOptions): Semaphore {
    return semaphore(this.#world, key, options)
  }

  transaction<Result>(work: (tx: Transaction) => Promise<Result>, options: TransactionOptions = {}): Promise<Result> {
    return runTransaction(this.#world, work, options)
  }

  election(key: string): Election {
    return election(this.#world, this.#sightings, key)
  }

  watch(key: string, options: { readonly signal?: AbortSignal } = {}): AsyncIterable<LockState> {
    return this.#sightings.watch(key, (state) => state, options)
  }

  watchAll(prefix: string, options: { readonly signal?: AbortSignal } = {}): AsyncIterable<readonly LockState[]> {
    return this.#sightings.watchAll(prefix, options)
  }

  inspect(key: string, options: CallOptions = {}): Promise<LockState> {
    return this.#sightings.inspect(key, options)
  }

  list(options: ListOptions = {}): Promise<readonly LockState[]> {
    return this.#sightings.list(options)
  }

  deadlocks(options: CallOptions = {}): Promise<DeadlockReport> {
    return this.#sightings.deadlocks(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sightings.close()
    await this.#world.sessions.close()
  }

  #ask(key: string, options: AcquireOptions): Promise<Claim | Busy> {
    const { mode = 'exclusive', owner, wait = true, value } = options
    if (owner !== undefined && (owner === '' || owner.startsWith('~'))) {
      throw wrongRequest(`${JSON.stringify(owner)} is no name for an owner`, 'use one that is not empty and not "~…"')
    }
    return acquire(this.#world, { key, mode, owner, wait, value }, options)
  }
}
