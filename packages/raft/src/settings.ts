import { wholeSetting, wholeSettings, type Ranges } from '@flotilla/core/machines'

export interface RaftSettings {
  /** How often a leader that has nothing to say says so. */
  readonly heartbeatMs: number
  /** A follower that hears no leader for this long, up to twice as long by chance, asks for an election. */
  readonly electionTimeoutMs: number
  /** 1 to 10: how soon it stands. A node of priority 1 waits ten times as long as one of priority 10 does. */
  readonly priority: number
  /** A leader whose disk takes longer than this for one write gives way to one whose disk does not. */
  readonly diskStallMs: number
  /** Entries in one message, unless a single one is longer. */
  readonly appendBytesMax: number
  readonly appendEntriesMax: number
  /** Messages with entries under way to one follower, not yet answered. */
  readonly appendsInFlightMax: number
  /** Their bytes. */
  readonly appendBytesInFlightMax: number
  /** The longest command. */
  readonly commandBytesMax: number
  /** Proposed and not yet decided; one more is refused with `overloaded`. */
  readonly undecidedBytesMax: number
  readonly undecidedEntriesMax: number
  /** Entries handed to the machine at once. */
  readonly applyEntriesMax: number
  /** Reads that wait to be confirmed; one more is refused with `overloaded`. */
  readonly readsWaitingMax: number
  /** A snapshot is made when the log since the last one has grown beyond this. */
  readonly snapshotLogBytes: number
  /** Entries kept behind a new snapshot, so that a follower a little behind needs none. */
  readonly trailingBytes: number
  /** The whole log of a group in memory; beyond it, proposals are refused with `overloaded`. */
  readonly logBytesMax: number
  /** A learner may become a voter when it is at most so many entries behind. */
  readonly promotionLagMax: number
  /** How long a leader that is handing over takes no commands before it gives the transfer up. */
  readonly transferTimeoutMs: number
  /** A group in which nothing has happened for this long stops its heartbeats. */
  readonly quietAfterMs: number
  /** Members of one group, learners included. */
  readonly membersMax: number
}

export const raftDefaults: RaftSettings = {
  heartbeatMs: 100,
  electionTimeoutMs: 500,
  priority: 10,
  diskStallMs: 2_000,
  appendBytesMax: 2 ** 20,
  appendEntriesMax: 4_096,
  appendsInFlightMax: 256,
  appendBytesInFlightMax: 8 * 2 ** 20,
  commandBytesMax: 2 ** 20,
  undecidedBytesMax: 64 * 2 ** 20,
  undecidedEntriesMax: 65_536,
  applyEntriesMax: 1_024,
  readsWaitingMax: 65_536,
  snapshotLogBytes: 64 * 2 ** 20,
  trailingBytes: 8 * 2 ** 20,
  logBytesMax: 2 ** 30,
  promotionLagMax: 1_024,
  transferTimeoutMs: 1_000,
  quietAfterMs: 2_000,
  membersMax: 64,
}

const allowed: Ranges<keyof RaftSettings> = {
  heartbeatMs: [5, 60_000],
  electionTimeoutMs: [20, 600_000],
  priority: [1, 10],
  diskStallMs: [50, 600_000],
  appendBytesMax: [1_024, 2 ** 23],
  appendEntriesMax: [1, 65_536],
  appendsInFlightMax: [1, 65_536],
  appendBytesInFlightMax: [1_024, 2 ** 30],
  commandBytesMax: [64, 2 ** 22],
  undecidedBytesMax: [1_024, 2 ** 32],
  undecidedEntriesMax: [1, 2 ** 24],
  applyEntriesMax: [1, 65_536],
  readsWaitingMax: [1, 2 ** 24],
  snapshotLogBytes: [1_024, 2 ** 36],
  trailingBytes: [0, 2 ** 32],
  logBytesMax: [2_048, 2 ** 37],
  promotionLagMax: [0, 2 ** 24],
  transferTimeoutMs: [20, 600_000],
  quietAfterMs: [20, 86_400_000],
  membersMax: [1, 1_024],
}

/** Returns the settings completed with defaults, or throws a sentence that names the wrong one. */
export function validateRaftSettings(settings: Partial<RaftSettings> = {}): RaftSettings {
  const whole = wholeSettings('raft', { ...raftDefaults }, allowed, settings)
  wholeSetting('raft', 'electionTimeoutMs', whole.electionTimeoutMs, 3 * whole.heartbeatMs, 600_000)
  wholeSetting('raft', 'logBytesMax', whole.logBytesMax, 2 * whole.snapshotLogBytes, 2 ** 37)
  wholeSetting('raft', 'trailingBytes', whole.trailingBytes, 0, whole.snapshotLogBytes)
  return whole
}
