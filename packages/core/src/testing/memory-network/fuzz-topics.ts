import { FlotillaError } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import type { Channel, Network, Publication } from '../../network/index.ts'
import type { Prng } from '../../random/index.ts'
import type { FuzzLedger } from './fuzz-ledger.ts'
import { idOf, intact, message } from './fuzz-message.ts'

export const fuzzTopics: readonly string[] = ['red', 'green', 'blue', 'grey']

interface Subscription {
  readonly topic: string
  readonly ending: Disposable
  wanted: boolean
  /** The id of the last publication from each node; later ones have higher ids. */
  readonly last: Map<NodeId, number>
}

/** What one life of a node publishes and subscribes to, over one channel after another. */
export class FuzzTopics {
  readonly #network: Network
  readonly #ledger: FuzzLedger
  /** Whether the node lives and is told of that peer as up. */
  readonly #hears: (peer: NodeId) => boolean
  #channel: Channel
  #subscriptions: Subscription[] = []

  constructor(network: Network, ledger: FuzzLedger, channel: Channel, hears: (peer: NodeId) => boolean) {
    this.#network = network
    this.#ledger = ledger
    this.#channel = channel
    this.#hears = hears
  }

  /** Its channel was closed and opened again. */
  reopened(channel: Channel): void {
    for (const subscription of this.#subscriptions) subscription.wanted = false
    this.#subscriptions = []
    this.#channel = channel
  }

  subscribesTo(topic: string): boolean {
    return this.#subscriptions.some((subscription) => subscription.topic === topic)
  }

  /** Returns how many peers were reached. */
  publish(topic: string, random: Prng): number {
    const length = random.between(8, this.#network.limits.messageBytesMax)
    const payload = message(this.#ledger.newId(), length)
    const reached = this.#channel.publish(topic, payload)
    payload.fill(0)
    const peers = this.#network.peers().length
    this.#ledger.expect(reached <= peers, `a publication was accepted for ${reached} peers of ${peers}`)
    return reached
  }

  /** Publishes, subscribes or ends a subscription. */
  act(random: Prng): void {
    const topic = random.pick(fuzzTopics)
    const draw = random.below(6)
    if (draw < 2) return this.#subscribe(topic)
    if (draw === 2) return this.#unsubscribe(random)
    for (let times = random.between(1, 12); times > 0; times--) this.publish(topic, random)
  }

  #subscribe(topic: string): void {
    const topics = new Set(this.#subscriptions.map((subscription) => subscription.topic))
    const full = !topics.has(topic) && topics.size === this.#network.limits.topicsSubscribedMax
    const taken: { subscription?: Subscription } = {}
    try {
      const ending = this.#channel.subscribe(topic, (publication) => this.#take(taken.subscription, publication))
      taken.subscription = { topic, ending, wanted: true, last: new Map() }
      this.#subscriptions.push(taken.subscription)
      this.#ledger.expect(!full, 'more topics are subscribed to than may be')
    } catch (error) {
      const refused = error instanceof FlotillaError && error.code === 'overloaded'
      this.#ledger.expect(refused && full, `a subscription failed with ${String(error)}`)
    }
  }

  #unsubscribe(random: Prng): void {
    if (this.#subscriptions.length === 0) return
    const [ended] = this.#subscriptions.splice(random.below(this.#subscriptions.length), 1)
    if (ended === undefined) return
    ended.wanted = false
    ended.ending[Symbol.dispose]()
  }

  #take(subscription: Subscription | undefined, { from, topic, payload }: Publication): void {
    const wanted = subscription?.wanted === true && subscription.topic === topic
    this.#ledger.expect(wanted, 'a publication came that nobody wants')
    this.#ledger.expect(this.#hears(from), 'a publication came at the wrong time')
    this.#ledger.expect(intact(payload), 'a publication is not intact')
    const id = idOf(payload)
    const last = subscription?.last.get(from) ?? 0
    this.#ledger.expect(id > last, `publication ${id} came after ${last}`)
    subscription?.last.set(from, id)
    this.#ledger.publicationsTaken++
    payload.fill(0)
  }
}
