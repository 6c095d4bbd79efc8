/**
 * What one lock machine takes. They decide what a command does, so all replicas must have the same: they belong to the
 * version of the machine, and nobody sets them but tests.
 */
export interface LockLimits {
  readonly sessionsMax: number
  /** Keys that somebody holds or waits for, or that are delayed. */
  readonly keysMax: number
  readonly holdersPerKeyMax: number
  readonly waitersPerKeyMax: number
  /** What one session holds and waits for; so it is also the limit of its owners, and of what each of them holds. */
  readonly requestsPerSessionMax: number
  /** Grants of one owner on one key, on top of each other. */
  readonly grantsPerHoldMax: number
  /** Gaps in the numbers of the requests of one session that have come; what is in older ones never will. */
  readonly requestGapsMax: number
  readonly ttlMsMin: number
  readonly ttlMsMax: number
  readonly lockDelayMsMax: number
  readonly permitsMax: number
  readonly sessionKeyBytesMin: number
  readonly sessionKeyBytesMax: number
  readonly sessionNameBytesMax: number
  readonly ownerBytesMax: number
  readonly resourceBytesMax: number
  readonly valueBytesMax: number
  /** The last ones are remembered. */
  readonly deadlocksKept: number
  /** Of a longer cycle, so many edges are kept. */
  readonly cycleEdgesMax: number
  /** Holders and waiters that one search for a deadlock looks at; a request that would need more is refused. */
  readonly searchStepsMax: number
  /** Holders and waiters of one key in one answer. */
  readonly partiesViewedMax: number
  /** The same in lists, and holders in `busy`. */
  readonly partiesListedMax: number
  /** Keys, edges or deadlocks in one answer. */
  readonly answerItemsMax: number
  /** A list ends early where it would be longer, about. */
  readonly listBytesMax: number
}

export const lockLimits: LockLimits = {
  sessionsMax: 16_384,
  keysMax: 131_072,
  holdersPerKeyMax: 16_384,
  waitersPerKeyMax: 16_384,
  requestsPerSessionMax: 16_384,
  grantsPerHoldMax: 256,
  requestGapsMax: 1_024,
  ttlMsMin: 100,
  ttlMsMax: 86_400_000,
  lockDelayMsMax: 600_000,
  permitsMax: 2 ** 31,
  sessionKeyBytesMin: 16,
  sessionKeyBytesMax: 64,
  sessionNameBytesMax: 128,
  ownerBytesMax: 128,
  resourceBytesMax: 256,
  valueBytesMax: 4_096,
  deadlocksKept: 64,
  cycleEdgesMax: 16,
  searchStepsMax: 131_072,
  partiesViewedMax: 256,
  partiesListedMax: 16,
  answerItemsMax: 1_024,
  listBytesMax: 2 ** 20,
}
