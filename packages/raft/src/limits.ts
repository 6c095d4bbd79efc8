import { wholeSetting, wholeSettings, type Ranges } from '@flotilla/core/machines'
import type { RaftLimits } from './raft.ts'

export const raftLimitDefaults: RaftLimits = {
  groupsMax: 16_384,
  callsWaitingMax: 65_536,
  callsWaitingPerPeerMax: 16_384,
  callTimeoutMs: 10_000,
  sessionsMax: 4_096,
  sessionIdleMs: 3_600_000,
  resultsKeptMax: 1_024,
  snapshotsMovingMax: 4,
  snapshotChunkBytes: 256 * 2 ** 10,
  snapshotStallMs: 30_000,
  snapshotLoadMs: 600_000,
  unknownGroupsAskedMax: 1_024,
}

const allowed: Ranges<keyof RaftLimits> = {
  groupsMax: [1, 2 ** 20],
  callsWaitingMax: [1, 2 ** 24],
  callsWaitingPerPeerMax: [1, 2 ** 24],
  callTimeoutMs: [1, 86_400_000],
  sessionsMax: [1, 2 ** 20],
  sessionIdleMs: [1, 31_536_000_000],
  resultsKeptMax: [1, 2 ** 20],
  snapshotsMovingMax: [1, 1_024],
  snapshotChunkBytes: [256, 8 * 2 ** 20],
  snapshotStallMs: [10, 86_400_000],
  snapshotLoadMs: [10, 86_400_000],
  unknownGroupsAskedMax: [0, 2 ** 20],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateRaftLimits(limits: Partial<RaftLimits> = {}): RaftLimits {
  const whole = wholeSettings('raft', { ...raftLimitDefaults }, allowed, limits)
  const perPeer = Math.min(whole.callsWaitingPerPeerMax, whole.callsWaitingMax)
  whole.callsWaitingPerPeerMax = perPeer
  wholeSetting('raft', 'callsWaitingPerPeerMax', perPeer, 1, whole.callsWaitingMax)
  return whole
}

/** Limits that no setting changes. */
export const driverLimits: DriverLimits = {
  commandsProposedAtOnceMax: 1_024,
  clockStepMsMax: 1_000,
  firstRetryMs: 20,
  retryMsMax: 1_000,
  answerWaitMs: 1_000,
  answerWaitMsMax: 16_000,
  sweepMsMin: 5,
  unknownGroupAskedAgainMs: 1_000,
  helloAgainMs: 1_000,
  settleAgainMs: 50,
  handOverLookMs: 10,
  figuresMs: 1_000,
}

export interface DriverLimits {
  /** A longer list of commands is proposed in parts, so that a part that is refused leaves what went before it. */
  readonly commandsProposedAtOnceMax: number
  /** However long this process stood still, a log's clock goes on by no more at once. */
  readonly clockStepMsMax: number
  /** A call that did not happen is tried again after so long, then twice as long, and so on. */
  readonly firstRetryMs: number
  readonly retryMsMax: number
  /** A call without an answer is asked again, elsewhere, after so long, then twice as long, and so on. */
  readonly answerWaitMs: number
  readonly answerWaitMsMax: number
  /** All calls that wait are looked through no more often than this. */
  readonly sweepMsMin: number
  /** `onUnknownGroup` is told of the same group no more often than this. */
  readonly unknownGroupAskedAgainMs: number
  /** The list of groups is sent again to a node that seems to have missed it, no more often than this. */
  readonly helloAgainMs: number
  /** A change of members that has to wait is asked for again after so long. */
  readonly settleAgainMs: number
  /** How often a node that hands over looks whether it still leads anything. */
  readonly handOverLookMs: number
  /** How often gauges are set, and the storage is asked which groups take too much of its room. */
  readonly figuresMs: number
}
