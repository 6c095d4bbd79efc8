import { FlotillaError } from '@flotilla/core/errors'

/** What broadcasts may cost, with the defaults in `broadcastDefaults`. All members should keep to the same. */
export interface BroadcastLimits {
  /** The longest payload; longer ones are refused as `too-large`. Default 65,536. */
  readonly payloadBytesMax: number
  /**
   * The replay window: how far a sender's clock may be from ours, both ways, and so for how long a broadcast is handed
   * to those who were away. Default 30,000.
   */
  readonly clockToleranceMs: number
  /**
   * Broadcasts of one member: in any run of n seconds of its own clock at most n times this, and `perOriginBurst` more.
   * Whoever publishes more is refused with `overloaded`; whoever receives more drops them, as `flooding`. Default 100.
   */
  readonly perOriginPerSecondMax: number
  /** Default 100. */
  readonly perOriginBurst: number
  /** How long a member that was found flooding is not listened to, so that its flood is not verified. Default 1,000. */
  readonly floodMuteMs: number
  /** Members whose broadcasts are in the window; those of one more are not taken. Default 128. */
  readonly originsMax: number
  /** Envelopes up to so many bytes are pushed at once, longer ones announced and fetched. Default 4,096. */
  readonly pushBytesMax: number
  /**
   * To how many connected peers, drawn anew each time, an envelope is pushed; to the others it is announced. Up to so
   * many connections everybody gets it pushed. Default 16.
   */
  readonly eagerPeersMax: number
  /** How long announcements wait for company, and for the news that the peer has it already. Default 10. */
  readonly announceDelayMs: number
  /** How often neighbours compare what they have seen, and fetch what is missing. Default 3,000. */
  readonly exchangeEveryMs: number
  /** How long a peer may take to send what it has announced, before another one is asked. Default 1,000. */
  readonly wantTimeoutMs: number
  /** Envelopes asked of one peer that have not come yet; more wait. Default 64. */
  readonly wantsInFlightMax: number
  /** Ids that one peer announced and that are not here yet; more are ignored until the next exchange. Default 4,096. */
  readonly announcedPerPeerMax: number
  /**
   * Envelopes kept to be handed on, of all members together. When there are more, the oldest of the member that has
   * most goes first. Default 16,384.
   */
  readonly recentCountMax: number
  /** Bytes of these. Default 64 MiB. */
  readonly recentBytesMax: number
  /** What one peer may send in a second, in messages (16 ids count as one); more is dropped. Default 20,000. */
  readonly peerMessagesPerSecondMax: number
  /** And in bytes. Twice as much may come at once, of both. Default 32 MiB. */
  readonly peerBytesPerSecondMax: number
  /** What one peer may fetch from us in a second; twice as much at once; more is not sent. Default 16 MiB. */
  readonly servedBytesPerSecondMax: number
  /** Forgeries of one peer that are looked at; after that, one every 10 s, and nothing else of it. Default 8. */
  readonly forgeriesTolerated: number
  /** Peers whose standing is remembered, connected or not; the one heard least recently is forgotten. Default 1,024. */
  readonly standingsMax: number
  /** Subscriptions open at once; one more is refused with `overloaded`. Default 1,024. */
  readonly subscriptionsMax: number
}

export const broadcastDefaults: BroadcastLimits = {
  payloadBytesMax: 65_536,
  clockToleranceMs: 30_000,
  perOriginPerSecondMax: 100,
  perOriginBurst: 100,
  floodMuteMs: 1_000,
  originsMax: 128,
  pushBytesMax: 4_096,
  eagerPeersMax: 16,
  announceDelayMs: 10,
  exchangeEveryMs: 3_000,
  wantTimeoutMs: 1_000,
  wantsInFlightMax: 64,
  announcedPerPeerMax: 4_096,
  recentCountMax: 16_384,
  recentBytesMax: 64 * 2 ** 20,
  peerMessagesPerSecondMax: 20_000,
  peerBytesPerSecondMax: 32 * 2 ** 20,
  servedBytesPerSecondMax: 16 * 2 ** 20,
  forgeriesTolerated: 8,
  standingsMax: 1_024,
  subscriptionsMax: 1_024,
}

const allowed: { readonly [Name in keyof BroadcastLimits]: readonly [least: number, most: number] } = {
  payloadBytesMax: [1, 2 ** 20],
  clockToleranceMs: [5_000, 120_000],
  perOriginPerSecondMax: [1, 10_000],
  perOriginBurst: [1, 100_000],
  floodMuteMs: [1, 60_000],
  originsMax: [1, 2_048],
  pushBytesMax: [0, 2 ** 20],
  eagerPeersMax: [1, 1_024],
  announceDelayMs: [0, 1_000],
  exchangeEveryMs: [100, 30_000],
  wantTimeoutMs: [10, 30_000],
  wantsInFlightMax: [1, 4_096],
  announcedPerPeerMax: [1, 65_536],
  recentCountMax: [1, 2 ** 20],
  recentBytesMax: [2 ** 20, 2 ** 34],
  peerMessagesPerSecondMax: [100, 5_000_000],
  peerBytesPerSecondMax: [2 ** 20, 2 ** 31],
  servedBytesPerSecondMax: [2 ** 20, 2 ** 31],
  forgeriesTolerated: [1, 1_000],
  standingsMax: [1, 65_536],
  subscriptionsMax: [1, 65_536],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateBroadcastLimits(settings: Partial<BroadcastLimits> = {}): BroadcastLimits {
  const limits = { ...broadcastDefaults, ...settings }
  for (const name of Object.keys(allowed) as (keyof BroadcastLimits)[]) {
    const [least, most] = allowed[name]
    const value = limits[name]
    if (Number.isInteger(value) && value >= least && value <= most) continue
    throw new FlotillaError(
      'wrong-setting',
      `broadcasts: ${name} is ${value}; it must be a whole number from ${least} to ${most}`,
    )
  }
  const most = Math.floor(noncesMax / noncesPerSender(limits))
  if (limits.originsMax > most) {
    throw new FlotillaError(
      'wrong-setting',
      `broadcasts: originsMax is ${limits.originsMax}; with these rates and this clockToleranceMs at most ${most}`,
    )
  }
  return limits
}

/** What an `EnvelopeGate` can remember. */
const noncesMax = 2 ** 24

/** Broadcasts are counted and compared by the second of their timestamp. */
export const slotMs = 1_000

/** How many slots timestamps fall into that a gate may still open, with the rounding of both. */
export function slotsInWindow({ clockToleranceMs }: BroadcastLimits): number {
  return Math.ceil((2 * clockToleranceMs) / slotMs) + 5
}

/** The most that a gate must remember of one sender: what it may sign, and what is verified of a flood. */
export function noncesPerSender(limits: BroadcastLimits): number {
  const floodsPerSlot = Math.ceil(slotMs / limits.floodMuteMs) + 1
  return limits.perOriginBurst + (limits.perOriginPerSecondMax + floodsPerSlot) * slotsInWindow(limits)
}
