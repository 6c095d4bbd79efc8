import { wholeSetting, wholeSettings, type Ranges } from '@flotilla/core/machines'

/** The longest statement: a name of 1,024 bytes, and what stands around it. */
export const statementBytesMax = 2_048
/** The most copies that can be asked for by number. */
export const copiesNumberMax = 1_000

export interface ReplicationSettings {
  /** Copies of a blob, unless the caller says how many. Fewer members than this have one each. */
  readonly copies: number
  /** Copies on untrusted replicas, beside those that count. */
  readonly untrustedCopies: number
  /** A member that has been away for so long counts as lost: what it has is made again elsewhere. */
  readonly lostAfterMs: number
  /** How quickly one node brings copies to where they ought to be. */
  readonly repairBytesPerSecond: number
}

export const replicationDefaults: ReplicationSettings = {
  copies: 3,
  untrustedCopies: 1,
  lostAfterMs: 900_000,
  repairBytesPerSecond: 64 * 2 ** 20,
}

const settingsAllowed: Ranges<keyof ReplicationSettings> = {
  copies: [1, copiesNumberMax],
  untrustedCopies: [0, copiesNumberMax],
  lostAfterMs: [1_000, 30 * 86_400_000],
  repairBytesPerSecond: [1_024, 2 ** 40],
}

/** Returns the settings completed with defaults, or throws a sentence that names the wrong one. */
export function validateReplicationSettings(settings: Partial<ReplicationSettings> = {}): ReplicationSettings {
  return wholeSettings('blob replication', { ...replicationDefaults }, settingsAllowed, settings)
}

export interface ReplicationLimits {
  /** How far ahead of our calendar a statement may be: time zones that were mistaken are tolerated by default. */
  readonly aheadMsMax: number
  /** Statements, or holdings, in one answer. */
  readonly pageRows: number
  /** Of statements in one answer. */
  readonly pageBytes: number
  /** Answers that are taken from one peer before others have their turn. */
  readonly pagesPerTurnMax: number
  /** Requests of one peer that are worked on at the same time; one more is refused with `overloaded`. */
  readonly servedPerPeerMax: number
  readonly requestTimeoutMs: number
  /** From one question for news to the next, to each peer, in case a notice was lost. */
  readonly askAgainMs: number
  /** How long news wait for company before the peers are told. */
  readonly newsPauseMs: number
  /** The first pause after a peer sent what no honest one sends, or failed; it doubles up to `retryPauseMsMax`. */
  readonly retryPauseMs: number
  readonly retryPauseMsMax: number
  /** How long a put, a name or a deletion waits until the living peers know. */
  readonly spreadTimeoutMs: number
  /** Statements that wait to be committed; one more is refused with `overloaded`. */
  readonly statementsWaitingMax: number
  /** Statements in one commit. */
  readonly statementsPerCommitMax: number
  /** How long a tombstone stays after every member was found to have it: longer than any answer is under way. */
  readonly tombstoneGraceMs: number
  /** How long content of which nobody has made a statement is kept. */
  readonly orphanAfterMs: number
  /** From one look at who has what to the next. */
  readonly roundMs: number
  /** From one look at all blobs to the next, though nothing seems to have changed. */
  readonly fullRoundMs: number
  /** A member that has not been one for so long has left for good. */
  readonly leftAfterMs: number
  /** Blobs of which is known that something has changed; beyond that, the next look is at all of them. */
  readonly changedBlobsMax: number
  /** What one look may find to do; the rest waits for the next one. */
  readonly actionsPerRoundMax: number
  /** Copies that this node brings at the same time. */
  readonly repairsInFlightMax: number
  /** How long a node stands by its word that it keeps a copy, so that another may give up its own. */
  readonly promiseMs: number
  /** Such words at the same time; for one more the answer is no. */
  readonly promisesMax: number
  /** Blobs out of reach that a status names. */
  readonly outOfReachMax: number
}

export const replicationLimitDefaults: ReplicationLimits = {
  aheadMsMax: 86_400_000,
  pageRows: 512,
  pageBytes: 512 * 2 ** 10,
  pagesPerTurnMax: 64,
  servedPerPeerMax: 16,
  requestTimeoutMs: 10_000,
  askAgainMs: 30_000,
  newsPauseMs: 20,
  retryPauseMs: 500,
  retryPauseMsMax: 60_000,
  spreadTimeoutMs: 3_000,
  statementsWaitingMax: 65_536,
  statementsPerCommitMax: 512,
  tombstoneGraceMs: 3_600_000,
  orphanAfterMs: 3_600_000,
  roundMs: 30_000,
  fullRoundMs: 3_600_000,
  leftAfterMs: 3_600_000,
  changedBlobsMax: 65_536,
  actionsPerRoundMax: 1_024,
  repairsInFlightMax: 2,
  promiseMs: 600_000,
  promisesMax: 65_536,
  outOfReachMax: 1_000,
}

const limitsAllowed: Ranges<keyof ReplicationLimits> = {
  aheadMsMax: [0, 366 * 86_400_000],
  pageRows: [1, 10_000],
  pageBytes: [statementBytesMax, 8 * 2 ** 20],
  pagesPerTurnMax: [1, 65_536],
  servedPerPeerMax: [1, 4_096],
  requestTimeoutMs: [10, 600_000],
  askAgainMs: [10, 86_400_000],
  newsPauseMs: [0, 60_000],
  retryPauseMs: [1, 600_000],
  retryPauseMsMax: [1, 86_400_000],
  spreadTimeoutMs: [0, 600_000],
  statementsWaitingMax: [1, 2 ** 20],
  statementsPerCommitMax: [1, 10_000],
  tombstoneGraceMs: [10, 366 * 86_400_000],
  orphanAfterMs: [10, 366 * 86_400_000],
  roundMs: [10, 86_400_000],
  fullRoundMs: [10, 366 * 86_400_000],
  leftAfterMs: [10, 366 * 86_400_000],
  changedBlobsMax: [1, 2 ** 24],
  actionsPerRoundMax: [1, 2 ** 20],
  repairsInFlightMax: [1, 64],
  promiseMs: [10, 86_400_000],
  promisesMax: [1, 2 ** 24],
  outOfReachMax: [1, 2 ** 20],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateReplicationLimits(limits: Partial<ReplicationLimits> = {}): ReplicationLimits {
  const whole = wholeSettings('blob replication', { ...replicationLimitDefaults }, limitsAllowed, limits)
  const { retryPauseMs, requestTimeoutMs } = whole
  wholeSetting('blob replication', 'retryPauseMsMax', whole.retryPauseMsMax, retryPauseMs, 86_400_000)
  // An answer that was made before its maker knew of a deletion must be dead by the time at which the deletion is.
  const graceMin = 2 * requestTimeoutMs
  wholeSetting('blob replication', 'tombstoneGraceMs', whole.tombstoneGraceMs, graceMin, 366 * 86_400_000)
  return whole
}
