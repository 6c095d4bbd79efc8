import { wholeSettings, type Ranges } from '@flotilla/core/machines'

/** What membership keeps to. All members of a cluster should have the same. */
export interface MembershipSettings {
  /**
   * How long between two probes of one member after the other. Twice memberlist's rate: a group of five to ten would
   * otherwise take most of its four seconds only to come round to the one whose cable was pulled. It costs each member
   * four datagrams a second, however many members there are.
   */
  readonly probeIntervalMs: number
  /** How long a probe waits for the member itself before others are asked to try. */
  readonly directTimeoutMs: number
  /** How long a probe waits altogether; local trouble stretches this and the two above. */
  readonly probeTimeoutMs: number
  /** How many others are asked to probe one that does not answer. */
  readonly indirectProbes: number
  /** How long a probe waits whose member's connection was reset: everything is tried at once. */
  readonly evidenceTimeoutMs: number
  /**
   * How long a suspect has to refute at least: this for up to ten members, twice that for a hundred, and so on. A
   * refutation takes two datagrams and a few rounds of gossip; what is left is for those who pause.
   */
  readonly suspicionMs: number
  /** How many times longer it has while nobody else confirms. */
  readonly suspicionStretch: number
  /** How many others have to confirm a suspicion for the shortest time. */
  readonly confirmations: number
  /** How long it has when two members saw its connection reset and could not reach it since. */
  readonly resetSuspicionMs: number
  /** About how many of those who hear of a suspicion look for themselves at once. */
  readonly juryMembers: number
  /** The most by which local trouble stretches timeouts. */
  readonly awarenessMax: number
  /** Waking up so much too late is taken for a pause of our own, which is nobody else's fault. */
  readonly pauseNoticedMs: number
  /** How long between two rounds of gossip, while there is any. */
  readonly gossipIntervalMs: number
  /** While more pieces than this wait, rounds come twice as often. */
  readonly gossipHurryItems: number
  /** How many members each round goes to. */
  readonly gossipFanout: number
  /** Each piece of gossip is sent so many times for each decimal digit of the number of members. */
  readonly gossipRepeats: number
  /** Pieces of gossip that are kept; one more replaces what was sent most often. */
  readonly gossipItemsMax: number
  /** For so long the dead are told that they are, along with the living. */
  readonly gossipToDeadMs: number
  /** How long between two pings of one dead member after the other: they find each other again after a long cut. */
  readonly deadPingIntervalMs: number
  /** How long between two comparisons of everything with somebody. */
  readonly exchangeIntervalMs: number
  /** How long between two comparisons with the same member, at least. */
  readonly exchangeGapMs: number
  readonly exchangesInFlightMax: number
  /** How long one comparison may take. */
  readonly exchangeTimeoutMs: number
  /** The longest message of a comparison; what is more goes into the next one. */
  readonly exchangeBytesMax: number
  /** Messages of one comparison; what is left waits for the next comparison. */
  readonly exchangeRoundsMax: number
  /** How long between two refutations of our own, at least: so much work one malicious member can make for all. */
  readonly refutationGapMs: number
  /** How long between two changes of our own metadata; the last of those in between counts. */
  readonly metadataGapMs: number
  /** News of one member about itself that are believed in a second; more are left to the next comparison. */
  readonly newsPerSecondMax: number
  /** How many have to know that we leave before we go. */
  readonly leaveWitnesses: number
  /** How long leaving waits for them. */
  readonly leaveTimeoutMs: number
  /** How long less than a majority is seen before that counts, and how long a majority before it is over. */
  readonly degradedAfterMs: number
  readonly recoveredAfterMs: number
  /** How long a dead member is remembered, so that it can come back and nobody brings an old record of it. */
  readonly deadForgottenMs: number
  readonly leftForgottenMs: number
  /** Members of all kinds, dead ones too; one more is refused, unless somebody left or dead can make room. */
  readonly membersMax: number
  /** The longest metadata, encoded. */
  readonly metadataBytesMax: number
  readonly datagramBytesMax: number
  /** Probes of our own under way. */
  readonly probesMax: number
  /** Probes for others under way. */
  readonly relaysMax: number
  /** Events that wait for one reader; one more and it is told that it missed some. */
  readonly eventsQueuedMax: number
  readonly eventReadersMax: number
  /** Datagrams that are looked at in a second from one source, an address or a peer: each costs a verification. */
  readonly datagramsPerSourcePerSecondMax: number
  /** Sources whose rate is remembered. */
  readonly datagramSourcesMax: number
  /** Requests of one peer that are answered in a second; a comparison takes a few. */
  readonly requestsPerPeerPerSecondMax: number
  /** How long between two looks at everybody's proof. */
  readonly proofsIntervalMs: number
  /** Members that discovery has found and that are being met; one more is met over its connection. */
  readonly meetingsMax: number
  /** How long a greeting waits for its answer before it is sent again; each time twice as long. */
  readonly meetingRetryMs: number
  /** How often a member is greeted. */
  readonly meetingTries: number
  /** Greetings of one member that are answered in a second. */
  readonly greetingsPerMemberPerSecondMax: number
  /** Datagrams of unknown senders that are looked at in a second: each may cost the check of a proof. */
  readonly strangersPerSecondMax: number
  /** Of these from one source. */
  readonly strangersPerSourcePerSecondMax: number
}

/** For machines of one LAN, or a few. */
export const membershipDefaults: MembershipSettings = {
  probeIntervalMs: 500,
  directTimeoutMs: 250,
  probeTimeoutMs: 750,
  indirectProbes: 3,
  evidenceTimeoutMs: 250,
  suspicionMs: 1_500,
  suspicionStretch: 6,
  confirmations: 2,
  resetSuspicionMs: 200,
  juryMembers: 8,
  awarenessMax: 8,
  pauseNoticedMs: 250,
  gossipIntervalMs: 100,
  gossipHurryItems: 32,
  gossipFanout: 3,
  gossipRepeats: 4,
  gossipItemsMax: 4_096,
  gossipToDeadMs: 30_000,
  deadPingIntervalMs: 2_000,
  exchangeIntervalMs: 30_000,
  exchangeGapMs: 1_000,
  exchangesInFlightMax: 4,
  exchangeTimeoutMs: 5_000,
  exchangeBytesMax: 65_536,
  exchangeRoundsMax: 64,
  refutationGapMs: 200,
  metadataGapMs: 1_000,
  newsPerSecondMax: 10,
  leaveWitnesses: 3,
  leaveTimeoutMs: 2_000,
  degradedAfterMs: 1_000,
  recoveredAfterMs: 2_000,
  deadForgottenMs: 86_400_000,
  leftForgottenMs: 3_600_000,
  membersMax: 2_048,
  metadataBytesMax: 1_024,
  datagramBytesMax: 1_200,
  probesMax: 64,
  relaysMax: 256,
  eventsQueuedMax: 1_024,
  eventReadersMax: 64,
  datagramsPerSourcePerSecondMax: 1_000,
  datagramSourcesMax: 4_096,
  requestsPerPeerPerSecondMax: 100,
  proofsIntervalMs: 10_000,
  meetingsMax: 256,
  meetingRetryMs: 200,
  meetingTries: 3,
  greetingsPerMemberPerSecondMax: 4,
  strangersPerSecondMax: 500,
  strangersPerSourcePerSecondMax: 250,
}

const dayMs = 86_400_000

const allowed: Ranges<keyof MembershipSettings> = {
  probeIntervalMs: [10, 60_000],
  directTimeoutMs: [5, 60_000],
  probeTimeoutMs: [10, 120_000],
  indirectProbes: [0, 16],
  evidenceTimeoutMs: [5, 60_000],
  suspicionMs: [10, 600_000],
  suspicionStretch: [1, 100],
  confirmations: [0, 16],
  resetSuspicionMs: [0, 600_000],
  juryMembers: [0, 64],
  awarenessMax: [1, 64],
  pauseNoticedMs: [1, 600_000],
  gossipIntervalMs: [5, 60_000],
  gossipHurryItems: [1, 65_536],
  gossipFanout: [1, 32],
  gossipRepeats: [1, 32],
  gossipItemsMax: [16, 65_536],
  gossipToDeadMs: [0, dayMs],
  deadPingIntervalMs: [10, dayMs],
  exchangeIntervalMs: [100, dayMs],
  exchangeGapMs: [0, dayMs],
  exchangesInFlightMax: [1, 64],
  exchangeTimeoutMs: [10, 600_000],
  exchangeBytesMax: [8_192, 1_048_576],
  exchangeRoundsMax: [1, 4_096],
  refutationGapMs: [0, 60_000],
  metadataGapMs: [0, dayMs],
  newsPerSecondMax: [1, 10_000],
  leaveWitnesses: [0, 64],
  leaveTimeoutMs: [0, 600_000],
  degradedAfterMs: [0, dayMs],
  recoveredAfterMs: [0, dayMs],
  deadForgottenMs: [1_000, 30 * dayMs],
  leftForgottenMs: [1_000, 30 * dayMs],
  membersMax: [2, 65_536],
  metadataBytesMax: [64, 16_384],
  datagramBytesMax: [600, 1_400],
  probesMax: [1, 4_096],
  relaysMax: [1, 4_096],
  eventsQueuedMax: [1, 1_048_576],
  eventReadersMax: [1, 65_536],
  datagramsPerSourcePerSecondMax: [1, 1_000_000],
  datagramSourcesMax: [1, 1_048_576],
  requestsPerPeerPerSecondMax: [1, 100_000],
  proofsIntervalMs: [100, dayMs],
  meetingsMax: [1, 65_536],
  meetingRetryMs: [5, 60_000],
  meetingTries: [1, 16],
  greetingsPerMemberPerSecondMax: [1, 1_000],
  strangersPerSecondMax: [1, 100_000],
  strangersPerSourcePerSecondMax: [1, 100_000],
}

/** Returns the settings completed with defaults, or throws a sentence that names the wrong one. */
export function validateMembershipSettings(settings: Partial<MembershipSettings> = {}): MembershipSettings {
  return wholeSettings('membership', membershipDefaults, allowed, settings)
}
