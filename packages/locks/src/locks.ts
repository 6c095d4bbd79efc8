import type { CallOptions } from '@flotilla/raft'
import type { Election } from './election/election.ts'
import type { Semaphore, SemaphoreOptions } from './semaphore/semaphore.ts'
import type { Transaction, TransactionOptions } from './transaction/transaction.ts'

export type LockErrorCode =
  /** The lease of this client's session is over, so all that it held is lost, and what it waited for is not coming. */
  | 'session-expired'
  /** It was not ours within `timeoutMs`, and is not going to be: the request was taken back. */
  | 'deadline-exceeded'
  /** Somebody holds it, and `wait` was false; the message says who. */
  | 'busy'
  /** Everybody in a ring waits for the next one, and this was the youngest; the message prints the ring. */
  | 'deadlock'
  /** A newer token was seen for that key: whoever shows this one has lost the lock. */
  | 'stale-token'
  /** A named limit is reached, here or in the service; try later. */
  | 'overloaded'
  /** The key is in use as something else: a lock, or a semaphore of another capacity. */
  | 'wrong-kind'
  /** That owner waits for something else already; it does one thing at a time. */
  | 'owner-waits'
  /** That is no key, no name, or no number of permits that can ever be granted. */
  | 'wrong-request'
  /** The lock was released here. */
  | 'released'
  /** These locks were closed here. */
  | 'closed'

/** `exclusive`: nobody else. `shared`: others that share it too. */
export type LockMode = 'exclusive' | 'shared'

export interface WaitOptions {
  readonly signal?: AbortSignal
  /** How long to wait, until it is taken back with `deadline-exceeded`. Default: until the signal aborts. */
  readonly timeoutMs?: number
}

export interface AcquireOptions extends WaitOptions {
  /** `exclusive` unless told. */
  readonly mode?: LockMode
  /**
   * Who asks, among all that ask through this client. An owner that holds a lock already gets it again at once, with
   * the same token; it is free when each of its locks was released. Default: somebody new each time.
   */
  readonly owner?: string
  /** False: rather than wait, fail with `busy`. */
  readonly wait?: boolean
  /** For those who look at the key: see `LockState`. */
  readonly value?: string
}

/** What is held. `await using` releases it at the end of the block. */
export interface Lock extends AsyncDisposable {
  readonly key: string
  readonly mode: LockMode
  /**
   * Never lower than that of a grant of this key before it, and higher than those of all grants that excluded it, for
   * ever: readers that hold it together may have the same. Show it to whatever the lock protects: see `createFence`.
   * `upgrade` and `downgrade` change it, at some moment before they resolve: take it anew after them, and write nothing
   * that is fenced while they are under way.
   */
  readonly token: number
  /**
   * Asks the clock, so it is right even where the process has slept and its timers have not run yet. While it says
   * true, nobody holds what would exclude this lock.
   */
  readonly held: boolean
  /**
   * Aborts when the lock is not held any more, with a `FlotillaError` that says why: `released`, `session-expired` or
   * `closed`. A loss is told here before the service can grant the lock to anybody else.
   */
  readonly signal: AbortSignal
  /** Waits until it is exclusive; shared it stays until then, and when that fails. */
  upgrade(options?: WaitOptions): Promise<void>
  /**
   * Lets others share it. When the service does not confirm that in time, it rejects with `deadline-exceeded`; the lock
   * is held, shared, all the same, and others get to share it as soon as the service can be reached.
   */
  downgrade(options?: WaitOptions): Promise<void>
  /**
   * Lets go. It never rejects: what cannot be told now is told as soon as the service can be reached, and by the end of
   * the lease at the latest the service finds out by itself. Resolves with whether it has said that it knows.
   */
  release(): Promise<boolean>
}

/** Somebody who holds a key, or waits for it. */
export interface LockParty {
  readonly session: number
  /** Of the client, as given to `createLocks`. */
  readonly name: string
  readonly owner: string
  readonly mode: LockMode | 'permits'
  /** 0 of a lock. */
  readonly permits: number
}

export interface LockHolder extends LockParty {
  readonly token: number
  /** Empty unless it gave one. */
  readonly value: string
  readonly heldMs: number
}

export interface LockWaiter extends LockParty {
  readonly waitedMs: number
}

/** A key as the service sees it. Nobody holds or waits for one that is free. */
export interface LockState {
  readonly key: string
  /** Of a semaphore; 0 of a lock. */
  readonly capacity: number
  readonly holding: number
  readonly waiting: number
  /** The last one that was granted; 0 where the service does not remember. */
  readonly token: number
  /** Its holder was lost; nobody is granted it before so much has passed. */
  readonly delayedMs: number
  /** The first ones of `holding`, in the order of their grants. */
  readonly holders: readonly LockHolder[]
  /** The first ones of `waiting`, the next one first. */
  readonly waiters: readonly LockWaiter[]
}

/** One who waits, and one who keeps it waiting. */
export interface LockWait {
  readonly key: string
  readonly waiter: LockParty
  readonly blocker: LockParty
  /** Otherwise it waits as well, before the waiter. */
  readonly blockerHolds: boolean
}

/** One that was found and broken. */
export interface Deadlock {
  readonly key: string
  /** Whose wait for that key was ended. */
  readonly victim: LockParty
  /** Each waits for the next, and the last for the first; of a long one, the first ones. */
  readonly cycle: readonly LockWait[]
  /** The cycle in words. */
  readonly text: string
  readonly agoMs: number
}

export interface DeadlockReport {
  /** The latest first. */
  readonly deadlocks: readonly Deadlock[]
  /** Who waits for whom now; cut at `listKeysMax`. */
  readonly waits: readonly LockWait[]
}

export interface ListOptions extends CallOptions {
  /** Keys that begin with this. Default: all. */
  readonly prefix?: string
  /** Keys after this one, for the next page. */
  readonly after?: string
  /** At most `listKeysMax`, which is also the default. */
  readonly limit?: number
}

/**
 * One client of a lock service. It opens a session with the first lock and keeps it alive until it is closed; when a
 * session is lost, the next lock opens another.
 *
 * It is meant to be implementable on other services too; `@flotilla/locks/testing` holds what each has to pass.
 */
export interface Locks extends AsyncDisposable {
  /** Waits for its turn: first come, first served, with readers that stand together served together. */
  acquire(key: string, options?: AcquireOptions): Promise<Lock>
  /** Without waiting for anybody; undefined where somebody else holds it. */
  tryAcquire(key: string, options?: Omit<AcquireOptions, 'wait'>): Promise<Lock | undefined>
  /** So many permits, shared by all that ask for them. All have to name the same capacity. */
  semaphore(key: string, options: SemaphoreOptions): Semaphore
  /**
   * Several locks that are released together, when `work` is done. Should its transaction be the youngest in a ring of
   * waiters, all is released, and it begins anew as often as `retries` says.
   */
  transaction<Result>(work: (tx: Transaction) => Promise<Result>, options?: TransactionOptions): Promise<Result>
  election(key: string): Election
  /** The key now, and after each change; a slow reader sees the latest only. Ends when the signal aborts. */
  watch(key: string, options?: { readonly signal?: AbortSignal }): AsyncIterable<LockState>
  /** As `watch`, for all keys that begin so. */
  watchAll(prefix: string, options?: { readonly signal?: AbortSignal }): AsyncIterable<readonly LockState[]>
  inspect(key: string, options?: CallOptions): Promise<LockState>
  /** Keys that somebody holds or waits for, in the order of their names; of long queues the first few. */
  list(options?: ListOptions): Promise<readonly LockState[]>
  deadlocks(options?: CallOptions): Promise<DeadlockReport>
  /** Releases everything. It never rejects. */
  [Symbol.asyncDispose](): PromiseLike<void>
}
