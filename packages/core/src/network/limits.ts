import { FlotillaError } from '../errors/index.ts'

export interface NetworkLimits {
  /** The longest notice, request or answer. Longer things are streams. */
  readonly messageBytesMax: number
  /** Notices that wait for one peer; one more is not accepted. */
  readonly noticesQueuedMax: number
  /** Our requests that wait for one peer's answer; one more fails with `overloaded`. */
  readonly requestsInFlightMax: number
  /** Streams open with one peer, both ways together; one more fails with `overloaded`. */
  readonly streamsOpenMax: number
  /** Bytes of one stream, one way, that were written and not yet read; a write waits for room. */
  readonly streamWindowBytes: number
  /** The longest header of a stream. */
  readonly streamHeaderBytesMax: number
  /** The longest name of a channel. */
  readonly channelNameLengthMax: number
}

export const networkDefaults: NetworkLimits = {
  messageBytesMax: 10 * 2 ** 20,
  noticesQueuedMax: 8_192,
  requestsInFlightMax: 4_096,
  streamsOpenMax: 256,
  streamWindowBytes: 256 * 2 ** 10,
  streamHeaderBytesMax: 64 * 2 ** 10,
  channelNameLengthMax: 64,
}

const allowed: { readonly [Name in keyof NetworkLimits]: readonly [least: number, most: number] } = {
  messageBytesMax: [1_024, 2 ** 30],
  noticesQueuedMax: [1, 2 ** 20],
  requestsInFlightMax: [1, 2 ** 20],
  streamsOpenMax: [1, 2 ** 16],
  streamWindowBytes: [1_024, 2 ** 28],
  streamHeaderBytesMax: [0, 2 ** 20],
  channelNameLengthMax: [1, 1_024],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateNetworkLimits(settings: Partial<NetworkLimits> = {}): NetworkLimits {
  const limits = { ...networkDefaults, ...settings }
  for (const name of Object.keys(allowed) as (keyof NetworkLimits)[]) {
    const [least, most] = allowed[name]
    const value = limits[name]
    if (Number.isInteger(value) && value >= least && value <= most) continue
    throw new FlotillaError(
      'wrong-setting',
      `network: ${name} is ${value}; it must be a whole number from ${least} to ${most}`,
    )
  }
  return limits
}
