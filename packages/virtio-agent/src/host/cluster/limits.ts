import { wholeSettings, type Ranges } from '@flotilla/core/machines'

export interface GuestClusterLimits {
  /** How long one node is waited for that is asked for its list, or for figures. */
  readonly answerMs: number
  /** What an order to another node may take beyond the time that its command may take. */
  readonly graceMs: number
  /** Machines of one node in a list; further ones are left out. */
  readonly vmsMax: number
  /** Questions of other nodes that are worked on at a time; one more is `overloaded`. */
  readonly questionsMax: number
  /** One line that travels between nodes. */
  readonly lineBytesMax: number
}

export const guestClusterDefaults: GuestClusterLimits = {
  answerMs: 3_000,
  graceMs: 15_000,
  vmsMax: 4_096,
  questionsMax: 64,
  lineBytesMax: 8_388_608,
}

const allowed: Ranges<keyof GuestClusterLimits> = {
  answerMs: [10, 60_000],
  graceMs: [0, 3_600_000],
  vmsMax: [1, 65_536],
  questionsMax: [1, 4_096],
  lineBytesMax: [1_024, 2 ** 26],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateGuestClusterLimits(limits: Partial<GuestClusterLimits> = {}): GuestClusterLimits {
  return wholeSettings('virtual machines of a cluster', { ...guestClusterDefaults }, allowed, limits)
}
