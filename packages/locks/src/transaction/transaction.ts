import type { Lock, LockMode, WaitOptions } from '../locks.ts'

export interface TransactionOptions {
  /** Ends it: what waits rejects, everything is released. */
  readonly signal?: AbortSignal
  /** How often it begins anew after a deadlock; it keeps its age, so that its turn comes. Default 0. */
  readonly retries?: number
}

export interface TransactionAcquireOptions extends WaitOptions {
  /** `exclusive` unless told. One that was shared is upgraded. */
  readonly mode?: LockMode
}

/** A lock that is released with its transaction. */
export type TransactionLock = Pick<Lock, 'key' | 'mode' | 'token' | 'held' | 'signal'>

export interface Transaction {
  /**
   * Aborts when what it holds is lost or released: the session is over, there was a deadlock, or the work is done. Stop
   * then: everything goes back as soon as `work` has settled.
   */
  readonly signal: AbortSignal
  /** A lock that it has already is given again. Rejects with `deadlock` when the transaction has to give way. */
  acquire(key: string, options?: TransactionAcquireOptions): Promise<TransactionLock>
}
