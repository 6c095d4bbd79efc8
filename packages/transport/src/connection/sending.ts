import type { Frame, Left } from '@flotilla/core/network/sessions'
import type { Compression } from '../frames/compression.ts'
import type { TransportLimits } from '../limits.ts'
import type { Link } from '../links.ts'
import { Outbox } from '../outbox/outbox.ts'
import type { Goodbye } from './goodbye.ts'
import type { Hello } from './hello.ts'

export interface SendingOptions {
  readonly link: Link
  readonly limits: TransportLimits
  readonly turnEnd: (run: () => void) => void
  /** Bytes were handed to the link, which had taken what it had before. */
  readonly onTaken: () => void
  /** All of a turn was sent, as far as there is room. */
  readonly onFlushed: () => void
}

/** The way out of a connection: what is sent in one turn of the event loop goes together, as the link takes it. */
export class Sending {
  bytesOut = 0
  #bytesOutAtRest = 0
  readonly #options: SendingOptions
  #outbox: Outbox
  #flushing = false
  #state: 'open' | 'ending' | 'ended' = 'open'

  constructor(options: SendingOptions) {
    this.#options = options
    this.#outbox = new Outbox()
  }

  get queuedBytes(): number {
    return this.#outbox.queuedBytes
  }

  get queuedFrames(): number {
    return this.#outbox.queuedFrames
  }

  get replyBytes(): number {
    return this.#outbox.replyBytes
  }

  get isWaiting(): boolean {
    return !this.#outbox.empty || this.#options.link.bufferedBytes > 0
  }

  /** More waits than may. */
  get isOverfull(): boolean {
    const { replyBytesMax, controlBytesMax, outboxBytesMax } = this.#options.limits
    const { replyBytes, controlBytes, queuedBytes } = this.#outbox
    return replyBytes > replyBytesMax || controlBytes > controlBytesMax || queuedBytes > outboxBytesMax
  }

  compressBy(compression: Compression | undefined): void {
    this.#outbox.compression = compression
  }

  hello(hello: Hello): void {
    this.#outbox.hello(hello)
    this.#flushSoon()
  }

  /** Gives back memory that was not needed since the last time. */
  rest(): void {
    if (this.#bytesOutAtRest === this.bytesOut) this.#outbox.rest()
    this.#bytesOutAtRest = this.bytesOut
  }

  beat(kind: 'ping' | 'pong', number: number): void {
    this.#outbox.beat(kind, number)
    this.#flushSoon()
  }

  push(frame: Frame, left: Left | undefined): void {
    this.#outbox.push(frame, left)
    this.#flushSoon()
  }

  /** Ends the link after this, which is the last that is said, and after what waits unless that is to be dropped. */
  end(goodbye: Goodbye | undefined, { drop }: { readonly drop: boolean }): void {
    if (drop) this.#outbox = new Outbox()
    if (goodbye !== undefined) this.#outbox.goodbye(goodbye)
    this.#state = 'ending'
    this.#flushSoon()
  }

  flush(): void {
    const { link, limits, onTaken, onFlushed } = this.#options
    if (this.#state === 'ended') return
    if (link.bufferedBytes === 0) this.#outbox.taken()
    if (!this.#outbox.empty && link.bufferedBytes <= limits.linkBufferedBytesLow) {
      onTaken()
      this.#outbox.flush(limits.writeBytesMax, (bytes) => {
        this.bytesOut += bytes.byteLength
        link.write(bytes)
      })
    }
    if (this.#state === 'open') {
      onFlushed()
    } else if (this.#outbox.empty) {
      this.#state = 'ended'
      return link.end()
    }
    // When the link took all at once it need not be waited for, but others have their turn first.
    if (!this.#outbox.empty && link.bufferedBytes <= limits.linkBufferedBytesLow) this.#flushSoon()
  }

  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    this.#options.turnEnd(() => {
      this.#flushing = false
      this.flush()
    })
  }
}
