import type { Lock, WaitOptions } from '../locks.ts'

export interface SemaphoreOptions {
  /** How many permits there are. A semaphore that is in use keeps its capacity; another is refused. */
  readonly capacity: number
}

export interface PermitOptions extends WaitOptions {
  /** How many. Default 1; more than there are is refused. */
  readonly permits?: number
  /** False: rather than wait, fail with `busy`. */
  readonly wait?: boolean
}

/** First come, first served: one who asks for many is not overtaken by those who ask for few. */
export interface Semaphore {
  readonly key: string
  readonly capacity: number
  acquire(options?: PermitOptions): Promise<Permit>
  /** Without waiting; undefined where there are too few. */
  tryAcquire(options?: Omit<PermitOptions, 'wait'>): Promise<Permit | undefined>
}

/** So many permits, until they are released: see `Lock`. */
export interface Permit extends Pick<Lock, 'key' | 'token' | 'held' | 'signal' | 'release'>, AsyncDisposable {
  readonly permits: number
}
