import { assert } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import type { Frame, SendFrame } from '../../network/sessions/index.ts'
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
  sender(from: ConnectionEnd, to: ConnectionEnd): SendFrame {
    const direction = new Direction()
    const receive = (frame: Frame): void => to.receive(from.self, frame)
    return (frame, left) => {
      const sent = copied(frame)
      queueMicrotask(() => {
        left?.(1, 'payload' in sent ? sent.payload.byteLength : 0)
        if (!this.#open || !from.alive) return
        const deliver = direction.carry(sent, receive)
        this.#wire.carry(wireFrame(from.self, to.self, sent), () => {
          if (this.#open && to.alive) deliver()
        })
      })
    }
  }
}

/** What one end has sent to the other: sees to it that the wire keeps to its rules. */
class Direction {
  #reliableCarried = 0
  #reliableDelivered = 0
  #publicationsCarried = 0
  /** Publications up to this one, that one not included, came or will not come any more. */
  #publicationsPassed = 0

  /** Returns how the frame is delivered whenever the wire does so. */
  carry(frame: Frame, receive: (frame: Frame) => void): () => void {
    // A notice may come twice, and its receiver owns what it got: each time a copy of its own.
    if (frame.kind === 'notice') return () => receive(copied(frame))
    if (frame.kind === 'publication') return this.#carryPublication(frame, receive)
    const number = this.#reliableCarried++
    return () => {
      assert(
        number === this.#reliableDelivered,
        'a wire delivers the reliable frames of one direction in order, each once',
      )
      this.#reliableDelivered++
      receive(frame)
    }
  }

  #carryPublication(frame: Frame, receive: (frame: Frame) => void): () => void {
    const number = this.#publicationsCarried++
    return () => {
      if (number < this.#publicationsPassed) return
      this.#publicationsPassed = number + 1
      receive(frame)
    }
  }
}

/** (`slice` would not do: on a `Buffer` it makes a view.) */
function copied(frame: Frame): Frame {
  return 'payload' in frame ? { ...frame, payload: new Uint8Array(frame.payload) } : frame
}
