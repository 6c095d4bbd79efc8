import { ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Channel } from '@flotilla/core/network'
import { silentLogger, type Logger } from '@flotilla/core/observe'
import { Prng } from '@flotilla/core/random'
import { drawBoot } from '../driver/boot-number.ts'
import type { GroupClient, GroupClientOptions, RaftClientOptions, RaftClients, RaftClientsOptions } from '../raft.ts'
import { readAnswers } from '../wire/answer-codec.ts'
import { ByteWriter } from '../wire/byte-writer.ts'
import type { Call, CallId } from '../wire/call.ts'
import { noticeKinds } from '../wire/notice-kind.ts'
import { CallBook, type Carrier } from './call-book.ts'
import { closedCall } from './call-errors.ts'
import { createGroupClient } from './group-client.ts'
import { OutgoingCalls } from './outgoing-calls.ts'
import type { Route } from './pending-call.ts'

/** Clients of any number of groups, for a node that is a member of none. */
export function createRaftClients(options: RaftClientsOptions): RaftClients {
  return new Clients(options)
}

/** A client of one group. A process that wants several uses `createRaftClients`, as a channel has one opener. */
export function createRaftClient<Command, Result, Query, Answer>(
  options: RaftClientOptions<Command, Result, Query, Answer>,
): GroupClient<Command, Result, Query, Answer> {
  const clients = new Clients(options)
  return clients.client(options, () => void clients[Symbol.asyncDispose]())
}

class Clients implements RaftClients, Carrier {
  readonly #options: RaftClientsOptions
  readonly #logger: Logger
  readonly #channel: Channel
  readonly #book: CallBook
  readonly #calls: OutgoingCalls
  readonly #connected = new Set<NodeId>()
  readonly #clients = new Set<AsyncDisposable>()
  #scheduled = false
  #closing: Promise<void> | undefined

  constructor(options: RaftClientsOptions) {
    this.#options = options
    this.#logger = options.logger ?? silentLogger
    const { network, clock, entropy } = options
    const boot = drawBoot(entropy)
    this.#book = new CallBook({ clock, prng: new Prng(boot), boot, carrier: this })
    this.#calls = new OutgoingCalls(boot, new ByteWriter(), network.limits.messageBytesMax)
    this.#channel = network.open(options.channel ?? 'raft', {
      peer: ({ type, peer }) => {
        if (type === 'up') this.#up(peer)
        else this.#down(peer)
      },
      notice: (from, notice) => this.#notice(from, notice),
    })
  }

  client<Command, Result, Query, Answer>(
    options: GroupClientOptions<Command, Result, Query, Answer>,
    closed: () => void = () => {},
  ): GroupClient<Command, Result, Query, Answer> {
    const { network, clock, entropy } = this.#options
    const client = createGroupClient({
      ...options,
      clock,
      entropy,
      book: this.#book,
      channel: this.#channel,
      self: network.self,
      connected: () => [...this.#connected],
      isConnected: (peer) => this.#connected.has(peer),
      closed: () => {
        this.#clients.delete(client)
        closed()
      },
    })
    this.#clients.add(client)
    return client
  }

  carry(to: NodeId, route: Route, id: CallId, call: Call): boolean {
    if (!this.#connected.has(to)) return false
    this.#calls.add(to, { group: route.group, id, call })
    if (this.#scheduled) return true
    this.#scheduled = true
    const { afterTurn = queueMicrotask } = this.#options
    afterTurn(() => {
      this.#scheduled = false
      this.#calls.flush(this.#channel)
    })
    return true
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    for (const client of Array.from(this.#clients)) await client[Symbol.asyncDispose]()
    // What they said last leaves before the channel is closed.
    this.#calls.flush(this.#channel)
    this.#book.fail(closedCall('any'))
    await this.#channel[Symbol.asyncDispose]()
  }

  #up(peer: NodeId): void {
    this.#connected.add(peer)
    this.#book.nudge()
  }

  #down(peer: NodeId): void {
    this.#connected.delete(peer)
    this.#calls.forget(peer)
    this.#book.peerDown(peer)
  }

  #notice(from: NodeId, notice: Uint8Array): void {
    if (notice[0] !== noticeKinds.answers) return
    try {
      this.#book.answered(from, readAnswers(notice))
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#logger.warn({ err: error, peer: from }, 'a notice of answers was malformed')
    }
  }
}
