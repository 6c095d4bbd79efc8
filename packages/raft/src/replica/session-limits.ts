import { wholeSettings, type Ranges } from '@flotilla/core/machines'
import type { RaftLimits } from '../raft.ts'

/** How much a group remembers of its clients. They travel in the log, so that all replicas forget alike. */
export interface SessionLimits {
  /** The session that was not used for longest goes for one more. */
  readonly sessionsMax: number
  /** A session that was not used for this long, on the log's clock, goes. */
  readonly sessionIdleMs: number
  /**
   * Commands of one session are told apart from the lowest unanswered one on, so many numbers wide; the results of
   * those below are dropped.
   */
  readonly resultsKeptMax: number
  /** The results of one session together, unless a single one is longer. */
  readonly resultBytesKeptMax: number
}

export const sessionDefaults: SessionLimits = {
  sessionsMax: 4_096,
  sessionIdleMs: 3_600_000,
  resultsKeptMax: 1_024,
  resultBytesKeptMax: 4 * 2 ** 20,
}

/** What the log may carry; a decoder refuses anything else. */
export const sessionRanges: Ranges<keyof SessionLimits> = {
  sessionsMax: [1, 2 ** 20],
  sessionIdleMs: [1, 2 ** 48],
  resultsKeptMax: [1, 2 ** 20],
  resultBytesKeptMax: [1, 2 ** 32 - 1],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateSessionLimits(limits: Partial<SessionLimits> = {}): SessionLimits {
  return wholeSettings('raft sessions', { ...sessionDefaults }, sessionRanges, limits)
}

/** What a leader with these settings puts into the log. */
export function sessionLimitsOf(
  limits: Pick<RaftLimits, 'sessionsMax' | 'sessionIdleMs' | 'resultsKeptMax'>,
): SessionLimits {
  const { sessionsMax, sessionIdleMs, resultsKeptMax } = limits
  return validateSessionLimits({ sessionsMax, sessionIdleMs, resultsKeptMax })
}

/** What no setting changes: with other numbers, replicas would differ, or not read each other's snapshots. */
export interface ReplicaLimits {
  readonly sessionKeyBytesMin: number
  readonly sessionKeyBytesMax: number
  /** The longest result; a machine that gives more has it refused. */
  readonly resultBytesMax: number
  /** What an error may say. */
  readonly refusalCodeCharsMax: number
  readonly refusalTextCharsMax: number
  /** Nudges that wait to be handed out; those beyond are lost, as nudges may be. */
  readonly emittedMax: number
  /** One piece of a snapshot is about so long. */
  readonly snapshotPieceBytes: number
}

export const replicaLimits: ReplicaLimits = {
  sessionKeyBytesMin: 8,
  sessionKeyBytesMax: 64,
  resultBytesMax: 2 ** 26,
  refusalCodeCharsMax: 64,
  refusalTextCharsMax: 2_048,
  emittedMax: 65_536,
  snapshotPieceBytes: 65_536,
}
