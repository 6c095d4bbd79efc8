import { assert } from '@flotilla/core/errors'
import type { Clock } from '@flotilla/core/time'
import type { WallChannel, WallChannelEvents } from '../contract.ts'
import type { WallWay } from './wall-way.ts'

export interface WallEndOptions {
  readonly outgoing: WallWay
  readonly incoming: WallWay
  /** Of the program at this end: everything is told by its wakes. */
  readonly clock: Clock
  /** Whether it learns at once that the other side comes and goes. */
  readonly isTold: 'at-once' | 'later'
  /** It is open from now on, or not any more. */
  readonly changed: () => void
}

/** One side of a wall. */
export class WallEnd implements WallChannel {
  readonly #options: WallEndOptions
  #events: WallChannelEvents | undefined
  #isDead = false
  /** Whether the other side is there. */
  #isMeeting = false
  /** What was told of it. */
  #isThere = false

  constructor(options: WallEndOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#events !== undefined
  }

  begin(events: WallChannelEvents): void {
    assert(this.#events === undefined, 'a channel begins once')
    if (this.#isDead) return
    this.#events = events
    const { outgoing, incoming, clock } = this.#options
    outgoing.writer = { clock, onRoom: () => this.#events?.onRoom() }
    incoming.reader = { clock, onBytes: (bytes) => this.#events?.onBytes(bytes) }
    this.#options.changed()
  }

  write(bytes: Uint8Array): number {
    return this.#isMeeting && this.#isThere ? this.#options.outgoing.write(bytes) : 0
  }

  meet(isMeeting: boolean): void {
    this.#isMeeting = isMeeting
    const { incoming, clock, isTold } = this.#options
    if (!isMeeting) incoming.isTaken = false
    if (isTold === 'at-once') this.#tell()
    else clock.wakeAt(clock.now(), () => this.#tell())
  }

  /** Nothing is told any more. */
  die(): void {
    this.#isDead = true
    this.#events = undefined
    this.#options.outgoing.writer = undefined
    this.#options.incoming.reader = undefined
    this.#options.incoming.isTaken = false
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isDead) {
      this.die()
      this.#options.changed()
    }
    return Promise.resolve()
  }

  #tell(): void {
    if (this.#events === undefined) return
    const { incoming } = this.#options
    if (this.#isThere !== this.#isMeeting) {
      this.#isThere = this.#isMeeting
      // What the last host wrote and nobody has read goes with it.
      if (!this.#isThere && this.#options.isTold === 'later') incoming.clear()
      this.#events.onPeer(this.#isThere)
    }
    incoming.isTaken = this.#isThere
    incoming.move()
  }
}
