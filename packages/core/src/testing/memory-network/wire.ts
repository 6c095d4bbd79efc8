import type { NodeId } from '../../ids/index.ts'
import type { Frame } from '../../network/sessions/index.ts'

/** One thing on its way from one node to another, as the wire sees it. */
export interface WireFrame {
  readonly from: NodeId
  readonly to: NodeId
  readonly channel: string
  readonly kind: WireFrameKind
  /** Its size on the wire, an allowance for its head included. */
  readonly bytes: number
  /** What it carries, for traces; empty for most kinds. Look at it while `carry` runs, copy what is to be kept. */
  readonly payload: Uint8Array
  /** False for notices and publications, which may be lost, doubled and reordered; see `Wire`. */
  readonly reliable: boolean
}

export type WireFrameKind =
  | 'notice'
  | 'publication'
  /** From now on its sender wants what is published to a topic. */
  | 'subscribe'
  | 'unsubscribe'
  | 'request'
  | 'answer'
  /** Instead of an answer. */
  | 'failure'
  /** The caller no longer waits. */
  | 'cancel'
  | 'stream-open'
  | 'stream-accept'
  | 'stream-data'
  /** The reader made room for more bytes. */
  | 'stream-credit'
  /** No more bytes from this side. */
  | 'stream-end'
  /** The reader has read everything, the end included. */
  | 'stream-read'
  | 'stream-reset'

/**
 * Decides the fate of each frame: it calls `deliver` never, once or several times, during `carry` or whenever it likes.
 *
 * A notice may meet any fate. So may a publication, but whoever subscribes never sees one twice, nor one after a later
 * one: the hub passes over what is delivered like that.
 *
 * Reliable frames of one direction (from A to B) are delivered in the order of `carry`, each once; they may be held
 * back as long as the wire likes, for ever included. Losing one and delivering a later one is the wire's bug, and
 * `deliver` stops at it with an `InvariantError`. Only when the hub has disconnected the two may the wire forget what
 * it holds; it need not, since frames of a connection that is gone, or of an earlier life of a node, are ignored
 * whenever they are delivered.
 */
export interface Wire {
  carry(frame: WireFrame, deliver: () => void): void
}

/** Delivers everything at once. (The hub itself sees to it that nothing arrives inside the sender's call.) */
export function directWire(): Wire {
  return { carry: (_frame, deliver) => deliver() }
}

/** About what a frame's kind, channel and number take on a real connection. */
const frameHeadBytes = 32

export function wireFrame(from: NodeId, to: NodeId, frame: Frame): WireFrame {
  const { channel, kind } = frame
  const payload = 'payload' in frame ? frame.payload : new Uint8Array()
  const bytes = frameHeadBytes + payload.byteLength
  return { from, to, channel, kind, bytes, payload, reliable: kind !== 'notice' && kind !== 'publication' }
}
