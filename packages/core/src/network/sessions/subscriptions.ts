import type { NodeId } from '../../ids/index.ts'
import type { NetworkLimits } from '../limits.ts'
import type { Publication } from '../network.ts'
import type { Allowance } from './allowance.ts'
import type { LocalTopic } from './announcements.ts'
import { overloaded, type HandlerFailure } from './failure.ts'
import type { Session } from './session.ts'

type Take = (publication: Publication) => void

interface SubscribedTopic extends LocalTopic {
  /** Replaced, never changed, so that it can be gone through while subscribers come and go. Never empty. */
  takers: readonly Taker[]
}

interface Taker {
  readonly take: Take
  /** False once it was disposed. */
  wanted: boolean
}

/** What the subscriptions of a channel need of its node. */
export interface SubscriptionsHost {
  readonly limits: NetworkLimits
  readonly sessions: ReadonlyMap<NodeId, Session>
  /** Of the topics of all channels of the node. */
  readonly topics: Allowance
  report(failure: Omit<HandlerFailure, 'node'>): void
}

/** Who subscribes here to the topics of one channel. */
export class Subscriptions {
  readonly #host: SubscriptionsHost
  readonly #channel: string
  readonly #topics = new Map<string, SubscribedTopic>()

  constructor(host: SubscriptionsHost, channel: string) {
    this.#host = host
    this.#channel = channel
  }

  add(name: string, take: Take): Disposable {
    const topic = this.#topics.get(name) ?? this.#start(name)
    const taker = { take, wanted: true }
    topic.takers = [...topic.takers, taker]
    return {
      [Symbol.dispose]: () => {
        if (!taker.wanted) return
        taker.wanted = false
        topic.takers = topic.takers.filter((other) => other !== taker)
        if (topic.takers.length === 0) this.#end(topic)
      },
    }
  }

  deliver(from: NodeId, name: string, payload: Uint8Array): void {
    const takers = this.#topics.get(name)?.takers ?? []
    for (let index = 0; index < takers.length; index++) {
      const taker = takers[index]
      if (taker === undefined || !taker.wanted) continue
      // Each may do with the bytes what it likes; the last one gets those that came.
      const own = index === takers.length - 1 ? payload : new Uint8Array(payload)
      try {
        taker.take({ from, topic: name, payload: own })
      } catch (error) {
        this.#host.report({ channel: this.#channel, handler: 'publication', peer: from, error })
      }
    }
  }

  /** Tells a new connection of all of them. */
  announceTo(session: Session): void {
    for (const topic of this.#topics.values()) session.announcements.start(topic)
  }

  /** Ends all of them. */
  close(): void {
    for (const topic of this.#topics.values()) {
      for (const taker of topic.takers) taker.wanted = false
      this.#end(topic)
    }
  }

  #start(name: string): SubscribedTopic {
    const { topics, limits, sessions } = this.#host
    if (!topics.take()) {
      throw overloaded('too many topics are subscribed to', 'topicsSubscribedMax', limits.topicsSubscribedMax)
    }
    const topic: SubscribedTopic = { channel: this.#channel, name, takers: [] }
    this.#topics.set(name, topic)
    for (const session of sessions.values()) session.announcements.start(topic)
    return topic
  }

  #end(topic: SubscribedTopic): void {
    const { topics, sessions } = this.#host
    this.#topics.delete(topic.name)
    topics.give()
    for (const session of sessions.values()) session.announcements.end(topic)
  }
}
