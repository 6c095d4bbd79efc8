import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Channel, ChannelHandlers, IncomingRequest, Network, RequestOptions } from '@flotilla/core/network'
import { withHeader, withoutHeader } from './followed-header.ts'
import type { RequestContext } from './request-contexts.ts'
import type { Tracing } from './tracing.ts'

/** Of the channels that carry followed requests; another header would be another one. */
const suffix = '+followed1'
/** Whether there is such a channel. No followed request is as short. */
const probe = new Uint8Array()

/**
 * A network on which requests that are sent for somebody's request say for whose, so that the other node's log lines
 * and spans say the same. They go over a second channel beside the first, with a header; a node that has no such
 * channel, as an older one, is asked as ever: that is found out by a question of its own, as a request that was refused
 * may have been begun, and must not be sent twice. What nobody's request is the cause of, as most of
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
  /** Whether those have such a channel that were asked since they are connected. */
  readonly #found = new Map<NodeId, boolean>()

  constructor(network: Network, name: string, handlers: ChannelHandlers, tracing: Tracing) {
    this.#name = name
    this.#tracing = tracing
    this.#messageBytesMax = network.limits.messageBytesMax
    this.#plain = network.open(name, handlers)
    const { request } = handlers
    const answered = request && { request: (incoming: IncomingRequest) => this.#answer(incoming, request) }
    this.#followed = network.open(`${name}${suffix}`, {
      peer: ({ peer }) => void this.#found.delete(peer),
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
    const { clock } = this.#tracing
    const begunAt = clock.now()
    const isFollowed = fits && (this.#found.get(to) ?? (await this.#find(to, options)))
    const timeoutMs = Math.max(1, Math.ceil(options.timeoutMs - (clock.now() - begunAt)))
    // Whatever comes of it, it is asked once.
    return isFollowed
      ? await this.#followed.request(to, followed, { ...options, timeoutMs })
      : await this.#plain.request(to, payload, { ...options, timeoutMs })
  }

  async #find(to: NodeId, options: RequestOptions): Promise<boolean> {
    let isFound = true
    try {
      await this.#followed.request(to, probe, options)
    } catch (error) {
      if (!(error instanceof FlotillaError) || error.code !== 'not-served') throw error
      isFound = false
    }
    this.#found.set(to, isFound)
    return isFound
  }

  async #answer(
    incoming: IncomingRequest,
    request: (incoming: IncomingRequest) => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    if (incoming.payload.length === 0) return probe
    const { payload, ...asked } = withoutHeader(incoming.payload)
    const { from, signal } = incoming
    return await this.#tracing.answering(this.#name, from, asked, () => request({ from, payload, signal }))
  }
}
