import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Channel } from '@flotilla/core/network'
import type { Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import type { CallOptions, RaftErrorCode, ReadOptions } from '../group.ts'
import { parseGroupName } from '../group-name.ts'
import { raftLimitDefaults } from '../limits.ts'
import type { GroupClient, GroupClientOptions } from '../raft.ts'
import type { GroupName } from '../types.ts'
import { channelTopic, readPublication } from '../wire/topic.ts'
import type { CallBook } from './call-book.ts'
import { closedCall } from './call-errors.ts'
import { CandidateRoute } from './candidate-route.ts'
import { GroupCalls } from './group-calls.ts'

export interface GroupClientParts<Command, Result, Query, Answer> extends GroupClientOptions<
  Command,
  Result,
  Query,
  Answer
> {
  readonly book: CallBook
  readonly channel: Channel
  readonly clock: Clock
  readonly entropy: Entropy
  readonly self: NodeId
  readonly connected: () => readonly NodeId[]
  readonly isConnected: (peer: NodeId) => boolean
  readonly closed: () => void
}

/** A client of one group over a channel that others may use too. */
export function createGroupClient<Command, Result, Query, Answer>(
  parts: GroupClientParts<Command, Result, Query, Answer>,
): GroupClient<Command, Result, Query, Answer> {
  return new GroupClientHandle(parts)
}

class GroupClientHandle<Command, Result, Query, Answer> implements GroupClient<Command, Result, Query, Answer> {
  readonly name: GroupName
  readonly #parts: GroupClientParts<Command, Result, Query, Answer>
  readonly #calls: GroupCalls<Command, Result, Query, Answer>
  readonly #subscriptions = new Set<Disposable>()
  #closed = false

  constructor(parts: GroupClientParts<Command, Result, Query, Answer>) {
    this.#parts = parts
    this.name = parseGroupName(parts.group)
    const { book, clock, codecs, entropy, connected, members = connected, isConnected } = parts
    this.#calls = new GroupCalls({
      clock,
      book,
      codecs,
      route: new CandidateRoute(this.name, members, isConnected),
      drawKey: () => entropy.bytes(16),
      callTimeoutMs: parts.callTimeoutMs ?? raftLimitDefaults.callTimeoutMs,
      callsWaitingMax: parts.callsWaitingMax ?? raftLimitDefaults.callsWaitingMax,
      commandsInFlightMax: parts.commandsInFlightMax ?? raftLimitDefaults.resultsKeptMax,
    })
  }

  run(command: Command, options?: CallOptions): Promise<Result> {
    return this.#calls.run(command, options)
  }

  read(query: Query, options?: ReadOptions): Promise<Answer> {
    if (options?.consistency === undefined || options.consistency === 'linearizable') {
      return this.#calls.read(query, options)
    }
    return Promise.reject(
      new FlotillaError('not-a-member' satisfies RaftErrorCode, 'a client has no state of its own to read', {
        hint: 'read with consistency "linearizable", or on a member',
      }),
    )
  }

  subscribe(topic: string, take: (payload: Uint8Array) => void): Disposable {
    if (this.#closed) throw closedCall(this.name)
    const { channel } = this.#parts
    const subscription = channel.subscribe(channelTopic(this.name, topic), ({ payload }) => {
      const own = this.#read(payload, topic)
      if (own !== undefined) take(own)
    })
    this.#subscriptions.add(subscription)
    return {
      [Symbol.dispose]: () => {
        this.#subscriptions.delete(subscription)
        subscription[Symbol.dispose]()
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]()
    this.#calls.leave(closedCall(this.name))
    this.#parts.closed()
  }

  /** A publication that is malformed is one that got lost. */
  #read(publication: Uint8Array, topic: string): Uint8Array | undefined {
    try {
      return readPublication(publication, this.name, topic)
    } catch (error) {
      if (error instanceof ProtocolError) return undefined
      throw error
    }
  }
}
