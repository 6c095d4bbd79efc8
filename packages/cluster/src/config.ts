import { FlotillaError } from '@flotilla/core/errors'

/** What an operator may set. */
export interface ClusterSettings {
  /** How long a certificate is valid. It is renewed after two thirds of that. */
  readonly certificateValidityMs: number
  /** How far the clocks of a newcomer and of the authority may be apart. */
  readonly clockOffsetMsMax: number
  /** Invitations that are remembered at once, used and expired ones among them. */
  readonly invitationsMax: number
  /** Wrong proofs for one invitation; with the last of them it is burnt. */
  readonly wrongProofsMax: number
  /** Newcomers that knock in one minute; one more is told to come later. */
  readonly knocksPerMinuteMax: number
  /** How long one newcomer may take for the whole of its joining. */
  readonly joinMsMax: number
  /** How often members tell each other the number of their list of revocations, and look at their certificate. */
  readonly heartbeatMs: number
  /** How long a member waits for an answer of another. */
  readonly requestMsMax: number
  /** The first pause after a failed renewal; it doubles from then on. */
  readonly renewalRetryMsFirst: number
  readonly renewalRetryMsMax: number
  /** How long a peer is not asked for its list after it has promised a later one than it had. */
  readonly distrustMs: number
}

const dayMs = 86_400_000

export const clusterDefaults: ClusterSettings = {
  certificateValidityMs: 30 * dayMs,
  clockOffsetMsMax: 120_000,
  invitationsMax: 256,
  wrongProofsMax: 5,
  knocksPerMinuteMax: 60,
  joinMsMax: 15_000,
  heartbeatMs: 1_000,
  requestMsMax: 10_000,
  renewalRetryMsFirst: 5_000,
  renewalRetryMsMax: 600_000,
  distrustMs: 30_000,
}

const allowed: { readonly [Name in keyof ClusterSettings]: readonly [least: number, most: number] } = {
  certificateValidityMs: [60_000, 400 * dayMs],
  clockOffsetMsMax: [1_000, 300_000],
  invitationsMax: [1, 4_096],
  wrongProofsMax: [1, 100],
  knocksPerMinuteMax: [1, 60_000],
  joinMsMax: [100, 300_000],
  heartbeatMs: [10, 60_000],
  requestMsMax: [10, 300_000],
  renewalRetryMsFirst: [10, 3_600_000],
  renewalRetryMsMax: [10, dayMs],
  distrustMs: [10, 3_600_000],
}

/** Rules of the formats and of the protocol, which are the same for everybody. */
export const clusterLimits = {
  /** How long an invitation may be open, and how long it is if nobody says. */
  invitationTtlMsMax: 604_800_000,
  invitationTtlMsDefault: 900_000,
  /** How long a finished invitation is remembered, so that a latecomer hears why it is refused. */
  invitationKeptMs: 604_800_000,
  /** Addresses in a token, and characters of one of them. */
  tokenAddressesMax: 4,
  tokenHostLengthMax: 64,
  /** The longest token that is read. */
  tokenLengthMax: 640,
  /** The longest thing that a newcomer says. */
  knockBytesMax: 1_024,
  /** A longer list of revocations is not handed to a newcomer, which fetches it from its first peer then. */
  welcomeListBytesMax: 49_152,
  /** Members that can be revoked at once. */
  revocationsMax: 8_192,
  /** Keys that an authority has revoked ever, and never admits again. */
  revokedEverMax: 32_768,
  /** The longest reason for a revocation, as UTF-8. */
  reasonBytesMax: 96,
  /** The longest list of revocations: what so many entries make at most. */
  listBytesMax: 2_097_152,
  /** How much longer than any certificate an entry of the list lasts. */
  revocationMarginMs: 86_400_000,
  /** The longest file of an exported authority. */
  authorityFileBytesMax: 6_291_456,
  /** The shortest passphrase that an authority is exported under, in characters. */
  passphraseLengthMin: 12,
  passphraseLengthMax: 1_024,
  /** Requests of one peer over the channel `cluster`: a burst, and then one more each so often. */
  requestsPerPeerBurst: 8,
  requestsPerPeerEveryMs: 5_000,
  /** Peers whose requests are counted at once; those heard last are kept. */
  peersCountedMax: 1_024,
  /** Lists that are fetched at once. */
  pullsMax: 4,
  /** Proofs that were found right and are remembered. */
  proofsKeptMax: 1_024,
} as const

/** Of a certificate's life: it is renewed when so much is over, and somebody is warned when so little is left. */
export const renewalShares = { renewAtLived: 0.667, warnAtLeft: 0.2 } as const

/** Returns the settings completed with defaults, or throws a sentence that names the wrong one. */
export function validateClusterSettings(settings: Partial<ClusterSettings> = {}): ClusterSettings {
  const complete = { ...clusterDefaults, ...settings }
  for (const name of Object.keys(allowed) as (keyof ClusterSettings)[]) {
    const [least, most] = allowed[name]
    within(name, complete[name], least, most)
  }
  within('renewalRetryMsFirst', complete.renewalRetryMsFirst, 10, complete.renewalRetryMsMax)
  return complete
}

function within(name: keyof ClusterSettings, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new FlotillaError(
    'wrong-setting',
    `cluster: ${name} is ${value}; it must be a whole number from ${least} to ${most}`,
  )
}
