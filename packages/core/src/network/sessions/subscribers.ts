import type { Publications } from './publications.ts'

/**
 * Which peers subscribe to what, by channel and topic, also while the channel is not open here. Each peer has few
 * entries, as its own `PeerTopics` sees to.
 */
export class Subscribers {
  /** No list and no map in it is empty. Lists are replaced, never changed, so that one can be gone through in peace. */
  readonly #channels = new Map<string, Map<string, readonly Publications[]>>()

  of(channel: string, topic: string): readonly Publications[] | undefined {
    return this.#channels.get(channel)?.get(topic)
  }

  add(channel: string, topic: string, peer: Publications): void {
    const topics = this.#channels.get(channel) ?? new Map<string, readonly Publications[]>()
    this.#channels.set(channel, topics)
    topics.set(topic, [...(topics.get(topic) ?? []), peer])
  }

  remove(channel: string, topic: string, peer: Publications): void {
    const topics = this.#channels.get(channel)
    const others = topics?.get(topic)?.filter((other) => other !== peer)
    if (topics === undefined || others === undefined) return
    if (others.length > 0) return void topics.set(topic, others)
    topics.delete(topic)
    if (topics.size === 0) this.#channels.delete(channel)
  }
}
