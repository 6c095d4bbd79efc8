import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { GroupCalls } from '../client/group-calls.ts'
import type { Route } from '../client/pending-call.ts'
import type { CallOptions, Group, GroupStatus, MemberStatus, RaftErrorCode, ReadOptions } from '../group.ts'
import type { MachineCodecs } from '../state-machine.ts'
import type { Configuration, GroupName } from '../types.ts'
import { channelTopic, writePublication } from '../wire/topic.ts'
import type { Call } from '../wire/call.ts'
import type { GroupDriver, GroupListener } from './group-driver.ts'
import { LocalTopics } from './local-topics.ts'
import type { NodeRuntime } from './node-runtime.ts'
import { settleMembers } from './settling.ts'
import { StatusWatch } from './status-watch.ts'

export interface GroupHandleOptions<Command, Result, Query, Answer> {
  readonly node: NodeRuntime
  readonly name: GroupName
  readonly codecs: MachineCodecs<Command, Result, Query, Answer>
  readonly drawKey: () => Uint8Array
  readonly driver: (listener: GroupListener) => GroupDriver
  /** The group is not open here any more. */
  readonly closed: () => void
  /** Nor on the disk. */
  readonly removed: () => void
}

/** What a program holds of a group that this node is a member of. */
export class GroupHandle<Command, Result, Query, Answer> implements Group<Command, Result, Query, Answer>, Route {
  readonly name: GroupName
  readonly group: GroupName
  readonly driver: GroupDriver
  readonly #node: NodeRuntime
  readonly #codecs: MachineCodecs<Command, Result, Query, Answer>
  readonly #calls: GroupCalls<Command, Result, Query, Answer>
  readonly #topics = new LocalTopics()
  readonly #watch: StatusWatch
  readonly #closed: () => void
  readonly #removed: () => void
  /** What another member said of who leads, while this one knows nothing newer. */
  #hint: NodeId | undefined
  #isClosed = false

  constructor(options: GroupHandleOptions<Command, Result, Query, Answer>) {
    const { node, name, codecs, drawKey } = options
    this.name = name
    this.group = name
    this.#node = node
    this.#codecs = codecs
    this.#closed = options.closed
    this.#removed = options.removed
    this.#watch = new StatusWatch(() => this.status())
    const { clock, book, limits } = node
    const { callTimeoutMs, callsWaitingMax, resultsKeptMax } = limits
    const commandsInFlightMax = resultsKeptMax
    const calls = { clock, book, route: this, codecs, drawKey, callTimeoutMs, callsWaitingMax, commandsInFlightMax }
    this.#calls = new GroupCalls(calls)
    this.driver = options.driver({
      changed: () => this.#watch.changed(),
      led: (leader) => this.#led(leader),
      emitted: (emitted, leading) => {
        this.#topics.deliver(emitted)
        if (!leading) return
        for (const { topic, payload } of emitted) {
          const publication = writePublication(name, topic, payload)
          if (publication !== undefined) node.channel.publish(channelTopic(name, topic), publication)
        }
      },
      failed: (error) => this.#fail(error),
    })
  }

  target(call: Call): NodeId | undefined {
    if (call.type === 'read') return this.#node.self
    return this.#hint ?? this.driver.standing.leader
  }

  learned(leader: NodeId): void {
    this.#hint = leader
  }

  failed(target: NodeId): void {
    if (this.#hint === target) this.#hint = undefined
  }

  run(command: Command, options?: CallOptions): Promise<Result> {
    return this.#calls.run(command, options)
  }

  async read(query: Query, options: ReadOptions = {}): Promise<Answer> {
    const { consistency = 'linearizable' } = options
    if (consistency === 'linearizable') return await this.#calls.read(query, options)
    options.signal?.throwIfAborted()
    this.#open()
    if (consistency === 'bounded') this.#notStale(options.staleMsMax)
    const { answer, query: asked } = this.#codecs
    return answer.decode(this.driver.application.replica.query(asked.encode(query)))
  }

  subscribe(topic: string, take: (payload: Uint8Array) => void): Disposable {
    this.#open()
    return this.#topics.subscribe(topic, take)
  }

  status(): GroupStatus {
    const { core, application, standing } = this.driver
    const status = core.status()
    const { replica } = application
    const members: MemberStatus[] = []
    for (const [id, { state, match, active }] of status.members) {
      members.push({ id, state, match, active, entriesBehind: status.lastIndex - match })
    }
    return {
      name: this.name,
      role: status.role,
      term: status.term,
      leader: status.leader,
      quiet: status.quiet,
      configuration: status.configuration,
      commit: status.commit,
      applied: application.index,
      lastIndex: status.lastIndex,
      snapshotIndex: status.snapshot.index,
      logBytes: status.logBytes,
      logTime: replica.time,
      sessions: replica.sessions,
      version: replica.version,
      members,
      removed: standing.removed,
    }
  }

  watch(options: { readonly signal?: AbortSignal } = {}): AsyncIterable<GroupStatus> {
    this.#open()
    return this.#watch.follow(options.signal)
  }

  async changeMembers(wanted: Pick<Configuration, 'voters' | 'learners'>, options?: CallOptions): Promise<void> {
    const { voters, learners } = wanted
    await this.#calls.ask({ type: 'change-members', voters, learners }, options)
  }

  settle(wanted: Pick<Configuration, 'voters' | 'learners'>, options: CallOptions = {}): Promise<void> {
    const timeoutMs = options.timeoutMs ?? this.#node.limits.callTimeoutMs
    return settleMembers(this, this.#node.clock, wanted, { ...options, timeoutMs })
  }

  async transferLeadership(to?: NodeId, options?: CallOptions): Promise<NodeId> {
    const answer = await this.#calls.ask({ type: 'transfer', to }, options)
    if (answer.type === 'leader') return answer.leader
    throw new FlotillaError('outcome-unknown' satisfies RaftErrorCode, 'who leads now is not known')
  }

  async compact(): Promise<void> {
    this.#open()
    await this.driver.snapshots.make()
    await this.#node.nextTurn()
    await this.driver.persistence.settled()
  }

  async remove(): Promise<void> {
    this.#open()
    await this[Symbol.asyncDispose]()
    await this.#node.storage.write([{ group: this.name, removed: true }])
    this.#removed()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close(new FlotillaError('closed' satisfies RaftErrorCode, `group ${this.name} was closed here`))
    await this.driver.persistence.settled()
  }

  /** The node has stopped, or was closed. */
  stop(error: Error): void {
    this.#calls.close(error)
    this.#topics.clear()
    this.#watch.close()
    this.#isClosed = true
  }

  #close(error: Error): void {
    if (this.#isClosed) return
    this.driver.close()
    this.stop(error)
    this.#closed()
    this.#node.answerSoon()
  }

  #fail(error: Error): void {
    this.#node.logger.error({ group: this.name, err: error }, 'a group has stopped here')
    this.#close(error)
  }

  #led(leader: NodeId | undefined): void {
    this.#hint = undefined
    if (leader !== undefined) queueMicrotask(() => this.#node.book.nudge(this))
  }

  #open(): void {
    if (this.#node.stoppedBy !== undefined) throw this.#node.stoppedBy
    if (this.#isClosed) throw new FlotillaError('closed' satisfies RaftErrorCode, `group ${this.name} was closed here`)
  }

  #notStale(staleMsMax: number = 2 * this.driver.settings.electionTimeoutMs): void {
    const staleMs = this.driver.standing.staleMs(this.#node.clock.now())
    if (staleMs <= staleMsMax) return
    throw new FlotillaError(
      'no-leader' satisfies RaftErrorCode,
      'this node has not heard of the leader lately enough',
      {
        hint: `allow more than ${staleMsMax} ms (staleMsMax), or read with another consistency`,
      },
    )
  }
}
