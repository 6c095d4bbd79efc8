import type { Left, SendFrame } from './session-context.ts'

/** A topic that is subscribed to here, from its first subscriber to its last; the next first one makes another. */
export interface LocalTopic {
  readonly channel: string
  readonly name: string
}

/** At most so many subscribe and unsubscribe frames are handed over and have not left. */
const announcementsUnsentMax = 256

/**
 * Tells one peer which topics are subscribed to here. What changes faster than it can be told is not told: a topic that
 * came and went before its turn is left out, so that never more waits than topics can be subscribed to.
 */
export class Announcements {
  readonly #send: SendFrame
  readonly #toStart = new Set<LocalTopic>()
  /** Told as started, and to be told as ended. That comes first: else the peer would count more than there ever are. */
  readonly #toEnd = new Set<LocalTopic>()
  #unsent = 0

  constructor(send: SendFrame) {
    this.#send = send
  }

  start(topic: LocalTopic): void {
    this.#toStart.add(topic)
    this.#tell()
  }

  end(topic: LocalTopic): void {
    if (this.#toStart.delete(topic)) return
    this.#toEnd.add(topic)
    this.#tell()
  }

  /** The connection is gone: nothing is sent any more. */
  stop(): void {
    this.#toStart.clear()
    this.#toEnd.clear()
  }

  #tell(): void {
    this.#tellSome('unsubscribe', this.#toEnd)
    this.#tellSome('subscribe', this.#toStart)
  }

  #tellSome(kind: 'subscribe' | 'unsubscribe', topics: Set<LocalTopic>): void {
    for (const topic of topics) {
      if (this.#unsent >= announcementsUnsentMax) return
      topics.delete(topic)
      this.#unsent++
      this.#send({ kind, channel: topic.channel, topic: topic.name }, this.#left)
    }
  }

  readonly #left: Left = (frames) => {
    this.#unsent -= frames
    this.#tell()
  }
}
