import { FlotillaError } from '../errors/index.ts'

export interface NetworkLimits {
  /** The longest notice, request or answer. Longer things are streams. */
  readonly messageBytesMax: number
  /**
   * Bytes held for one peer, each way on its own: our notices that wait to be sent and our requests that wait for their
   * answer; its requests that our handlers work on and our answers that wait to be sent. One more is not accepted, or
   * fails with `overloaded`. At least `messageBytesMax`.
   */
  readonly messageBytesHeldMax: number
  /** Notices that wait for one peer; one more is not accepted. */
  readonly noticesQueuedMax: number
  /** Our requests that wait for one peer's answer; its requests that our handlers work on. One more is `overloaded`. */
  readonly requestsInFlightMax: number
  /**
   * Streams open with one peer, both ways together; one that the peer opened counts until its handler has settled. One
   * more fails with `overloaded`.
   */
  readonly streamsOpenMax: number
  /**
   * Bytes of one stream, one way, that were written and not yet read; a write waits for room. The reader's side rules.
   */
  readonly streamWindowBytes: number
  /** The longest header of a stream. */
  readonly streamHeaderBytesMax: number
  /**
   * Publications that wait for one peer, and `messageBytesHeldMax` bounds their bytes; for one more, those that have
   * waited longest are dropped and counted. What is being sent already comes on top: as many again, but no more than
   * 4,096 and, if it is more than one, no more than 1 MiB.
   */
  readonly publicationsQueuedMax: number
  /**
   * Topics that this node subscribes to, all channels together: one more is `overloaded`. Topics that one peer
   * subscribes to here: one more costs it its connection, so let all nodes keep to the same number.
   */
  readonly topicsSubscribedMax: number
  /** The longest name of a topic. */
  readonly topicNameLengthMax: number
  /** The longest name of a channel. */
  readonly channelNameLengthMax: number
  /** The longest text that a failed handler or a reset tells the far side; the rest is cut off. */
  readonly reasonLengthMax: number
}

export const networkDefaults: NetworkLimits = {
  messageBytesMax: 10 * 2 ** 20,
  messageBytesHeldMax: 64 * 2 ** 20,
  noticesQueuedMax: 8_192,
  requestsInFlightMax: 4_096,
  streamsOpenMax: 128,
  streamWindowBytes: 2 ** 20,
  streamHeaderBytesMax: 64 * 2 ** 10,
  publicationsQueuedMax: 8_192,
  topicsSubscribedMax: 1_024,
  topicNameLengthMax: 64,
  channelNameLengthMax: 64,
  reasonLengthMax: 1_024,
}

const allowed: { readonly [Name in keyof NetworkLimits]: readonly [least: number, most: number] } = {
  messageBytesMax: [1_024, 2 ** 30],
  messageBytesHeldMax: [1_024, 2 ** 34],
  noticesQueuedMax: [1, 2 ** 20],
  requestsInFlightMax: [1, 2 ** 20],
  streamsOpenMax: [1, 2 ** 16],
  streamWindowBytes: [1_024, 2 ** 28],
  streamHeaderBytesMax: [0, 2 ** 20],
  publicationsQueuedMax: [1, 2 ** 20],
  topicsSubscribedMax: [1, 2 ** 16],
  topicNameLengthMax: [1, 1_024],
  channelNameLengthMax: [1, 1_024],
  reasonLengthMax: [64, 65_536],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateNetworkLimits(settings: Partial<NetworkLimits> = {}): NetworkLimits {
  const limits = { ...networkDefaults, ...settings }
  for (const name of Object.keys(allowed) as (keyof NetworkLimits)[]) {
    const [least, most] = allowed[name]
    within(name, limits[name], least, most)
  }
  within('messageBytesHeldMax', limits.messageBytesHeldMax, limits.messageBytesMax, allowed.messageBytesHeldMax[1])
  return limits
}

/** Throws `wrong-name` unless it is printable ASCII without spaces, so that its length is its length on the wire. */
export function validateChannelName(name: string, limits: NetworkLimits): void {
  if (isName(name, limits.channelNameLengthMax)) return
  throw wrongName('channel', name, 'channelNameLengthMax', limits.channelNameLengthMax)
}

/** Throws `wrong-name` by the rule of channel names. */
export function validateTopicName(name: string, limits: NetworkLimits): void {
  if (isName(name, limits.topicNameLengthMax)) return
  throw wrongName('topic', name, 'topicNameLengthMax', limits.topicNameLengthMax)
}

/** 1 to so many printable ASCII characters without spaces. */
export function isName(name: string, lengthMax: number): boolean {
  return name.length <= lengthMax && /^[!-~]+$/.test(name)
}

function wrongName(of: string, name: string, limit: string, lengthMax: number): FlotillaError<'wrong-name'> {
  const shown = JSON.stringify(name.slice(0, lengthMax))
  return new FlotillaError('wrong-name', `${shown} is no name for a ${of}`, {
    hint: `use 1 to ${lengthMax} printable ASCII characters without spaces (${limit})`,
  })
}

function within(name: keyof NetworkLimits, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new FlotillaError(
    'wrong-setting',
    `network: ${name} is ${value}; it must be a whole number from ${least} to ${most}`,
  )
}
