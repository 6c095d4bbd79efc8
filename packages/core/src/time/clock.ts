/** A point on one node's monotonic clock, in milliseconds. Two nodes' clocks are never compared. */
export type Millis = number & { readonly brand: 'Millis' }

/** Milliseconds since 1970 by the calendar. It may jump either way. */
export type WallMillis = number & { readonly brand: 'WallMillis' }

export interface Clock {
  /** Never goes back. */
  now(): Millis
  /** What the calendar says; may jump. */
  wallNow(): WallMillis
  /**
   * Calls `wake` once, when `now() >= at`, never before this call has returned. `at` may be in the past (soon, then) or
   * `Infinity` (never). Disposing it means that `wake` is not called any more. A throw in `wake` is the owner's bug.
   */
  wakeAt(at: Millis, wake: () => void): Disposable
}

/** `durationMs` later than `at`. */
export function after(at: Millis, durationMs: number): Millis {
  return (at + durationMs) as Millis
}
