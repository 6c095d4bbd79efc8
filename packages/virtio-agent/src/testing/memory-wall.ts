import { Prng } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import type { WallChannel } from '../contract.ts'
import type { MischiefSettings } from './line-mischief.ts'
import { WallEnd } from './wall-end.ts'
import { WallWay, type WayOptions } from './wall-way.ts'

export interface MemoryWallOptions {
  /** Bytes arrive, and the guest is told of its host, by its wakes: nothing moves before the clock does. */
  readonly clock: Clock
  /** Draws what the settings below leave open. */
  readonly prng?: Prng
  /** What one direction holds before a write is taken in part only. Default 65,536. */
  readonly roomBytes?: number
  /** The most that arrives at once. Default: all there is. */
  readonly pieceBytesMax?: number
  /** How long a piece is under way at most. Default 0. */
  readonly delayMsMax?: number
  /** What becomes of whole lines on their way. Default: nothing. */
  readonly mischief?: MischiefSettings
  /** The rest of what the guest had written is what the next host gets first, as from a real port. Default false. */
  readonly keepsStaleBytes?: boolean
}

/**
 * A wall of a virtual machine, with a channel at each side. The guest is there from when it has begun; the host comes
 * by `connect` and goes by `disconnect`. The guest may not notice that a host went which is back at once.
 */
export class MemoryWall {
  readonly #options: MemoryWallOptions
  readonly #toHost: WallWay
  readonly #toGuest: WallWay
  #guest: WallEnd
  #host: WallEnd
  #isConnected = false

  constructor(options: MemoryWallOptions) {
    this.#options = options
    const whole: WayOptions = { roomBytes: 65_536, delayMsMax: 0, ...options }
    const prng = options.prng ?? new Prng(1)
    this.#toHost = new WallWay(whole, prng.split('to host'))
    this.#toGuest = new WallWay(whole, prng.split('to guest'))
    this.#guest = this.#newGuest(options.clock)
    this.#host = this.#newHost(options.clock)
  }

  get guest(): WallChannel {
    return this.#guest
  }

  get host(): WallChannel {
    return this.#host
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  /** What is under way, in both directions. */
  get pendingBytes(): number {
    return this.#toHost.pendingBytes + this.#toGuest.pendingBytes
  }

  connect(): void {
    this.#isConnected = true
    this.#meet()
  }

  disconnect(): void {
    this.#isConnected = false
    if (this.#options.keepsStaleBytes !== true) this.#toHost.clear()
    this.#meet()
  }

  /** The program at that side has died, without a word; another one, with this clock, is to use the new channel. */
  renew(side: 'guest' | 'host', clock: Clock): WallChannel {
    if (side === 'guest') {
      this.#guest.die()
      this.#toGuest.clear()
      this.#guest = this.#newGuest(clock)
    } else {
      this.#host.die()
      this.disconnect()
      this.#host = this.#newHost(clock)
    }
    this.#meet()
    return side === 'guest' ? this.#guest : this.#host
  }

  /** Bytes stop moving, as when the machine is paused, until `resume`. */
  pause(): void {
    this.#toHost.isPaused = true
    this.#toGuest.isPaused = true
  }

  resume(): void {
    for (const way of [this.#toHost, this.#toGuest]) {
      way.isPaused = false
      way.move()
    }
  }

  /** No mischief and no delay from now on. */
  calm(): void {
    this.#toHost.calm()
    this.#toGuest.calm()
  }

  /** Puts bytes on their way to the guest that no host has written. */
  inject(bytes: Uint8Array): void {
    this.#toGuest.write(bytes)
  }

  #newGuest(clock: Clock): WallEnd {
    return new WallEnd({ outgoing: this.#toHost, incoming: this.#toGuest, clock, isTold: 'later', changed: this.#meet })
  }

  #newHost(clock: Clock): WallEnd {
    return new WallEnd({
      outgoing: this.#toGuest,
      incoming: this.#toHost,
      clock,
      isTold: 'at-once',
      changed: this.#meet,
    })
  }

  readonly #meet = (): void => {
    const isMeeting = this.#isConnected && this.#guest.isOpen && this.#host.isOpen
    this.#guest.meet(isMeeting)
    this.#host.meet(isMeeting)
  }
}
