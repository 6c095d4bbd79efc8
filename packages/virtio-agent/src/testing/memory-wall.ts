import { assert } from '@flotilla/core/errors'
import { Prng } from '@flotilla/core/random'
import { after, type Clock } from '@flotilla/core/time'
import type { WallChannel, WallChannelEvents } from '../contract.ts'
import { LineMischief, type MischiefSettings } from './line-mischief.ts'

export interface MemoryWallOptions {
  /** Bytes arrive by its wakes, so that nothing moves before the clock does. */
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
 * by `connect` and goes by `disconnect`.
 */
export class MemoryWall {
  readonly guest: WallChannel
  readonly host: WallChannel
  readonly #guestEnd: End
  readonly #hostEnd: End
  readonly #keepsStaleBytes: boolean
  #isConnected = false

  constructor(options: MemoryWallOptions) {
    const whole = { roomBytes: 65_536, delayMsMax: 0, keepsStaleBytes: false, ...options }
    const prng = options.prng ?? new Prng(1)
    this.#keepsStaleBytes = whole.keepsStaleBytes
    const toHost = new Way(whole, prng.split('to host'))
    const toGuest = new Way(whole, prng.split('to guest'))
    const meet = (): void => this.#meet()
    this.#guestEnd = new End(toHost, toGuest, meet)
    this.#hostEnd = new End(toGuest, toHost, meet)
    this.guest = this.#guestEnd
    this.host = this.#hostEnd
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  /** What is under way, in both directions. */
  get pendingBytes(): number {
    return this.#guestEnd.outgoing.pendingBytes + this.#hostEnd.outgoing.pendingBytes
  }

  connect(): void {
    this.#isConnected = true
    this.#meet()
  }

  disconnect(): void {
    this.#isConnected = false
    if (!this.#keepsStaleBytes) this.#guestEnd.outgoing.clear()
    this.#hostEnd.outgoing.clear()
    this.#meet()
  }

  /** Neither side reads from now on, as when the machine is paused; until `resume`. */
  pause(): void {
    this.#guestEnd.outgoing.isPaused = true
    this.#hostEnd.outgoing.isPaused = true
  }

  resume(): void {
    this.#guestEnd.outgoing.isPaused = false
    this.#hostEnd.outgoing.isPaused = false
    this.#meet()
  }

  /** Puts bytes on their way to the guest that no host has written. */
  inject(bytes: Uint8Array): void {
    this.#hostEnd.outgoing.write(bytes)
  }

  #meet(): void {
    const isMeeting = this.#isConnected && this.#guestEnd.isOpen && this.#hostEnd.isOpen
    this.#guestEnd.meet(isMeeting)
    this.#hostEnd.meet(isMeeting)
  }
}

class End implements WallChannel {
  readonly outgoing: Way
  readonly #incoming: Way
  readonly #meetAgain: () => void
  #events: WallChannelEvents | undefined
  #isThere = false

  constructor(outgoing: Way, incoming: Way, meetAgain: () => void) {
    this.outgoing = outgoing
    this.#incoming = incoming
    this.#meetAgain = meetAgain
  }

  get isOpen(): boolean {
    return this.#events !== undefined
  }

  begin(events: WallChannelEvents): void {
    assert(this.#events === undefined, 'a channel begins once')
    this.#events = events
    this.outgoing.onRoom = () => this.#events?.onRoom()
    this.#incoming.onBytes = (bytes) => this.#events?.onBytes(bytes)
    this.#meetAgain()
  }

  write(bytes: Uint8Array): number {
    return this.#isThere ? this.outgoing.write(bytes) : 0
  }

  meet(isThere: boolean): void {
    this.#incoming.isTaken = isThere
    this.#incoming.move()
    if (this.#isThere === isThere) return
    this.#isThere = isThere
    this.#events?.onPeer(isThere)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#events = undefined
    this.#meetAgain()
    return Promise.resolve()
  }
}

type WayOptions = MemoryWallOptions & { readonly roomBytes: number; readonly delayMsMax: number }

/** One direction. */
class Way {
  onBytes: (bytes: Uint8Array) => void = () => {}
  onRoom: () => void = () => {}
  /** That somebody is there who reads. */
  isTaken = false
  isPaused = false
  readonly #options: WayOptions
  readonly #prng: Prng
  readonly #mischief: LineMischief
  #pieces: Uint8Array[] = []
  #pendingBytes = 0
  #wasRefused = false
  #isMoving = false

  constructor(options: WayOptions, prng: Prng) {
    this.#options = options
    this.#prng = prng
    this.#mischief = new LineMischief(options.mischief ?? {}, prng)
  }

  get pendingBytes(): number {
    return this.#pendingBytes
  }

  write(bytes: Uint8Array): number {
    const room = Math.max(0, this.#options.roomBytes - this.#pendingBytes)
    const taken = Math.min(room, bytes.length)
    this.#wasRefused ||= taken < bytes.length
    for (const piece of this.#mischief.through(bytes.slice(0, taken))) {
      this.#pieces.push(piece)
      this.#pendingBytes += piece.length
    }
    this.move()
    return taken
  }

  clear(): void {
    this.#pieces = []
    this.#pendingBytes = 0
    this.#wasRefused = false
    this.#mischief.clear()
  }

  /** Lets the next piece arrive, a little later. */
  move(): void {
    if (this.#isMoving || !this.isTaken || this.isPaused) return
    if (this.#pieces.length === 0 && !this.#wasRefused) return
    this.#isMoving = true
    const { clock, delayMsMax } = this.#options
    const delayMs = delayMsMax === 0 ? 0 : this.#prng.below(delayMsMax + 1)
    clock.wakeAt(after(clock.now(), delayMs), () => {
      this.#isMoving = false
      if (!this.isTaken || this.isPaused) return
      const piece = this.#shift()
      if (piece !== undefined) this.onBytes(piece)
      if (this.#wasRefused && this.#pendingBytes < this.#options.roomBytes) {
        this.#wasRefused = false
        this.onRoom()
      }
      this.move()
    })
  }

  #shift(): Uint8Array | undefined {
    const piece = this.#pieces.shift()
    if (piece === undefined) return undefined
    const { pieceBytesMax } = this.#options
    const length = pieceBytesMax === undefined ? piece.length : this.#prng.between(1, pieceBytesMax)
    if (length < piece.length) this.#pieces.unshift(piece.subarray(length))
    const arriving = piece.subarray(0, length)
    this.#pendingBytes -= arriving.length
    return arriving
  }
}
