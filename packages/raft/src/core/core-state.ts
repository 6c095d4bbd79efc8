import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import { after, type Millis } from '@flotilla/core/time'
import type { Effect, News, Write } from '../effects.ts'
import type { Claim, FreeMessage } from '../messages.ts'
import type { RaftSettings } from '../settings.ts'
import type { Configuration, Entry, Index, Role, Term, WriteNumber } from '../types.ts'
import type { ForwardedReads } from './forwarded-reads.ts'
import { isVoter } from './configuration.ts'
import type { Beginning } from './inputs.ts'
import type { Leading } from './leading.ts'
import { Log } from './log.ts'
import { Writes } from './writes.ts'

/** An election that this node has called. */
export interface Standing {
  /** Only asking whether an election could be won. */
  readonly pre: boolean
  readonly answers: Map<NodeId, boolean>
  /** The write with our vote for ourselves, which counts once it is durable. */
  readonly ownVote: WriteNumber
}

export interface Transfer {
  readonly to: NodeId
  /** Given up then. */
  readonly until: Millis
  /** He has everything, and has been told to stand. */
  asked: boolean
}

/**
 * Everything that the parts of the core share. It has no rules of its own but one, which no part can break: whatever
 * bears a term, a vote or a claim leaves after the write that makes it durable.
 */
export class CoreState {
  readonly self: NodeId
  readonly settings: RaftSettings
  readonly random: Prng
  readonly log: Log
  readonly writes: Writes
  /** The time of the last input. */
  now: Millis
  term: Term
  vote: NodeId | undefined
  role: Role = 'follower'
  leader: NodeId | undefined
  /** Decided. Never falls. */
  commit: Index
  /** Handed to the machine; applied <= handed <= commit. */
  handed: Index
  applied: Index
  /** When the leader was heard of last. */
  leaderHeardAt = -Infinity as Millis
  /** Drawn anew for each election, so that not all stand at once (Raft §5.2). */
  timeoutMs = 0
  /** When to ask for an election; Infinity for one who cannot stand. */
  electionAt = Infinity as Millis
  /** Members that cannot be talked to, as far as we were told. */
  readonly unreachable: Set<NodeId> = new Set()
  standing: Standing | undefined
  leading: Leading | undefined
  transfer: Transfer | undefined
  /** Nothing is going on: no heartbeats are sent or expected. */
  quiet = false
  /** The others have gone on without this node; it does not stand. */
  removed = false
  /** The answer that is due to the leader for the entries that came since the last drain. */
  answerDue: { match: Index; round: number } | undefined
  forwarded: ForwardedReads
  effects: Effect[] = []
  /** The write with the newest term and vote. */
  #hardStateWrite = 0 as WriteNumber
  #hardStateDirty = false
  #snapshotDirty = false
  /** Entries from here on have not been given to a write. */
  #dirtyFrom = Infinity as Index

  constructor(beginning: Beginning, forwarded: (random: Prng) => ForwardedReads) {
    this.self = beginning.self
    this.settings = beginning.settings
    this.random = new Prng(beginning.seed)
    this.log = new Log(beginning.snapshot, beginning.entries)
    this.writes = new Writes(this.log.lastIndex)
    this.now = beginning.now
    this.term = beginning.hardState.term
    this.vote = beginning.hardState.vote
    this.commit = beginning.snapshot.index
    this.handed = this.commit
    this.applied = this.commit
    this.forwarded = forwarded(this.random)
  }

  get configuration(): Configuration {
    return this.log.configuration
  }

  /** May this node ask for votes? One whose disk hangs could not lead. */
  get canStand(): boolean {
    return this.isVoter && !this.removed && !this.diskStalled
  }

  /**
   * Has this node a say, or has it until the configuration in force is decided? In between it may be the only one that
   * can be elected: who has less of the log does not get its vote (thesis §4.2.2).
   */
  get isVoter(): boolean {
    const { configuration } = this.log.configurationAt(this.commit)
    return isVoter(this.configuration, this.self) || isVoter(configuration, this.self)
  }

  get diskStalled(): boolean {
    return this.now - this.writes.waitingSince >= this.settings.diskStallMs
  }

  /** Has an entry of this term been decided? Only then is everything decided before it known here (Raft §8). */
  get decidedInTerm(): boolean {
    return this.log.termAt(this.commit) === this.term
  }

  /** The number of the write after which everything in this state is durable. */
  get lastWrite(): WriteNumber {
    return this.#dirty ? ((this.writes.issued + 1) as WriteNumber) : this.writes.issued
  }

  setHardState(term: Term, vote: NodeId | undefined): void {
    this.term = term
    this.vote = vote
    this.#hardStateDirty = true
    this.#hardStateWrite = this.lastWrite
  }

  /** Entries from `first` on were appended to the log, or took others' place there. */
  entriesChanged(first: Index): void {
    if (first < this.#dirtyFrom) this.#dirtyFrom = first
  }

  /** A snapshot of our own stands for a part of the log, or another's for all of it. */
  snapshotChanged(): void {
    this.#snapshotDirty = true
    // Entries that wait to be written are after one of our own, and gone with the log if it is another's.
    const { snapshot, lastIndex } = this.log
    if (this.#dirtyFrom <= snapshot.index || this.#dirtyFrom > lastIndex) this.#dirtyFrom = Infinity as Index
  }

  /** For what depends on no disk. It still waits for the term that it bears. */
  send(to: NodeId, message: FreeMessage): void {
    const isDurable = this.#hardStateWrite <= this.writes.done
    if (isDurable) this.effects.push({ type: 'send', to, message })
    else this.effects.push({ type: 'claim', to, after: this.#hardStateWrite, message })
  }

  /** For what says that something is durable here: it is, after the write `depends` and that of the term. */
  claim(to: NodeId, message: Claim, depends: WriteNumber): void {
    const needed = Math.max(depends, this.#hardStateWrite) as WriteNumber
    this.effects.push({ type: 'claim', to, after: needed, message })
  }

  tell(news: News): void {
    this.effects.push({ type: 'tell', news })
  }

  /** The write after which the log is durable up to that index. */
  writeCovering(index: Index): WriteNumber {
    return this.writes.covering(index) ?? this.lastWrite
  }

  /** A new draw, stretched for those who should rather not lead. */
  drawTimeout(): void {
    const { electionTimeoutMs, priority } = this.settings
    this.timeoutMs = Math.ceil((this.random.between(electionTimeoutMs, 2 * electionTimeoutMs - 1) * 10) / priority)
  }

  /** Begins to wait for a leader anew. */
  restartElectionTimer(): void {
    this.electionAt = after(this.now, this.timeoutMs)
  }

  /** Everything that has to become durable, as one write; `entries` from the log, cut once. */
  takeWrite(): Write | undefined {
    if (!this.#dirty) return undefined
    const number = this.writes.issue(this.now, this.log.lastIndex)
    const hardState = this.#hardStateDirty ? { hardState: { term: this.term, vote: this.vote } } : undefined
    const snapshot = this.#snapshotDirty ? { snapshot: this.log.snapshot } : undefined
    const entries = this.#dirtyFrom === Infinity ? undefined : { entries: this.#entriesToWrite() }
    this.#hardStateDirty = false
    this.#snapshotDirty = false
    this.#dirtyFrom = Infinity as Index
    return { type: 'write', number, ...hardState, ...snapshot, ...entries }
  }

  get #dirty(): boolean {
    return this.#hardStateDirty || this.#snapshotDirty || this.#dirtyFrom !== Infinity
  }

  #entriesToWrite(): readonly Entry[] {
    return this.log.slice(this.#dirtyFrom, this.log.lastIndex)
  }
}
