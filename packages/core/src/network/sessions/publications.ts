import { BoundedQueue } from '../../machines/index.ts'
import type { NetworkLimits } from '../index.ts'
import type { Frame } from './frame.ts'
import type { Left, SendFrame } from './session-context.ts'

type PublicationFrame = Frame & { readonly kind: 'publication' }

/** At most so many are handed over for sending and have not left. What was handed over cannot be dropped any more. */
const handedFramesMax = 4_096
/** At most so many bytes of payload are handed over and have not left, unless it is a single publication. */
const handedBytesMax = 2 ** 20

/** Our publications to one peer: what does not leave in time waits, and the oldest of that gives way to the newest. */
export class Publications {
  readonly #send: SendFrame
  readonly #handedFramesMax: number
  readonly #waitingBytesMax: number
  readonly #waitingMax: number
  /** Owns its payloads. Empty unless as much is handed over as may be. */
  readonly #waiting: BoundedQueue<PublicationFrame>
  /** Bytes of payload that wait: <= waitingBytesMax. */
  #waitingBytes = 0
  #handedFrames = 0
  #handedBytes = 0
  #dropped = 0
  #stopped = false

  constructor(limits: NetworkLimits, send: SendFrame) {
    this.#send = send
    this.#waitingMax = limits.publicationsQueuedMax
    this.#waitingBytesMax = limits.messageBytesHeldMax
    this.#handedFramesMax = Math.min(handedFramesMax, limits.publicationsQueuedMax)
    this.#waiting = new BoundedQueue({ capacity: limits.publicationsQueuedMax, whenFull: 'refuse' })
  }

  /** How many have given way. */
  get dropped(): number {
    return this.#dropped
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** The payload is the caller's again when this returns. */
  publish(channel: string, topic: string, payload: Uint8Array): void {
    if (this.#waiting.size === 0 && this.#mayHand(payload.byteLength)) {
      this.#hand({ kind: 'publication', channel, topic, payload })
    } else {
      this.#wait({ kind: 'publication', channel, topic, payload: new Uint8Array(payload) })
    }
  }

  /** The connection is gone: nothing is sent any more. */
  stop(): void {
    this.#stopped = true
    this.#waiting.clear()
    this.#waitingBytes = 0
  }

  #wait(frame: PublicationFrame): void {
    const bytes = frame.payload.byteLength
    while (this.#waiting.size === this.#waitingMax || this.#waitingBytes + bytes > this.#waitingBytesMax) {
      const oldest = this.#waiting.shift()
      if (oldest === undefined) break // No message is longer than what may wait.
      this.#waitingBytes -= oldest.payload.byteLength
      this.#dropped++
    }
    this.#waiting.push(frame)
    this.#waitingBytes += bytes
    this.#pump() // A long one may have given way before which shorter ones waited.
  }

  #mayHand(bytes: number): boolean {
    if (this.#handedFrames === 0) return true
    return this.#handedFrames < this.#handedFramesMax && this.#handedBytes + bytes <= handedBytesMax
  }

  #hand(frame: PublicationFrame): void {
    this.#handedFrames++
    this.#handedBytes += frame.payload.byteLength
    this.#send(frame, this.#left)
  }

  /** One function for all, as there are hundreds of thousands in a second. */
  readonly #left: Left = (frames, payloadBytes) => {
    this.#handedFrames -= frames
    this.#handedBytes -= payloadBytes
    if (!this.#stopped) this.#pump()
  }

  #pump(): void {
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      if (!this.#mayHand(next.payload.byteLength)) return
      this.#waiting.shift()
      this.#waitingBytes -= next.payload.byteLength
      this.#hand(next)
    }
  }
}
