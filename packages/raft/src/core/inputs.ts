import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { Effect } from '../effects.ts'
import type { Message } from '../messages.ts'
import type { RaftSettings } from '../settings.ts'
import type {
  Configuration,
  Entry,
  HardState,
  Index,
  ReadNumber,
  Role,
  SnapshotMark,
  Term,
  WriteNumber,
} from '../types.ts'

/** What a core is made from: what storage recovered, or a beginning. */
export interface Beginning {
  readonly self: NodeId
  readonly settings: RaftSettings
  readonly hardState: HardState
  readonly snapshot: SnapshotMark
  readonly entries: readonly Entry[]
  /** For the draws of election timeouts alone. */
  readonly seed: number
  readonly now: Millis
}

/** What happens to a core. Each kind of thing is told once; a core copes with any order that a network can make. */
export type Input =
  /** The deadline has come. Coming early or for nothing does no harm. */
  | { readonly type: 'wake' }
  | { readonly type: 'message'; readonly from: NodeId; readonly message: Message }
  /** This write, and every one before it, is durable. */
  | { readonly type: 'written'; readonly number: WriteNumber }
  /** The machine has applied everything up to here. */
  | { readonly type: 'applied'; readonly index: Index }
  /**
   * The content of a snapshot has come whole from that leader, and is durable and loadable. The core takes it with a
   * write, a `restore` and an answer to the leader, or leaves it if it has come too late to be of use.
   */
  | {
      readonly type: 'snapshot-received'
      readonly from: NodeId
      readonly term: Term
      readonly snapshot: SnapshotMark
    }
  /** How bringing a snapshot ended: `snapshot` is what the member has now, undefined if it failed. */
  | {
      readonly type: 'snapshot-brought'
      readonly to: NodeId
      readonly snapshot: SnapshotMark | undefined
    }
  /** A snapshot of this node's own at an applied index is durable: the log before it may go, less what is kept. */
  | { readonly type: 'snapshot-made'; readonly snapshot: SnapshotMark }
  /**
   * Whether that node can be talked to. It may be wrong both ways, and only makes the core quicker: a follower whose
   * leader is gone need not wait its whole timeout to ask for an election, and a quiet group wakes up.
   */
  | { readonly type: 'peer'; readonly peer: NodeId; readonly reachable: boolean }
  /** Reads that began before now and want to see everything decided by then. Their numbers are the caller's. */
  | { readonly type: 'read'; readonly reads: readonly ReadNumber[] }
  /** Somebody gave these up; answers to them are not wanted any more. */
  | { readonly type: 'read-cancelled'; readonly reads: readonly ReadNumber[] }

export type ProposalRefusal =
  /** `leader` is who is thought to be it. */
  | { readonly refused: 'not-leader'; readonly leader: NodeId | undefined }
  /** `undecidedBytesMax`, `undecidedEntriesMax` or `logBytesMax` is reached. */
  | { readonly refused: 'overloaded'; readonly limit: keyof RaftSettings }
  /** The leader is handing over to that one. */
  | { readonly refused: 'handing-over'; readonly leader: NodeId }

export type ChangeRefusal =
  | ProposalRefusal
  /** One change at a time: another is not through, or nothing of this leader's term is decided yet. */
  | { readonly refused: 'change-under-way' }
  /** That member is to be a voter and is too far behind; let it be a learner until it has caught up. */
  | { readonly refused: 'not-caught-up'; readonly member: NodeId; readonly entriesBehind: number }
  /** Why this cannot be a configuration, as a sentence. */
  | { readonly refused: 'wrong-members'; readonly why: string }

/** Proposals that were taken stand in the log from `first` on, in the leader's term: not decided yet. */
export interface Accepted {
  readonly first: Index
  readonly term: Term
}

/**
 * The machine itself. `createCore` in `raft-core.ts` makes one. `step` throws a `ProtocolError` with the code
 * `decided-differs` when a peer proves that two nodes hold different entries to be decided at one index: this node
 * has to stop then, and somebody has to look. Any other message that breaks the rules is dropped and told as news.
 */
export interface RaftCore {
  step(now: Millis, input: Input): void
  /** Commands for the end of the log, all of them or none. */
  propose(now: Millis, commands: readonly Uint8Array[]): Accepted | ProposalRefusal
  /**
   * Asks for these members. Through a joint configuration where voters change; the second step comes by itself. Done
   * when `status().configuration` is it, not joint, and decided.
   */
  changeMembers(now: Millis, wanted: Pick<Configuration, 'voters' | 'learners'>): Accepted | ChangeRefusal
  /** Starts to hand over to that voter, or to the best one. The end is told as news. */
  transfer(now: Millis, to: NodeId | undefined): { readonly to: NodeId } | ChangeRefusal
  /** What is to be done, once each, in order. */
  drain(): readonly Effect[]
  /** When to step `wake` if nothing else happens; Infinity while nothing is waited for. */
  deadline(): Millis
  status(): CoreStatus
  /** The term of the entry at that index, if it is still in the log or is the snapshot's. */
  termAt(index: Index): Term | undefined
}

export interface CoreStatus {
  readonly role: Role
  readonly term: Term
  readonly leader: NodeId | undefined
  /** No heartbeats are sent or expected until something happens. */
  readonly quiet: boolean
  readonly lastIndex: Index
  readonly commit: Index
  readonly applied: Index
  /** Durable here, entries. */
  readonly written: Index
  readonly snapshot: SnapshotMark
  readonly configuration: Configuration
  readonly configurationIndex: Index
  readonly configurationDecided: boolean
  /** All that is in memory, what is kept behind the snapshot included. */
  readonly logBytes: number
  /** What a new snapshot would stand for, and more: the log after the last one. */
  readonly bytesSinceSnapshot: number
  readonly logEntries: number
  readonly undecidedBytes: number
  /** How far each other member is; only a leader knows. */
  readonly members: ReadonlyMap<NodeId, MemberProgress>
}

export interface MemberProgress {
  readonly state: 'probe' | 'replicate' | 'snapshot'
  /** Durable there, and equal to ours. 0 <= match < next. */
  readonly match: Index
  readonly next: Index
  readonly appendsInFlight: number
  /** Heard of within the last election timeout. */
  readonly active: boolean
}
