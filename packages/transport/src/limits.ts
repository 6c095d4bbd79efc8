import { FlotillaError } from '@flotilla/core/errors'

export interface TransportLimits {
  /** Bytes handed to a link in one go; a heartbeat waits behind no more than this and `linkBufferedBytesLow`. */
  readonly writeBytesMax: number
  /** A link gets more only while it has no more than this many bytes that the system has not taken. */
  readonly linkBufferedBytesLow: number
  /** While more bytes of refusals and the like wait for a peer that does not read them, nothing is read from it. */
  readonly replyBytesHighWater: number
  /** With more of them than this its connection is closed. */
  readonly replyBytesMax: number
  /** Bytes of all kinds that wait for a peer, above what the limits of the network allow; with more it is closed. */
  readonly outboxBytesMax: number
  /** Bytes of heartbeats and credits that wait for a peer; with more its connection is closed. */
  readonly controlBytesMax: number
  /** How often a peer is asked for a sign of life. */
  readonly heartbeatEveryMs: number
  /** Silence after which a peer counts as perhaps cut off. */
  readonly suspectAfterMs: number
  /** Silence after which a connection is dead. */
  readonly deadAfterMs: number
  /** How long a peer may take nothing of what waits for it. */
  readonly stallAfterMs: number
  /** From the link to the end of the greeting. */
  readonly helloTimeoutMs: number
  /** How long a connection that is being closed gets for what is still to be sent. */
  readonly drainMsMax: number
  /** Connections, both ways together. */
  readonly connectionsMax: number
  /** Of these, places that are not filled by dialling, for whoever has to come in. */
  readonly connectionsReserved: number
  /** Dials at once. */
  readonly dialsInFlightMax: number
  readonly dialTimeoutMs: number
  /** The first wait after all addresses of a target failed is drawn from 0 to this; it doubles up to the cap. */
  readonly dialBackoffFirstMs: number
  readonly dialBackoffCapMs: number
  readonly targetsMax: number
  readonly addressesPerTargetMax: number
  /** Incoming links whose greeting is not over. */
  readonly pendingIncomingMax: number
  /** Incoming links from one source address: a burst, and what comes back of it in a second. */
  readonly incomingPerAddressBurst: number
  readonly incomingPerAddressPerSecond: number
  /** Source addresses and own addresses that are remembered; the one not seen for longest gives way. */
  readonly addressesRememberedMax: number
  /** After so long an address at which we found ourselves is tried again: it may be somebody else's now. */
  readonly ownAddressForgetMs: number
  /** One more takes the place of the one that ends first. */
  readonly bansMax: number
  /** How long a peer that broke the protocol stays out. */
  readonly protocolErrorBanMs: number
}

export const transportDefaults: TransportLimits = {
  writeBytesMax: 128 * 2 ** 10,
  linkBufferedBytesLow: 64 * 2 ** 10,
  replyBytesHighWater: 4 * 2 ** 20,
  replyBytesMax: 32 * 2 ** 20,
  outboxBytesMax: 512 * 2 ** 20,
  controlBytesMax: 64 * 2 ** 10,
  heartbeatEveryMs: 1_000,
  suspectAfterMs: 3_000,
  deadAfterMs: 10_000,
  stallAfterMs: 30_000,
  helloTimeoutMs: 5_000,
  drainMsMax: 2_000,
  connectionsMax: 50,
  connectionsReserved: 10,
  dialsInFlightMax: 8,
  dialTimeoutMs: 5_000,
  dialBackoffFirstMs: 100,
  dialBackoffCapMs: 30_000,
  targetsMax: 1_024,
  addressesPerTargetMax: 16,
  pendingIncomingMax: 64,
  incomingPerAddressBurst: 64,
  incomingPerAddressPerSecond: 16,
  addressesRememberedMax: 1_024,
  ownAddressForgetMs: 600_000,
  bansMax: 1_024,
  protocolErrorBanMs: 10_000,
}

const msMax = 86_400_000

const allowed: { readonly [Name in keyof TransportLimits]: readonly [least: number, most: number] } = {
  writeBytesMax: [32 * 2 ** 10, 2 ** 20],
  linkBufferedBytesLow: [0, 2 ** 20],
  replyBytesHighWater: [1_024, 2 ** 30],
  replyBytesMax: [2_048, 2 ** 31],
  outboxBytesMax: [2 ** 20, 2 ** 36],
  controlBytesMax: [8_192, 2 ** 24],
  heartbeatEveryMs: [10, msMax],
  suspectAfterMs: [10, msMax],
  deadAfterMs: [10, msMax],
  stallAfterMs: [10, msMax],
  helloTimeoutMs: [10, 60_000],
  drainMsMax: [0, 60_000],
  connectionsMax: [1, 1_024],
  connectionsReserved: [0, 1_023],
  dialsInFlightMax: [1, 1_024],
  dialTimeoutMs: [10, 60_000],
  dialBackoffFirstMs: [1, msMax],
  dialBackoffCapMs: [1, msMax],
  targetsMax: [1, 65_536],
  addressesPerTargetMax: [1, 256],
  pendingIncomingMax: [1, 4_096],
  incomingPerAddressBurst: [1, 100_000],
  incomingPerAddressPerSecond: [1, 100_000],
  addressesRememberedMax: [1, 65_536],
  ownAddressForgetMs: [1, msMax],
  bansMax: [1, 65_536],
  protocolErrorBanMs: [0, msMax],
}

/** What must be greater than what, so that the one has its turn before the other. */
const rising: readonly (readonly [lesser: keyof TransportLimits, greater: keyof TransportLimits])[] = [
  ['replyBytesHighWater', 'replyBytesMax'],
  ['heartbeatEveryMs', 'suspectAfterMs'],
  ['suspectAfterMs', 'deadAfterMs'],
  ['connectionsReserved', 'connectionsMax'],
]

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateTransportLimits(settings: Partial<TransportLimits> = {}): TransportLimits {
  const limits = { ...transportDefaults, ...settings }
  for (const name of Object.keys(allowed) as (keyof TransportLimits)[]) {
    const [least, most] = allowed[name]
    const value = limits[name]
    if (Number.isInteger(value) && value >= least && value <= most) continue
    throw wrong(`${name} is ${value}; it must be a whole number from ${least} to ${most}`)
  }
  for (const [lesser, greater] of rising) {
    if (limits[lesser] < limits[greater]) continue
    throw wrong(`${lesser} is ${limits[lesser]}; it must be less than ${greater}, which is ${limits[greater]}`)
  }
  if (limits.dialBackoffFirstMs > limits.dialBackoffCapMs) {
    throw wrong(`dialBackoffFirstMs is ${limits.dialBackoffFirstMs}; it must not be more than dialBackoffCapMs`)
  }
  return limits
}

function wrong(sentence: string): FlotillaError<'wrong-setting'> {
  return new FlotillaError('wrong-setting', `transport: ${sentence}`)
}
