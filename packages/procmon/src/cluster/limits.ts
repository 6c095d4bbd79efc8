import { wholeSettings, type Ranges } from '@flotilla/core/machines'

export interface ClusterMonitorLimits {
  /** How often a node tells the others how it is, while nobody looks closely. */
  readonly summaryEveryMs: number
  /** After so many silent ones a summary counts as stale. */
  readonly silentSummariesMax: number
  /** How long a summary is shown of a node that is not connected any more. */
  readonly forgetAfterMs: number
  /** Nodes of which a summary is kept; of one more none is. */
  readonly nodesMax: number
  /** How long a node that was told that somebody looks goes on to tell more often. */
  readonly lookMs: number
  /** How long one node is waited for, where the asker does not say. */
  readonly answerMs: number
  /** Questions of other nodes that are worked on at a time; one more is `overloaded`. */
  readonly questionsMax: number
}

export const clusterMonitorDefaults: ClusterMonitorLimits = {
  summaryEveryMs: 5_000,
  silentSummariesMax: 4,
  forgetAfterMs: 600_000,
  nodesMax: 256,
  lookMs: 10_000,
  answerMs: 3_000,
  questionsMax: 64,
}

const allowed: Ranges<keyof ClusterMonitorLimits> = {
  summaryEveryMs: [100, 3_600_000],
  silentSummariesMax: [2, 1_000],
  forgetAfterMs: [1_000, 30 * 86_400_000],
  nodesMax: [1, 4_096],
  lookMs: [1_000, 60_000],
  answerMs: [10, 60_000],
  questionsMax: [1, 4_096],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateClusterMonitorLimits(limits: Partial<ClusterMonitorLimits> = {}): ClusterMonitorLimits {
  return wholeSettings('cluster monitor', { ...clusterMonitorDefaults }, allowed, limits)
}
