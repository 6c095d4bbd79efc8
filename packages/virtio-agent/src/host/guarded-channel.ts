import { TokenBucket } from '@flotilla/core/machines'
import { after, type Clock, type Millis } from '@flotilla/core/time'
import type { WallChannel, WallChannelEvents } from '../contract.ts'
import type { GuestHostLimits } from './limits.ts'
import type { SharedRoom } from './shared-room.ts'

export interface GuardedChannelOptions {
  /** A channel to the same machine, again each time after it was held off. */
  readonly open: () => WallChannel
  readonly clock: Clock
  readonly limits: GuestHostLimits
  /** For lines that have not ended, of all machines. */
  readonly room: SharedRoom
  readonly onHeldOff: (isHeldOff: boolean, why: string) => void
  /** Before whoever uses the channel is told. */
  readonly onConnected: (isConnected: boolean) => void
}

const newline = 0x0a
/** Whoever has no more than that of an unfinished line is never the one who has too much. */
const unfinishedBytesFree = 65_536

/**
 * A channel to a machine that may be hostile. One that sends more than it may is closed, so that the machine has to
 * keep what it sends for itself, and opened again after a while.
 */
export class GuardedChannel implements WallChannel {
  readonly #options: GuardedChannelOptions
  #bucket: TokenBucket | undefined
  #events: WallChannelEvents | undefined
  #inner: WallChannel | undefined
  #wake: Disposable | undefined
  #closing: Promise<void> = Promise.resolve()
  /** Of the line that has not ended. */
  #unfinishedBytes = 0
  /** Of those, what the room has counted: all, but where it was full and they are few. */
  #countedBytes = 0
  #cuts = 0
  #lastCutAt = -Infinity as Millis
  #isThere = false

  constructor(options: GuardedChannelOptions) {
    this.#options = options
  }

  begin(events: WallChannelEvents): void {
    this.#events = events
    this.#open()
  }

  write(bytes: Uint8Array): number {
    return this.#inner?.write(bytes) ?? 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wake?.[Symbol.dispose]()
    this.#wake = undefined
    this.#events = undefined
    this.#close()
    await this.#closing
  }

  #open(): void {
    const inner = this.#options.open()
    this.#inner = inner
    const isCurrent = (): boolean => this.#inner === inner
    inner.begin({
      onPeer: (isThere) => {
        if (isCurrent()) this.#meet(isThere)
      },
      onBytes: (bytes) => {
        if (isCurrent()) this.#take(bytes)
      },
      onRoom: () => {
        if (isCurrent()) this.#events?.onRoom()
      },
      onTrouble: (error) => {
        if (isCurrent()) this.#events?.onTrouble(error)
      },
    })
  }

  #close(): void {
    const inner = this.#inner
    this.#inner = undefined
    this.#isThere = false
    this.#forget()
    if (inner !== undefined) this.#closing = Promise.resolve(inner[Symbol.asyncDispose]())
  }

  #meet(isThere: boolean): void {
    this.#isThere = isThere
    this.#forget()
    this.#options.onConnected(isThere)
    this.#events?.onPeer(isThere)
  }

  #take(bytes: Uint8Array): void {
    const { limits, clock, room } = this.#options
    const { burstBytesMax: capacity, bytesPerSecondMax: refillTokens } = limits
    const now = clock.now()
    this.#bucket ??= new TokenBucket({ capacity, refillTokens }, now)
    if (!this.#bucket.take(now, bytes.length)) return this.#cut('it sends more than is read')
    const end = bytes.lastIndexOf(newline)
    const unfinished = end === -1 ? this.#unfinishedBytes + bytes.length : bytes.length - end - 1
    // What is over the longest line is dropped by whoever reads lines.
    const held = Math.min(unfinished, limits.lineBytesMax)
    this.#unfinishedBytes = held
    if (room.change(this.#countedBytes, held)) this.#countedBytes = held
    else if (held > unfinishedBytesFree) return this.#cut('its line does not end, and the room for such is full')
    this.#events?.onBytes(bytes)
  }

  #cut(why: string): void {
    const { clock, limits, onHeldOff, onConnected } = this.#options
    const { holdOffMs, holdOffMsMax } = limits
    const now = clock.now()
    // A machine that has been good for long begins anew.
    if (now >= after(this.#lastCutAt, 2 * holdOffMsMax)) this.#cuts = 0
    const pauseMs = Math.min(holdOffMsMax, holdOffMs * 2 ** Math.min(this.#cuts++, 20))
    this.#lastCutAt = now
    const wasThere = this.#isThere
    this.#close()
    if (wasThere) {
      onConnected(false)
      this.#events?.onPeer(false)
    }
    onHeldOff(true, why)
    this.#wake = clock.wakeAt(after(now, pauseMs), () => {
      // It was disposed of when this was due already.
      if (this.#wake === undefined) return
      this.#wake = undefined
      onHeldOff(false, '')
      this.#bucket = undefined
      this.#open()
    })
  }

  #forget(): void {
    this.#options.room.change(this.#countedBytes, 0)
    this.#countedBytes = 0
    this.#unfinishedBytes = 0
  }
}
