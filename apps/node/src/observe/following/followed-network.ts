import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Channel, ChannelHandlers, IncomingRequest, Network, RequestOptions } from '@flotilla/core/network'
import { withHeader, withoutHeader } from './followed-header.ts'
import type { RequestContext } from './request-contexts.ts'
import type { Tracing } from './tracing.ts'

/** Of the channels that carry followed requests; another header would be another one. */
const suffix = '+followed1'

/**
 * A network on which requests that are sent for somebody's request say for whose, so that the other node's log lines
 * and spans say the same. They go over a second channel beside the first, with a header; a node that has no such
 * channel, as an older one, refuses them unseen, and is asked as ever. What nobody's request is the cause of, as most of
 * what nodes tell each other, goes as it always did.
 */
export function followedNetwork(network: Network, tracing: Tracing): Network {
  return {
    self: network.self,
    limits: network.limits,
    peers: () => network.peers(),
    open: (name, handlers) => new FollowedChannel(network, name, handlers, tracing).channel,
  }
}

class FollowedChannel {
  readonly channel: Channel
  readonly #name: string
  readonly #plain: Channel
  readonly #followed: Channel
  readonly #tracing: Tracing
  readonly #messageBytesMax: number
  /** Those that were asked in vain since they are connected. */
  readonly #without = new Set<NodeId>()

  constructor(network: Network, name: string, handlers: ChannelHandlers, tracing: Tracing) {
    this.#name = name
    this.#tracing = tracing
    this.#messageBytesMax = network.limits.messageBytesMax
    this.#plain = network.open(name, handlers)
    const { request } = handlers
    const answered = request && { request: (incoming: IncomingRequest) => this.#answer(incoming, request) }
    this.#followed = network.open(`${name}${suffix}`, {
      peer: ({ peer }) => void this.#without.delete(peer),
      ...answered,
    })
    const plain = this.#plain
    this.channel = {
      notify: (to, payload) => plain.notify(to, payload),
      publish: (topic, payload) => plain.publish(topic, payload),
      subscribe: (topic, take) => plain.subscribe(topic, take),
      request: (to, payload, options) => this.#request(to, payload, options),
      openStream: (to, options) => plain.openStream(to, options),
      [Symbol.asyncDispose]: async () => {
        await plain[Symbol.asyncDispose]()
        await this.#followed[Symbol.asyncDispose]()
      },
    }
  }

  #request(to: NodeId, payload: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    if (this.#tracing.contexts.current === undefined) return this.#plain.request(to, payload, options)
    return this.#tracing.asking(this.#name, to, (context) => this.#ask(to, payload, options, context))
  }

  async #ask(to: NodeId, payload: Uint8Array, options: RequestOptions, context: RequestContext): Promise<Uint8Array> {
    const followed = withHeader(context, payload)
    const fits = followed.length <= this.#messageBytesMax
    if (!fits || this.#without.has(to)) return await this.#plain.request(to, payload, options)
    try {
      return await this.#followed.request(to, followed, options)
    } catch (error) {
      // No handler ran, so it may be asked again.
      if (!(error instanceof FlotillaError) || error.code !== 'not-served') throw error
      this.#without.add(to)
      return await this.#plain.request(to, payload, options)
    }
  }

  async #answer(
    incoming: IncomingRequest,
    request: (incoming: IncomingRequest) => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    const { payload, ...asked } = withoutHeader(incoming.payload)
    const { from, signal } = incoming
    return await this.#tracing.answering(this.#name, from, asked, () => request({ from, payload, signal }))
  }
}
