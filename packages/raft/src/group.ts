import type { NodeId } from '@flotilla/core/ids'
import type { Configuration, GroupName, Index, LogMillis, Role, Term } from './types.ts'

export type RaftErrorCode =
  /** Nobody is known to lead just now, or it stopped leading; what was asked did not happen. Try again. */
  | 'no-leader'
  /** A command was sent, and no answer came in time: it may have happened, or happen still. */
  | 'outcome-unknown'
  /** What was asked did not come to pass in time, and will not. */
  | 'deadline-exceeded'
  /** A named limit is reached; try later. */
  | 'overloaded'
  /** The session of this client is gone from the group: too many others, or not used for too long. */
  | 'session-expired'
  | 'too-large'
  | 'change-under-way'
  | 'not-caught-up'
  | 'wrong-members'
  /** This node is no member of the group. */
  | 'not-a-member'
  /** The snapshot on this node's disk, or from the leader, could not be loaded by this program's machine. */
  | 'snapshot-unloadable'
  /** The disk of this node failed or holds what was never written: it has stopped; the message says what to do. */
  | 'stopped'
  | 'closed'

export interface CallOptions {
  readonly signal?: AbortSignal
  /** How long to try, leaders that change included. Default `callTimeoutMs` of the node or client. */
  readonly timeoutMs?: number
}

export interface ReadOptions extends CallOptions {
  /**
   * - `linearizable` (default): sees everything that was decided before the call.
   * - `bounded`: this node's own state, if that was all that the leader had told it of within `staleMsMax`; otherwise
   *   `no-leader`.
   * - `local`: this node's own state, however old.
   */
  readonly consistency?: 'linearizable' | 'bounded' | 'local'
  /** For `bounded`. Default two election timeouts. */
  readonly staleMsMax?: number
}

/**
 * What members and clients of a group can do alike. A command that is retried inside one call, because a leader went
 * away, is applied once.
 */
export interface Replicated<Command, Result, Query, Answer> {
  readonly name: GroupName
  /** Resolves with what `apply` gave on the leader, decided and durable on a majority. */
  run(command: Command, options?: CallOptions): Promise<Result>
  read(query: Query, options?: ReadOptions): Promise<Answer>
  /** What machines emit under that topic. See `ApplyContext.emit` for what may be lost. */
  subscribe(topic: string, take: (payload: Uint8Array) => void): Disposable
}

/** A group of which this node is a member. Disposing it stops it here and leaves everything on disk. */
export interface Group<Command, Result, Query, Answer>
  extends Replicated<Command, Result, Query, Answer>, AsyncDisposable {
  status(): GroupStatus
  /** The status, now and after each change of role, leader, term or members; a slow reader sees the latest only. */
  watch(options?: { readonly signal?: AbortSignal }): AsyncIterable<GroupStatus>
  /**
   * Makes these the members; resolves when that is decided. From any member. New voters have to be learners that have
   * caught up, so a new member takes two calls, or `settle` which waits in between.
   */
  changeMembers(wanted: Pick<Configuration, 'voters' | 'learners'>, options?: CallOptions): Promise<void>
  /** As `changeMembers`, with new voters as learners first, until they have caught up. */
  settle(wanted: Pick<Configuration, 'voters' | 'learners'>, options?: CallOptions): Promise<void>
  /** Hands leadership to that voter, or to the one that is best placed; resolves with who leads then. */
  transferLeadership(to?: NodeId, options?: CallOptions): Promise<NodeId>
  /** Makes a snapshot now; resolves when it is durable. */
  compact(): Promise<void>
  /** Removes the group and all its data from this node. For a node that is no member any more. */
  remove(): Promise<void>
}

export interface GroupStatus {
  readonly name: GroupName
  readonly role: Role
  readonly term: Term
  readonly leader: NodeId | undefined
  readonly quiet: boolean
  readonly configuration: Configuration
  readonly commit: Index
  readonly applied: Index
  readonly lastIndex: Index
  readonly snapshotIndex: Index
  readonly logBytes: number
  readonly logTime: LogMillis
  readonly sessions: number
  readonly version: number
  /** Of the other members; empty unless this node leads. */
  readonly members: readonly MemberStatus[]
  /** The others have gone on without this node. */
  readonly removed: boolean
}

export interface MemberStatus {
  readonly id: NodeId
  readonly state: 'probe' | 'replicate' | 'snapshot'
  readonly match: Index
  readonly entriesBehind: number
  readonly active: boolean
}
