import { FlotillaError, unreachable } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { Input, RaftCore } from '../core/inputs.ts'
import type { Effect } from '../effects.ts'
import type { Message } from '../messages.ts'
import type { Emitted, Replica } from '../replica/replica-contract.ts'
import type { RaftSettings } from '../settings.ts'
import type { GroupName, SnapshotMark, WriteNumber } from '../types.ts'
import type { Answer } from '../wire/call.ts'
import { Application } from './application.ts'
import { Desk } from './desk.ts'
import { LogClock } from './log-clock.ts'
import { MemberCalls } from './member-calls.ts'
import type { NodeContext } from './node-context.ts'
import { Persistence } from './persistence.ts'
import { Proposals } from './proposals.ts'
import { Reads } from './reads.ts'
import { SelfProposals } from './self-proposals.ts'
import { GroupSnapshots } from './snapshots/group-snapshots.ts'
import { Standing } from './standing.ts'

/** What those outside of the engine want to know of a group as it happens. */
export interface GroupListener {
  /** Role, leader, term or members are others now. */
  changed(): void
  /** Who leads has become known, or is not known any more. */
  led(leader: NodeId | undefined): void
  emitted(emitted: readonly Emitted[], leading: boolean): void
  /** It cannot go on; the node can. */
  failed(error: Error): void
}

export interface GroupDriverOptions {
  readonly name: GroupName
  readonly node: NodeContext
  readonly core: RaftCore
  readonly settings: RaftSettings
  readonly replica: Replica
  /** The version of this program's machine. */
  readonly version: number
  /** A machine as that snapshot says. */
  readonly restore: (snapshot: SnapshotMark) => Promise<Replica>
  readonly listener: GroupListener
  readonly admits: (peer: NodeId) => boolean
}

/**
 * One group on one node: brings what happens to its core, and performs what the core wants done. Whatever comes in
 * during a turn of the event loop is stepped as it comes; `turn` ends it, once.
 */
export class GroupDriver {
  readonly name: GroupName
  readonly core: RaftCore
  readonly settings: RaftSettings
  readonly version: number
  readonly listener: GroupListener
  readonly persistence: Persistence = new Persistence()
  readonly application: Application
  readonly proposals: Proposals
  readonly reads: Reads
  readonly desk: Desk
  readonly members: MemberCalls
  readonly snapshots: GroupSnapshots
  readonly standing: Standing
  readonly logClock: LogClock
  readonly #node: NodeContext
  readonly #self: SelfProposals
  #closed = false
  /** When this group is to be woken; kept by the node. */
  wokenAt: Millis = Infinity as Millis

  constructor(options: GroupDriverOptions) {
    const { name, node, core, replica, listener } = options
    this.name = name
    this.core = core
    this.settings = options.settings
    this.version = options.version
    this.listener = listener
    this.#node = node
    this.standing = new Standing(this, node)
    this.logClock = new LogClock(node.steadyClock)
    this.proposals = new Proposals(node)
    this.reads = new Reads({
      answer: (origin, answer) => node.callers.answer(origin, answer),
      query: (query) => this.#query(query),
    })
    this.application = new Application(
      {
        applied: (index, term, outcome) => this.proposals.applied(index, term, outcome),
        emitted: (emitted) => listener.emitted(emitted, this.standing.leading),
      },
      replica,
      core.status().snapshot,
    )
    this.desk = new Desk(this, node, options.admits)
    this.members = new MemberCalls(this, node)
    this.snapshots = new GroupSnapshots(this, node, options.restore)
    this.#self = new SelfProposals(this, node)
    this.standing.takeMembers(core.status().configuration)
  }

  get closed(): boolean {
    return this.#closed
  }

  step(input: Input): void {
    if (this.#closed) return
    this.core.step(this.#node.clock.now(), input)
    this.#node.mark(this)
  }

  message(from: NodeId, message: Message): void {
    if (this.#closed) return
    const now = this.#node.clock.now()
    this.core.step(now, { type: 'message', from, message })
    if (message.type === 'append' || message.type === 'heartbeat' || message.type === 'quiet') {
      this.standing.heardLeader(now, from, message)
    }
    this.#node.mark(this)
  }

  /** Something around it has changed: it gets its part in the end of this turn. */
  look(): void {
    if (!this.#closed) this.#node.mark(this)
  }

  written(number: WriteNumber): void {
    // Nothing is said any more, but whoever closes it waits for what is on its way to the disk.
    if (this.#closed) return this.persistence.written(number, () => {})
    this.core.step(this.#node.clock.now(), { type: 'written', number })
    this.persistence.written(number, (to, message) => this.#node.send(to, this.name, message))
    this.#node.mark(this)
  }

  beganToLead(now: Millis): void {
    this.logClock.begin(now, this.application.replica.time)
    this.#self.begin()
  }

  /** The end of a turn: what came in is proposed and read, and what follows from all of it is done. */
  turn(): void {
    if (this.#closed) return
    const now = this.#node.clock.now()
    if (this.standing.leading) this.#self.propose(now)
    if (this.proposals.gathered > 0) {
      this.proposals.propose(now, this.logClock.read(now, this.application.replica.time), this.core)
    }
    this.reads.begin(now, this.core)
    this.#perform(now)
    if (this.application.waiting) this.#apply(now)
    if (this.#closed) return
    this.members.look(now)
    this.snapshots.look()
    this.standing.tend(now)
    this.#giveUpReads(now)
    this.#node.wake(this, this.nextWake(now))
  }

  /** When to be woken if nothing else happens. */
  nextWake(now: Millis): Millis {
    let at = Math.min(this.core.deadline(), this.standing.abandonAt, this.members.deadline())
    if (this.standing.leading) at = Math.min(at, this.#self.deadline(now))
    const oldest = this.reads.oldest
    if (oldest !== undefined) at = Math.min(at, oldest + this.#node.limits.callTimeoutMs)
    return at as Millis
  }

  /** Nothing happens in it any more, and whoever waits is told so. What is on its way to the disk still gets there. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.proposals.abandon()
    this.reads.abandon({ type: 'no-leader' })
    this.members.abandon()
    this.snapshots.close()
    this.standing.close()
  }

  #giveUpReads(now: Millis): void {
    const oldest = this.reads.oldest
    const { callTimeoutMs } = this.#node.limits
    if (oldest === undefined || now < oldest + callTimeoutMs) return
    const reads = this.reads.expire(now, callTimeoutMs, { type: 'no-leader' })
    this.core.step(now, { type: 'read-cancelled', reads })
  }

  #apply(now: Millis): void {
    const before = this.application.index
    try {
      this.application.run(this.settings.applyEntriesMax)
    } catch (error) {
      if (error instanceof FlotillaError && error.code === 'machine-too-old') return this.listener.failed(error)
      throw error
    }
    const { index } = this.application
    this.#node.instruments.applied.inc({}, index - before)
    this.core.step(now, { type: 'applied', index })
    this.reads.applied(index)
    this.#perform(now)
    // What is left waits for the next turn, so that others have theirs.
    if (this.application.waiting) this.#node.mark(this)
  }

  #perform(now: Millis): void {
    for (const effect of this.core.drain()) this.#performOne(now, effect)
  }

  #performOne(now: Millis, effect: Effect): void {
    switch (effect.type) {
      case 'write':
        return this.#node.write(this, this.persistence.begin(this.name, effect), effect.number)
      case 'send':
        return this.#node.send(effect.to, this.name, effect.message)
      case 'claim':
        return this.persistence.claim(effect, (to, message) => this.#node.send(to, this.name, message))
      case 'apply':
        return this.application.add(effect.entries)
      case 'restore':
        return this.#restore(now, effect.snapshot)
      case 'bring-snapshot':
        return this.snapshots.bring(effect.to)
      case 'read':
        return this.reads.confirmed(effect.reads, effect.index, this.application.index)
      case 'read-failed':
        return this.reads.failed(effect.reads, { type: 'no-leader' })
      case 'tell':
        return this.standing.hear(now, effect.news)
      default:
        return unreachable(effect, 'effect')
    }
  }

  #restore(now: Millis, snapshot: SnapshotMark): void {
    this.application.restore(this.snapshots.loaded(snapshot), snapshot)
    this.proposals.restored(snapshot.index)
    this.core.step(now, { type: 'applied', index: snapshot.index })
    this.reads.applied(snapshot.index)
    this.#node.mark(this)
  }

  #query(query: Uint8Array): Answer {
    try {
      return { type: 'result', result: this.application.replica.query(query) }
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error
      const { code, message, hint } = error as FlotillaError
      return { type: 'refused', code, message, hint }
    }
  }
}
