import { FlotillaError, unreachable } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import { after } from '@flotilla/core/time'
import { membersOf } from '../core/configuration.ts'
import type { Input, RaftCore } from '../core/inputs.ts'
import type { Effect, News } from '../effects.ts'
import type { Message } from '../messages.ts'
import type { Emitted, Replica } from '../replica/replica-contract.ts'
import type { RaftSettings } from '../settings.ts'
import type { Configuration, GroupName, Index, SnapshotMark, WriteNumber } from '../types.ts'
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
  readonly logClock: LogClock
  readonly #node: NodeContext
  readonly #self: SelfProposals
  /** Who else was a member when that was last looked at. */
  #others: readonly NodeId[] = []
  #leading = false
  #leader: NodeId | undefined
  #closed = false
  #removed = false
  /** When the leader was last heard of, and what it said was decided. */
  #leaderHeardAt = -Infinity as Millis
  #leaderCommit = 0 as Index
  /** When it stopped leading, while calls from then wait for what becomes of them. */
  #abandonAt = Infinity as Millis
  /** When this group is to be woken; kept by the node. */
  wokenAt = Infinity as Millis

  constructor(options: GroupDriverOptions) {
    const { name, node, core, replica } = options
    this.name = name
    this.core = core
    this.settings = options.settings
    this.version = options.version
    this.listener = options.listener
    this.#node = node
    this.logClock = new LogClock(node.steadyClock)
    this.proposals = new Proposals(node.callers)
    this.reads = new Reads({
      answer: (origin, answer) => node.callers.answer(origin, answer),
      query: (query) => this.#query(query),
    })
    this.application = new Application(
      {
        applied: (index, term, outcome) => this.proposals.applied(index, term, outcome),
        emitted: (emitted) => options.listener.emitted(emitted, this.#leading),
      },
      replica,
      core.status().snapshot,
    )
    this.desk = new Desk(this, node, options.admits)
    this.members = new MemberCalls(this, node)
    this.snapshots = new GroupSnapshots(this, node, options.restore)
    this.#self = new SelfProposals(this, node)
    this.#membersChanged(core.status().configuration)
  }

  get closed(): boolean {
    return this.#closed
  }

  get leading(): boolean {
    return this.#leading
  }

  get leader(): NodeId | undefined {
    return this.#leader
  }

  /** The others have gone on without this node. */
  get removed(): boolean {
    return this.#removed
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
      this.#heardLeader(now, from, message.commit)
    }
    this.#node.mark(this)
  }

  /** Something around it has changed: it gets its part in the end of this turn. */
  look(): void {
    if (!this.#closed) this.#node.mark(this)
  }

  written(number: number): void {
    if (this.#closed) return
    const written = number as WriteNumber
    this.core.step(this.#node.clock.now(), { type: 'written', number: written })
    this.persistence.written(written, (to, message) => this.#node.send(to, this.name, message))
    this.#node.mark(this)
  }

  /** Milliseconds since this node's state was, as far as it can tell, the leader's. */
  staleMs(now: Millis): number {
    if (this.#leading) return 0
    if (this.application.index < this.#leaderCommit) return Infinity
    const peer = this.#leader === undefined ? undefined : this.#node.peers.get(this.#leader)
    // A quiet leader says nothing in this group; that it is alive is seen by its beats.
    const heardAt = this.core.status().quiet && peer !== undefined ? peer.heardAt : this.#leaderHeardAt
    return now - heardAt
  }

  /** The end of a turn: what came in is proposed and read, and what follows from all of it is done. */
  turn(now: Millis): void {
    if (this.#closed) return
    if (this.#leading) this.#self.propose(now)
    if (this.proposals.gathered > 0) {
      this.proposals.propose(now, this.logClock.read(now, this.application.replica.time), this.core)
    }
    this.reads.begin(now, this.core)
    this.#perform(now)
    if (this.application.waiting) this.#apply(now)
    this.members.look(now)
    this.snapshots.look()
    this.#tend(now)
    this.#node.wake(this)
  }

  /** When to be woken if nothing else happens. */
  nextWake(now: Millis): Millis {
    let at = Math.min(this.core.deadline(), this.#abandonAt, this.members.deadline())
    if (this.#leading) at = Math.min(at, this.#self.deadline(now))
    const oldest = this.reads.oldest
    if (oldest !== undefined) at = Math.min(at, oldest + this.#node.limits.callTimeoutMs)
    return at as Millis
  }

  /** Nobody will hear of it any more. */
  close(answer: Answer): void {
    if (this.#closed) return
    this.#closed = true
    this.proposals.abandon(answer)
    this.reads.abandon(answer)
    this.members.abandon(answer)
    this.snapshots.close()
    this.#node.peers.share(this, this.#others, [])
    this.#others = []
  }

  #heardLeader(now: Millis, from: NodeId, commit: Index): void {
    if (from !== this.#leader) return
    this.#leaderHeardAt = now
    if (commit > this.#leaderCommit) this.#leaderCommit = commit
  }

  #tend(now: Millis): void {
    if (now >= this.#abandonAt) {
      this.#abandonAt = Infinity as Millis
      if (!this.#leading) this.proposals.abandon({ type: 'unclear' })
    }
    const oldest = this.reads.oldest
    const { callTimeoutMs } = this.#node.limits
    if (oldest === undefined || now < oldest + callTimeoutMs) return
    const expired = this.reads.expire((now - callTimeoutMs) as Millis, { type: 'no-leader' })
    this.core.step(now, { type: 'read-cancelled', reads: expired })
  }

  #apply(now: Millis): void {
    try {
      this.application.run(this.settings.applyEntriesMax)
    } catch (error) {
      if (error instanceof FlotillaError && error.code === 'machine-too-old') return this.listener.failed(error)
      throw error
    }
    const { index } = this.application
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
        return this.#hear(now, effect.news)
      default:
        return unreachable(effect, 'effect')
    }
  }

  #restore(now: Millis, snapshot: SnapshotMark): void {
    const replica = this.snapshots.loaded(snapshot)
    this.application.restore(replica, snapshot)
    this.proposals.restored(snapshot.index)
    this.core.step(now, { type: 'applied', index: snapshot.index })
    this.reads.applied(snapshot.index)
    this.#node.mark(this)
  }

  #hear(now: Millis, news: News): void {
    const { instruments, logger } = this.#node
    switch (news.type) {
      case 'role': {
        if (news.role === 'candidate' || news.role === 'pre-candidate') instruments.elections.inc({})
        if (news.leader !== undefined && news.leader !== this.#leader) instruments.leaderChanges.inc({})
        this.#takeRole(now, news.role === 'leader', news.leader)
        break
      }
      case 'configuration':
        this.#membersChanged(this.core.status().configuration)
        break
      case 'disk-stalled':
        logger.warn({ group: this.name, milliseconds: news.milliseconds }, 'a leader gave way as its disk stalled')
        break
      case 'removed':
        this.#removed = true
        logger.info({ group: this.name }, 'this node is no member of the group any more')
        break
      case 'transfer-ended':
        this.members.transferEnded(news.to, news.succeeded)
        break
      case 'message-refused':
        return logger.warn({ group: this.name, peer: news.from, why: news.why }, 'a message of a member made no sense')
      case 'member-lost-data':
        return logger.error({ group: this.name, ...news }, 'a member has lost entries that it had said were durable')
      default:
        return unreachable(news, 'news')
    }
    this.listener.changed()
  }

  #takeRole(now: Millis, leading: boolean, leader: NodeId | undefined): void {
    if (leading && !this.#leading) {
      this.logClock.begin(now, this.application.replica.time)
      this.#self.begin()
    }
    if (!leading && this.#leading) {
      // What was handed over is decided in a moment, and then answered; whatever is not is asked again elsewhere.
      this.#abandonAt = after(now, this.settings.heartbeatMs)
      this.members.abandon({ type: 'unclear' })
    }
    this.#leading = leading
    if (leader === this.#leader) return
    this.#leader = leader
    this.#leaderHeardAt = now
    this.listener.led(leader)
  }

  #membersChanged(configuration: Configuration): void {
    const others = membersOf(configuration).filter((member) => member !== this.#node.self)
    this.#node.peers.share(this, this.#others, others)
    this.#others = others
  }

  #query(query: Uint8Array): Answer {
    try {
      return { type: 'result', result: this.application.replica.query(query) }
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error
      return { type: 'refused', code: error.code, message: error.message, hint: error.hint }
    }
  }
}
