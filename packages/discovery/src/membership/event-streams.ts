import { FlotillaError } from '@flotilla/core/errors'
import { BoundedQueue } from '@flotilla/core/machines'
import type { MembershipEvent } from '../member.ts'

export interface EventStreamsSettings {
  readonly eventsQueuedMax: number
  readonly eventReadersMax: number
}

interface Reader {
  readonly queue: BoundedQueue<MembershipEvent>
  /** Called when there is something new, or nothing any more. */
  wake: () => void
}

/**
 * One event for many readers, each at its own pace. A reader that falls too far behind loses what waits for it and
 * reads `overflow` instead, so that it knows to look at all members anew.
 */
export class EventStreams {
  readonly #settings: EventStreamsSettings
  readonly #readers = new Set<Reader>()
  #isClosed = false

  constructor(settings: EventStreamsSettings) {
    this.#settings = settings
  }

  push(event: MembershipEvent): void {
    for (const { queue, wake } of this.#readers) {
      if (queue.size >= this.#settings.eventsQueuedMax) {
        queue.clear()
        queue.push({ type: 'overflow' })
      }
      queue.push(event)
      wake()
    }
  }

  /** What waits is still read, then every reader ends. */
  close(): void {
    this.#isClosed = true
    for (const { wake } of this.#readers) wake()
  }

  /** Events from now on, until the reader stops, the signal aborts, or `close`. */
  open(signal?: AbortSignal): AsyncIterableIterator<MembershipEvent, undefined> {
    const { eventsQueuedMax, eventReadersMax } = this.#settings
    if (this.#readers.size >= eventReadersMax) {
      throw new FlotillaError('overloaded', `${eventReadersMax} readers of events are open (eventReadersMax)`, {
        hint: 'end one of them first, by leaving its loop or by its signal',
      })
    }
    const queue = new BoundedQueue<MembershipEvent>({ capacity: eventsQueuedMax + 1, whenFull: 'drop-oldest' })
    const reader: Reader = { queue, wake: () => {} }
    this.#readers.add(reader)
    const stop = (): void => {
      this.#readers.delete(reader)
      signal?.removeEventListener('abort', stop)
      reader.wake()
    }
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted === true) stop()
    return this.#iterator(reader, stop)
  }

  #iterator(reader: Reader, stop: () => void): AsyncIterableIterator<MembershipEvent, undefined> {
    const isOver = (): boolean => this.#isClosed || !this.#readers.has(reader)
    const read = async (): Promise<IteratorResult<MembershipEvent, undefined>> => {
      for (;;) {
        const event = this.#readers.has(reader) ? reader.queue.shift() : undefined
        if (event !== undefined) return { done: false, value: event }
        if (isOver()) {
          stop()
          return { done: true, value: undefined }
        }
        await new Promise<void>((resolve) => (reader.wake = resolve))
      }
    }
    /** Calls that overlap take their turns. */
    let turn: Promise<unknown> = Promise.resolve()
    return {
      [Symbol.asyncIterator]() {
        return this
      },
      next() {
        const mine = turn.then(read)
        turn = mine
        return mine
      },
      return() {
        stop()
        return Promise.resolve({ done: true, value: undefined })
      },
    }
  }
}
