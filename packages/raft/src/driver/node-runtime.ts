import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Channel } from '@flotilla/core/network'
import { silentLogger, silentMetrics, type Logger } from '@flotilla/core/observe'
import { Prng } from '@flotilla/core/random'
import { after, type Clock, type Millis } from '@flotilla/core/time'
import { CallBook, type Carrier } from '../client/call-book.ts'
import { OutgoingCalls } from '../client/outgoing-calls.ts'
import type { RaftErrorCode } from '../group.ts'
import { driverLimits, validateRaftLimits } from '../limits.ts'
import type { Message } from '../messages.ts'
import type { RaftLimits, RaftOptions } from '../raft.ts'
import { CommandEncoder } from '../replica/payload-codec.ts'
import { validateRaftSettings, type RaftSettings } from '../settings.ts'
import type { GroupWrite, RaftStorage } from '../storage/storage.ts'
import type { GroupName, LogMillis, WriteNumber } from '../types.ts'
import { ByteWriter } from '../wire/byte-writer.ts'
import type { Call, CallId, ReceivedCall } from '../wire/call.ts'
import type { Route } from '../client/pending-call.ts'
import { Beats } from './beats.ts'
import { drawBoot } from './boot-number.ts'
import { CallerTable, type Caller } from './caller-table.ts'
import type { GroupDriver } from './group-driver.ts'
import { Incoming } from './incoming.ts'
import type { NodeContext } from './node-context.ts'
import { OutgoingParcels, OutgoingWrites } from './outgoing.ts'
import { PeerTable } from './peer-table.ts'
import { declareInstruments, type RaftInstruments } from './raft-instruments.ts'
import { SnapshotSlots } from './snapshots/snapshot-slots.ts'
import { SteadyClock } from './steady-clock.ts'
import { WakeTimes } from './wake-times.ts'

const noTime = 0 as LogMillis

/**
 * What all groups of one node share. What comes in during a turn of the event loop marks the groups that it concerns;
 * at the end of the turn each of them has its part, and then everything leaves: messages first, as they claim nothing,
 * then one write for all groups, then answers.
 */
export class NodeRuntime implements NodeContext, Carrier {
  readonly self: NodeId
  readonly clock: Clock
  readonly steadyClock: SteadyClock
  readonly prng: Prng
  readonly settings: RaftSettings
  readonly limits: RaftLimits
  readonly storage: RaftStorage
  readonly logger: Logger
  readonly instruments: RaftInstruments
  readonly callers: CallerTable
  readonly peers: PeerTable = new PeerTable()
  readonly snapshotSlots: SnapshotSlots
  readonly channel: Channel
  readonly beats: Beats
  readonly book: CallBook
  readonly groups: Map<GroupName, GroupDriver> = new Map()
  readonly options: RaftOptions
  stoppedBy: Error | undefined
  readonly #afterTurn: (run: () => void) => void
  readonly #own: Caller
  readonly #encoder = new CommandEncoder()
  readonly #parcels: OutgoingParcels
  readonly #calls: OutgoingCalls
  readonly #writes: OutgoingWrites
  readonly #wakes: WakeTimes
  #marked = new Set<GroupDriver>()
  #scheduled = false
  #figuresAt = -Infinity as Millis
  #closed = false

  constructor(options: RaftOptions) {
    this.options = options
    const { network, clock, entropy, storage, logger = silentLogger, metrics = silentMetrics } = options
    this.self = network.self
    this.clock = clock
    this.storage = storage
    this.logger = logger
    this.settings = validateRaftSettings(options.settings)
    this.limits = validateRaftLimits(options.limits)
    this.instruments = declareInstruments(metrics)
    this.steadyClock = new SteadyClock(clock.now())
    const boot = drawBoot(entropy)
    this.prng = new Prng(boot)
    this.#afterTurn = options.afterTurn ?? queueMicrotask
    const { messageBytesMax } = network.limits
    const writer = new ByteWriter()
    this.#parcels = new OutgoingParcels(writer, messageBytesMax)
    this.#calls = new OutgoingCalls(boot, writer, messageBytesMax)
    this.#writes = new OutgoingWrites(storage)
    this.callers = new CallerTable(writer, messageBytesMax)
    this.#own = this.callers.of(this.self, boot)
    this.snapshotSlots = new SnapshotSlots(this.limits.snapshotsMovingMax)
    this.#wakes = new WakeTimes(clock, (group) => {
      group.step({ type: 'wake' })
    })
    this.book = new CallBook({ clock, prng: this.prng.split('calls'), boot, carrier: this })
    this.channel = network.open(options.channel ?? 'raft', new Incoming(this).handlers())
    this.beats = new Beats({
      clock,
      settings: this.settings,
      boot,
      peers: this.peers,
      notify: (to, notice) => void this.channel.notify(to, notice),
      groupVersions: () => [...this.groups.values()].map(({ name, version }) => ({ group: name, version })),
      beaten: (now) => this.#beaten(now),
    })
  }

  mark(group: GroupDriver): void {
    this.#marked.add(group)
    this.#schedule()
  }

  send(to: NodeId, group: GroupName, message: Message): void {
    this.#parcels.add(to, group, message)
    this.#schedule()
  }

  write(group: GroupDriver, write: GroupWrite, number: WriteNumber): void {
    this.#writes.add(group, write, number)
  }

  wake(group: GroupDriver, at: Millis): void {
    this.#wakes.set(group, at)
  }

  unwake(group: GroupDriver): void {
    this.#wakes.remove(group)
  }

  nextTurn(): Promise<void> {
    return new Promise((resolve) => this.#afterTurn(resolve))
  }

  carry(to: NodeId, route: Route, id: CallId, call: Call): boolean {
    if (to === this.self) return this.#carryHere(route.group, id, call)
    if (this.peers.get(to)?.connected !== true) return false
    this.#calls.add(to, { group: route.group, id, call })
    this.#schedule()
    return true
  }

  /** Answers leave at the end of this turn. */
  answerSoon(): void {
    this.#schedule()
  }

  peerDown(peer: NodeId): void {
    this.callers.forget(peer)
    this.#calls.forget(peer)
    this.#parcels.forget(peer)
    this.beats.down(peer)
    this.book.peerDown(peer)
  }

  fail(error: unknown): void {
    if (this.stoppedBy !== undefined || this.#closed) return
    const stopped = new FlotillaError(
      'stopped' satisfies RaftErrorCode,
      `this node's part in all its groups has stopped: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error, hint: 'read the error, mend its cause, and start the process again' },
    )
    this.stoppedBy = stopped
    this.logger.error({ err: error }, 'a raft node has stopped')
    // Whatever waits for the write that failed is dropped with it; nothing leaves any more.
    this.#stop(stopped)
    this.options.onStopped?.(stopped)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    const closed = new FlotillaError('closed' satisfies RaftErrorCode, 'this raft node was closed')
    if (this.stoppedBy === undefined) this.#stop(closed)
    this.#closed = true
    await this.channel[Symbol.asyncDispose]()
    await this.storage[Symbol.asyncDispose]()
  }

  #stop(error: Error): void {
    this.beats.close()
    this.#wakes.close()
    for (const group of this.groups.values()) group.close()
    this.#marked.clear()
    this.book.fail(error)
    // Those who wait elsewhere are told to try another member, unless nothing may leave.
    if (this.stoppedBy === undefined) this.callers.flush(this.channel, this.self, () => {})
  }

  #carryHere(name: GroupName, id: CallId, call: Call): boolean {
    const group = this.groups.get(name)
    if (group === undefined) return false
    const received: ReceivedCall =
      call.type === 'command'
        ? {
            type: 'command',
            payload: this.#encoder.encode(noTime, call.session, call.number, call.answeredBelow, call.command),
          }
        : call
    // Not within the caller's own call: its answer may be there at once.
    queueMicrotask(() => {
      group.desk.take({ caller: this.#own, id }, received)
      this.#schedule()
    })
    return true
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#afterTurn(() => this.#end())
  }

  #end(): void {
    this.#scheduled = false
    if (this.stoppedBy !== undefined || this.#closed) return
    try {
      this.#endTurn()
    } catch (error) {
      this.fail(error)
    }
  }

  #endTurn(): void {
    if (this.#marked.size > 0) {
      const marked = this.#marked
      this.#marked = new Set()
      for (const group of marked) group.turn()
      this.#parcels.flush(this.channel)
      const begun = this.clock.now()
      this.#writes.flush()?.then(
        () => this.instruments.writeSeconds.observe({}, (this.clock.now() - begun) / 1_000),
        (error: unknown) => this.fail(error),
      )
    } else this.#parcels.flush(this.channel)
    this.callers.flush(this.channel, this.self, (answers) => this.book.answered(this.self, answers))
    this.#calls.flush(this.channel)
  }

  #beaten(now: Millis): void {
    this.steadyClock.passedMs(now)
    if (now < this.#figuresAt) return
    this.#figuresAt = after(now, driverLimits.figuresMs)
    this.instruments.logBytes.set({}, this.storage.figures().logBytes)
    let leading = 0
    for (const { standing } of this.groups.values()) if (standing.leading) leading++
    this.instruments.groups.set({ role: 'leader' }, leading)
    this.instruments.groups.set({ role: 'follower' }, this.groups.size - leading)
    for (const name of this.storage.crowded()) this.groups.get(name)?.snapshots.wanted()
  }
}
