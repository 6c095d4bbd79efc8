import type { NodeId } from '../../ids/index.ts'
import type { ChannelHandlers, NetworkLimits } from '../index.ts'
import type { Clock } from '../../time/index.ts'
import { Allowance } from './allowance.ts'
import type { HandlerFailure } from './failure.ts'
import type { Frame } from './frame.ts'
import type { Subscribers } from './subscribers.ts'

/**
 * What one peer keeps this node busy with. It outlives a connection, as handlers do that do not heed their signal: else
 * a peer could get around the limits by connecting anew.
 */
export interface Work {
  readonly requests: Allowance
  /** Of requests that handlers work on and of answers that were not sent yet. */
  readonly bytes: Allowance
  readonly streams: Allowance
}

export function newWork(limits: NetworkLimits): Work {
  return {
    requests: new Allowance(limits.requestsInFlightMax),
    bytes: new Allowance(limits.messageBytesHeldMax),
    streams: new Allowance(limits.streamsOpenMax),
  }
}

/**
 * Told that so many of the frames that were sent with it, with so many bytes of payload in sum, have left, in the order
 * of sending. What leaves together may be told together, in one call.
 */
export type Left = (frames: number, payloadBytes: number) => void

/**
 * How a session sends. The frame's payload is the caller's again when the call returns, so it is encoded or copied
 * during the call. Nothing else happens during the call: no `left`, no frame coming in, no breaking of the connection.
 *
 * `left` is called later, when the frame needs no memory here any more: when the operating system has taken it. Frames
 * that never leave, because the connection broke, need not be reported.
 *
 * Frames of these groups may overtake those of others, but not each other:
 * - requests, their answers, failures and cancels
 * - `stream-open`, `stream-accept` and `stream-reset` of all streams
 * - `stream-data` and `stream-end` of one stream; a `stream-reset` may overtake them, and then they need not be sent
 * - subscribe and unsubscribe
 * - publications
 * - notices are best kept in order, too, though nobody was promised that.
 *
 * Each `stream-credit` and each `stream-read` may overtake whatever it likes.
 */
export type SendFrame = (frame: Frame, left?: Left) => void

/** A channel that is open here, as what comes in sees it. */
export interface Receiver {
  readonly handlers: ChannelHandlers
  /** Hands a publication to those who subscribe. */
  take(from: NodeId, topic: string, payload: Uint8Array): void
}

/** What one end of a connection needs of its node and of the connection. */
export interface SessionContext {
  readonly self: NodeId
  readonly peer: NodeId
  /** Streams opened here have numbers of this parity. */
  readonly parity: 0 | 1
  readonly limits: NetworkLimits
  readonly clock: Clock
  readonly work: Work
  /** Bytes of our notices and requests. */
  readonly held: Allowance
  /** Of all peers of this node. */
  readonly subscribers: Subscribers
  readonly send: SendFrame
  /** The channel of that name, which has been told of this peer before; undefined if it is not open. */
  receiver(channel: string): Receiver | undefined
  report(failure: Omit<HandlerFailure, 'node' | 'peer'>): void
}
