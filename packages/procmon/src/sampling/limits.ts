/** Between which two readings rates are made. */
export const rateLimits = {
  /** Closer ones say little: the kernel counts processor time in ticks of 10 ms. */
  spanMsMin: 50,
  /** A mean over more than this is none of the moment. */
  spanMsMax: 300_000,
  /** If the calendar went so much further than the clock, the machine was suspended, or its calendar was set. */
  suspendedMsMin: 2_000,
  /** What no disk, network or meter does in a second: such a counter was set, or is another's. */
  perSecondMax: 1e12,
} as const
