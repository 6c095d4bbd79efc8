import { assert, InvariantError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Channel, ChannelHandlers, Network, NetworkLimits } from '@flotilla/core/network'

export interface NeighbourNetworkOptions {
  /** Where everybody is connected with everybody. */
  readonly network: Network
  readonly self: NodeId
  /** By their ids in `network`, those they are to have here. */
  readonly neighbours: ReadonlyMap<NodeId, NodeId>
}

/**
 * A network of which only some are neighbours, under the ids of their keys: simulated hosts are all connected, and
 * nobody has a key for their ids. Notices only.
 */
export class NeighbourNetwork implements Network {
  readonly self: NodeId
  readonly limits: NetworkLimits
  readonly #network: Network
  readonly #neighbours: ReadonlyMap<NodeId, NodeId>
  readonly #hosts: ReadonlyMap<NodeId, NodeId>
  readonly #banned = new Set<NodeId>()
  /** Those that the one opener was told of as up. */
  readonly #up = new Set<NodeId>()
  #handlers: ChannelHandlers = {}

  constructor({ network, self, neighbours }: NeighbourNetworkOptions) {
    this.#network = network
    this.self = self
    this.limits = network.limits
    this.#neighbours = neighbours
    this.#hosts = new Map([...neighbours].map(([host, key]) => [key, host]))
  }

  peers(): readonly NodeId[] {
    return [...this.#up]
  }

  /** Is not heard any more, for the rest of this life. */
  ban(peer: NodeId): void {
    this.#banned.add(peer)
    if (this.#up.delete(peer)) queueMicrotask(() => this.#handlers.peer?.({ type: 'down', peer }))
  }

  open(name: string, handlers: ChannelHandlers): Channel {
    this.#handlers = handlers
    const channel = this.#network.open(name, {
      peer: ({ type, peer }) => {
        const key = this.#known(peer)
        if (key === undefined || (type === 'up') === this.#up.has(key)) return
        if (type === 'up') this.#up.add(key)
        else this.#up.delete(key)
        handlers.peer?.({ type, peer: key })
      },
      notice: (from, payload) => {
        const key = this.#known(from)
        if (key !== undefined) handlers.notice?.(key, payload)
      },
    })
    return {
      notify: (to, payload) => {
        const host = this.#hosts.get(to)
        assert(host !== undefined, 'only neighbours are talked to')
        return !this.#banned.has(to) && channel.notify(host, payload)
      },
      request: notThere,
      openStream: notThere,
      publish: notThere,
      subscribe: notThere,
      [Symbol.asyncDispose]: () => channel[Symbol.asyncDispose](),
    }
  }

  #known(host: NodeId): NodeId | undefined {
    const key = this.#neighbours.get(host)
    return key === undefined || this.#banned.has(key) ? undefined : key
  }
}

function notThere(): never {
  throw new InvariantError('broken invariant: broadcasts are notices')
}
