import type { NodeId } from '@flotilla/core/ids'
import type { Wire, WireFrame } from '@flotilla/core/testing'
import { positionBytes, readOffer, readPosition } from '../wire/offer-codec.ts'

/** One stream with a snapshot. */
export interface Trip {
  readonly from: NodeId
  readonly header: Uint8Array
  /** The length of its content, as its sender said. */
  readonly bytesOffered: number
  /** Bytes of content that arrived. */
  bytes: number
  /** From where its receiver wanted the content. */
  position: number | undefined
}

interface Held {
  readonly frame: WireFrame
  readonly deliver: () => void
}

/** A wire on which snapshots on their way to one node are counted, held back, and let go piece by piece. */
export class SnapshotRoad implements Wire {
  readonly to: NodeId
  readonly trips: Trip[] = []
  /** Called with each piece of content before that arrives. */
  onPiece: (piece: Uint8Array, trip: Trip) => void = () => {}
  #holding = false
  /** What is reliable keeps its order. */
  #held: Held[] = []

  constructor(to: NodeId) {
    this.to = to
  }

  carry(frame: WireFrame, deliver: () => void): void {
    if (frame.from === this.to) this.#noteAnswer(frame)
    const isHeld = this.#holding && frame.to === this.to && frame.reliable
    if (isHeld) this.#held.push({ frame, deliver })
    else this.#arrive({ frame, deliver })
  }

  /** Nothing reliable arrives there from now on. */
  hold(): void {
    this.#holding = true
  }

  /** Lets so much of what is held arrive. */
  pass(frames: number): void {
    for (const held of this.#held.splice(0, frames)) this.#arrive(held)
  }

  /** Nothing is held any more. */
  open(): void {
    this.#holding = false
    this.pass(this.#held.length)
  }

  /** The connections with these are gone, and what is held on them. */
  forget(...from: readonly NodeId[]): void {
    this.#held = this.#held.filter(({ frame }) => !from.includes(frame.from))
  }

  #arrive({ frame, deliver }: Held): void {
    if (frame.to === this.to && frame.kind === 'stream-open') {
      const bytesOffered = readOffer(frame.payload).offer.snapshot.bytes
      this.trips.push({ from: frame.from, header: frame.payload.slice(), bytesOffered, bytes: 0, position: undefined })
    }
    const trip = this.#tripWith(frame.from)
    if (frame.to === this.to && frame.kind === 'stream-data' && trip !== undefined) {
      this.onPiece(frame.payload, trip)
      trip.bytes += frame.payload.byteLength
    }
    deliver()
  }

  #noteAnswer({ to, kind, payload }: WireFrame): void {
    const trip = this.#tripWith(to)
    if (kind !== 'stream-data' || payload.byteLength !== positionBytes || trip === undefined) return
    trip.position = readPosition(payload, Infinity)
  }

  #tripWith(from: NodeId): Trip | undefined {
    return this.trips.findLast((trip) => trip.from === from)
  }
}
