import { isName } from '../limits.ts'
import type { Publications } from './publications.ts'
import type { SessionContext } from './session-context.ts'
import { unexpected } from './unexpected.ts'

/** What the peer of one connection subscribes to: at most `topicsSubscribedMax` topics. */
export class PeerTopics {
  readonly #context: SessionContext
  readonly #publications: Publications
  readonly #channels = new Map<string, Set<string>>()
  /** 0 <= count <= topicsSubscribedMax, the topics of all channels */
  #count = 0

  constructor(context: SessionContext, publications: Publications) {
    this.#context = context
    this.#publications = publications
  }

  get count(): number {
    return this.#count
  }

  subscribe(channel: string, topic: string): void {
    if (!this.#isOurs(channel, topic)) return
    const { peer, limits, subscribers } = this.#context
    const topics = this.#channels.get(channel) ?? new Set()
    if (topics.has(topic)) throw unexpected(peer, 'subscribes to a topic twice')
    if (this.#count >= limits.topicsSubscribedMax) {
      throw unexpected(
        peer,
        `subscribes to more topics than topicsSubscribedMax, which is ${limits.topicsSubscribedMax}`,
      )
    }
    this.#count++
    this.#channels.set(channel, topics.add(topic))
    subscribers.add(channel, topic, this.#publications)
  }

  unsubscribe(channel: string, topic: string): void {
    if (!this.#isOurs(channel, topic)) return
    const { peer, subscribers } = this.#context
    const topics = this.#channels.get(channel)
    if (topics === undefined || !topics.delete(topic))
      throw unexpected(peer, 'ends a subscription that it does not have')
    this.#count--
    if (topics.size === 0) this.#channels.delete(channel)
    subscribers.remove(channel, topic, this.#publications)
  }

  /** The connection is gone. */
  stop(): void {
    for (const [channel, topics] of this.#channels) {
      for (const topic of topics) this.#context.subscribers.remove(channel, topic, this.#publications)
    }
    this.#channels.clear()
    this.#count = 0
  }

  /** Names that are longer than ours may be are a matter between the peer and others: nobody here publishes to them. */
  #isOurs(channel: string, topic: string): boolean {
    const { peer, limits } = this.#context
    if (!isName(channel, Infinity) || !isName(topic, Infinity)) throw unexpected(peer, 'subscribes to what is no name')
    return channel.length <= limits.channelNameLengthMax && topic.length <= limits.topicNameLengthMax
  }
}
