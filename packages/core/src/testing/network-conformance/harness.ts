import type { NodeId } from '../../ids/index.ts'
import type { Network, NetworkLimits } from '../../network/index.ts'

/** A few nodes of the implementation under test, and what the suite does to the world around them. */
export interface NetworkHarness extends AsyncDisposable {
  /** Each is connected with each other. All keep to the limits that the suite asked for. */
  readonly nodes: readonly [Network, Network, Network]
  /** The id of nobody. */
  readonly stranger: NodeId
  /**
   * Asks `condition` again and again, while the world goes on, and resolves when it says true. It rejects, with `what`,
   * if that does not come to pass for longer than anything should take. (The condition may act, as in sending once
   * more.)
   */
  readonly until: (what: string, condition: () => boolean) => Promise<void>
  /** Resolves when all that is on its way, and needs nobody to do anything, can be expected to have arrived. */
  readonly settle: () => Promise<void>
  /** Lets that much time pass, on every node. */
  readonly elapse: (durationMs: number) => Promise<void>
  /** Closes the network of a node, as at the end of its process. */
  readonly close: (node: NodeId) => Promise<void>
  /** Breaks the connection of two nodes; resolves when neither lists the other any more. */
  readonly cut: (one: NodeId, other: NodeId) => Promise<void>
  /** Connects them again; resolves when each lists the other. */
  readonly heal: (one: NodeId, other: NodeId) => Promise<void>
  /** Errors of handlers that the implementation handed, or logged, to whoever runs that node. */
  readonly handlerErrors: () => readonly unknown[]
}

/** What an implementation may be unable to show; cases that need it are left out. */
export type HarnessAbility = 'close' | 'cut' | 'handler-errors'

/** Small enough to be reached quickly. */
export const conformanceLimits: NetworkLimits = {
  messageBytesMax: 64 * 2 ** 10,
  messageBytesHeldMax: 256 * 2 ** 10,
  noticesQueuedMax: 64,
  requestsInFlightMax: 8,
  streamsOpenMax: 6,
  streamWindowBytes: 32 * 2 ** 10,
  streamHeaderBytesMax: 1_024,
  publicationsQueuedMax: 48,
  topicsSubscribedMax: 6,
  topicNameLengthMax: 16,
  channelNameLengthMax: 24,
  reasonLengthMax: 128,
}

/** One case, as the files beside this one write it down. */
export interface NetworkCase {
  readonly name: string
  readonly needs?: HarnessAbility
  readonly run: (harness: NetworkHarness) => Promise<void>
}
