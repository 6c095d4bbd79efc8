import { wholeSettings, type Ranges } from '@flotilla/core/machines'

export interface BeaconSettings {
  /** The longest beacon, as a datagram. Smaller than what every IPv6 link carries in one piece. */
  readonly beaconBytesMax: number
  /** How long between two beacons; each time drawn from 4/5 to 6/5 of it. */
  readonly beaconIntervalMs: number
  /** How far a member's clock may be from ours, both ways. */
  readonly clockToleranceMs: number
  /** Addresses that one beacon tells. */
  readonly beaconAddressesMax: number
  /** How long an answer to a newcomer waits at most: longer, up to this, the more members there are. */
  readonly answerDelayMsMax: number
  /** For so long a member that was answered is not answered again. */
  readonly answerAgainMs: number
  /** Answers, to one newcomer or to many at once, in a second. */
  readonly answersPerSecondMax: number
  /** Newcomers that are to be answered; one more is heard, and answered by the next beacon. */
  readonly answersWaitingMax: number
  /** Members whose last beacon is remembered. */
  readonly beaconMembersMax: number
  /** Beacons that are looked at in a second from one source address. */
  readonly beaconsPerSourcePerSecondMax: number
  /** Source addresses whose rate is remembered. */
  readonly beaconSourcesMax: number
  /** Proofs never seen before, and signatures, that are verified in a second: what a flood of forged ones may cost. */
  readonly verificationsPerSecondMax: number
  /** Of these at most so many for beacons that carry one member's proof and come from one address. */
  readonly verificationsPerMemberPerSecondMax: number
  /** How old a beacon may be that others relay. */
  readonly relayedAgeMsMax: number
}

export const beaconDefaults: BeaconSettings = {
  beaconBytesMax: 1_200,
  beaconIntervalMs: 5_000,
  clockToleranceMs: 30_000,
  beaconAddressesMax: 16,
  answerDelayMsMax: 500,
  answerAgainMs: 1_000,
  answersPerSecondMax: 4,
  answersWaitingMax: 256,
  beaconMembersMax: 4_096,
  beaconsPerSourcePerSecondMax: 128,
  beaconSourcesMax: 1_024,
  verificationsPerSecondMax: 500,
  verificationsPerMemberPerSecondMax: 16,
  relayedAgeMsMax: 1_800_000,
}

const allowed: Ranges<keyof BeaconSettings> = {
  beaconBytesMax: [600, 1_400],
  beaconIntervalMs: [100, 3_600_000],
  clockToleranceMs: [1_000, 3_600_000],
  beaconAddressesMax: [1, 64],
  answerDelayMsMax: [0, 60_000],
  answerAgainMs: [0, 60_000],
  answersPerSecondMax: [1, 1_000],
  answersWaitingMax: [1, 65_536],
  beaconMembersMax: [1, 65_536],
  beaconsPerSourcePerSecondMax: [1, 100_000],
  beaconSourcesMax: [1, 65_536],
  verificationsPerSecondMax: [1, 100_000],
  verificationsPerMemberPerSecondMax: [1, 100_000],
  relayedAgeMsMax: [1_000, 86_400_000],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateBeaconSettings(settings: Partial<BeaconSettings> = {}): BeaconSettings {
  return wholeSettings('beacons', beaconDefaults, allowed, settings)
}
