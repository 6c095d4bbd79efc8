import { FlotillaError } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import { validateNetworkLimits, type Network, type NetworkLimits } from '../../network/index.ts'
import type { Clock } from '../../time/index.ts'
import { Connection } from './connection.ts'
import { SessionNetwork, type HandlerFailure } from '../../network/sessions/index.ts'
import { directWire, type Wire } from './wire.ts'

export interface MemoryHubOptions {
  /** Counts the deadlines of requests; nothing else takes time here. */
  readonly clock: Clock
  /** Decides the fate of each frame. By default all arrive, in order, as soon as the sender's call has returned. */
  readonly wire?: Wire
  readonly limits?: Partial<NetworkLimits>
  /** Whether a node that joins is connected with everyone at once. Default true. */
  readonly connectOnJoin?: boolean
  /** Told of each failure of a handler that was not meant for the far side. By default it is thrown, uncaught. */
  readonly onHandlerError?: (failure: HandlerFailure) => void
}

/** Where a node differs from its hub. */
export interface JoinOptions {
  readonly clock?: Clock
  readonly limits?: Partial<NetworkLimits>
  /**
   * Lets the node see that a connection was made or broke: at once, unless told otherwise. A simulator that pauses the
   * node's process keeps these, in order, until it goes on.
   */
  readonly whenRunning?: (see: () => void) => void
}

/** Disposing it closes its network, and its peers see it down; after a crash that does nothing. */
export interface MemoryNode extends AsyncDisposable {
  readonly network: Network
  /**
   * Its process is gone at once. None of its handlers is called any more, none of its promises settles, as code that
   * does not run any more does not see them settle (only disposing still resolves). Its peers notice nothing until the
   * hub disconnects them from it, or until a node joins under the same id and is connected.
   */
  crash(): void
}

export interface MemoryHub {
  /** A new process under an id that no living node has. */
  join(id: NodeId, options?: JoinOptions): MemoryNode
  /**
   * Connects two living nodes, unless they are connected. A connection to an earlier life of one of them breaks first.
   */
  connect(one: NodeId, other: NodeId): void
  /** Breaks the connection of these two, or all of `one`, if there are any; those that live see each other down. */
  disconnect(one: NodeId, other?: NodeId): void
}

/** Nodes that are connected in memory. It is as deterministic as its wire and its clock. */
export function memoryHub(options: MemoryHubOptions): MemoryHub {
  const { wire = directWire(), connectOnJoin = true, onHandlerError = throwUncaught } = options
  const hubLimits = validateNetworkLimits(options.limits)
  const living = new Map<NodeId, SessionNetwork>()
  const connections = new Connections(wire)

  const join = (id: NodeId, own: JoinOptions = {}): MemoryNode => {
    if (living.has(id)) throw new FlotillaError('in-use', `node ${id} has joined already`)
    const clock = own.clock ?? options.clock
    const limits = validateNetworkLimits({ ...hubLimits, ...own.limits })
    const whenRunning = own.whenRunning ?? ((see) => see())
    const network = new SessionNetwork({ self: id, limits, clock, whenRunning, onHandlerError })
    const others = [...living.values()]
    living.set(id, network)
    if (connectOnJoin) for (const other of others) connections.connect(network, other)
    const leave = (stop: () => void): void => {
      if (!network.running) return
      stop()
      living.delete(id)
    }
    return {
      network,
      crash: () => leave(() => network.crash()),
      [Symbol.asyncDispose]() {
        leave(() => {
          network.close()
          connections.disconnect(id)
        })
        return Promise.resolve()
      },
    }
  }
  const member = (id: NodeId): SessionNetwork => {
    const network = living.get(id)
    if (network !== undefined) return network
    throw new FlotillaError('not-found', `no living node is called ${id}`, { hint: 'let it join before' })
  }
  return {
    join,
    connect: (one, other) => connections.connect(member(one), member(other)),
    disconnect: (one, other) => connections.disconnect(one, other),
  }
}

/** All connections of a hub, at most one for each two ids, also when one end of it is dead. */
class Connections {
  readonly #wire: Wire
  readonly #all = new Map<NodeId, Map<NodeId, Connection>>()

  constructor(wire: Wire) {
    this.#wire = wire
  }

  connect(one: SessionNetwork, other: SessionNetwork): void {
    if (one === other) throw new FlotillaError('in-use', `node ${one.self} cannot be connected with itself`)
    const present = this.#all.get(one.self)?.get(other.self)
    if (present?.ends.includes(one) && present.ends.includes(other)) return
    this.disconnect(one.self, other.self)
    const connection = new Connection(this.#wire, [one, other])
    this.#of(one.self).set(other.self, connection)
    this.#of(other.self).set(one.self, connection)
    one.connected(other.self, 0, connection.sender(one, other))
    other.connected(one.self, 1, connection.sender(other, one))
  }

  disconnect(one: NodeId, other?: NodeId): void {
    const peers = other === undefined ? [...this.#of(one).keys()] : [other]
    for (const peer of peers) {
      const connection = this.#of(one).get(peer)
      this.#of(one).delete(peer)
      this.#of(peer).delete(one)
      connection?.break()
    }
  }

  #of(id: NodeId): Map<NodeId, Connection> {
    const known = this.#all.get(id)
    if (known !== undefined) return known
    const none = new Map<NodeId, Connection>()
    this.#all.set(id, none)
    return none
  }
}

function throwUncaught(failure: HandlerFailure): void {
  queueMicrotask(() => {
    throw failure.error
  })
}
