import { after, type Clock } from '@flotilla/core/time'
import type { EventStream } from '../http/event-stream.ts'
import { nodeLimitsDefaults } from '../limits.ts'

/**
 * What is on its way to one who watches: of each topic the newest, however many there were while it did not read. Who
 * does not read for too long is cut off.
 */
export class LiveReader {
  readonly #events: EventStream
  readonly #clock: Clock
  /** The one that waits longest first; at most one for each topic. */
  readonly #waiting = new Map<string, string>()
  #wake: (() => void) | undefined
  #end: (() => void) | undefined

  constructor(events: EventStream, clock: Clock) {
    this.#events = events
    this.#clock = clock
  }

  /** How many topics have something that was not sent. */
  get waiting(): number {
    return this.#waiting.size
  }

  news(topic: string, json: string): void {
    this.#waiting.set(topic, json)
    this.#wake?.()
  }

  /** Sends until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#end?.(), { once: true })
    while (!signal.aborted) {
      const [first] = this.#waiting
      if (first === undefined) {
        await this.#unlessAborted(this.#more())
        continue
      }
      const [topic, json] = first
      this.#waiting.delete(topic)
      this.#events.sendText(json)
      await this.#taken()
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve))
  }

  /**
   * Not a race with a promise that lasts as long as the stream: that would keep something of each race until its end,
   * and a page may be open for days.
   */
  #unlessAborted(awaited: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      this.#end = resolve
      void awaited.then(resolve)
    })
  }

  /** What is cut off aborts the stream's signal, so that nobody waits for ever. */
  async #taken(): Promise<void> {
    const end = after(this.#clock.now(), nodeLimitsDefaults.liveSilenceMsMax)
    using _deadline = this.#clock.wakeAt(end, () => this.#events.cut())
    await this.#unlessAborted(this.#events.drained())
  }
}
