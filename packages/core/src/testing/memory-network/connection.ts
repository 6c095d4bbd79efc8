import { assert } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import type { Frame } from '../../network/sessions/index.ts'
import { wireFrame, type Wire } from './wire.ts'

/** What a connection needs of the node at one of its ends. */
export interface ConnectionEnd {
  readonly self: NodeId
  /** False once its process is gone, for ever. */
  readonly alive: boolean
  receive(peer: NodeId, frame: Frame): void
  disconnected(peer: NodeId): void
}

/** One connection between two nodes' processes, from its making to its breaking. */
export class Connection {
  readonly ends: readonly [ConnectionEnd, ConnectionEnd]
  readonly #wire: Wire
  #open = true

  constructor(wire: Wire, ends: readonly [ConnectionEnd, ConnectionEnd]) {
    this.#wire = wire
    this.ends = ends
  }

  /** Nothing of it is carried or delivered any more; both ends learn of it. */
  break(): void {
    this.#open = false
    const [one, other] = this.ends
    one.disconnected(other.self)
    other.disconnected(one.self)
  }

  /** Returns how that end sends. What it sends is copied at once, and carried after the sender's call has returned. */
  sender(from: ConnectionEnd, to: ConnectionEnd): (frame: Frame, left?: () => void) => void {
    let carried = 0
    let delivered = 0
    const deliver = (frame: Frame, number: number | undefined): void => {
      if (!this.#open || !to.alive) return
      if (number !== undefined) {
        assert(number === delivered, 'a wire delivers the reliable frames of one direction in order, each once')
        delivered++
      }
      // A notice may come twice, and its receiver owns what it got: each time a copy of its own.
      to.receive(from.self, number === undefined ? copied(frame) : frame)
    }
    return (frame, left) => {
      const sent = copied(frame)
      queueMicrotask(() => {
        left?.()
        if (!this.#open || !from.alive) return
        const number = sent.kind === 'notice' ? undefined : carried++
        this.#wire.carry(wireFrame(from.self, to.self, sent), () => deliver(sent, number))
      })
    }
  }
}

/** (`slice` would not do: on a `Buffer` it makes a view.) */
function copied(frame: Frame): Frame {
  return 'payload' in frame ? { ...frame, payload: new Uint8Array(frame.payload) } : frame
}
