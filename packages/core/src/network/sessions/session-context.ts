import type { NodeId } from '../../ids/index.ts'
import type { NetworkLimits } from '../index.ts'
import type { Clock } from '../../time/index.ts'
import { Allowance } from './allowance.ts'
import type { HandlerFailure } from './failure.ts'
import type { Frame } from './frame.ts'

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
  /** Sends a copy of the frame, later; `left` is called when it went, or would have. */
  send(frame: Frame, left?: () => void): void
  report(failure: Omit<HandlerFailure, 'node' | 'peer'>): void
}
