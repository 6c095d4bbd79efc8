import type { NodeId } from '@flotilla/core/ids'
import type { Network } from '@flotilla/core/network'
import type { Logger, Metrics } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import type { Group, GroupStatus, Replicated } from './group.ts'
import type { RaftSettings } from './settings.ts'
import type { MachineCodecs, MachineKind } from './state-machine.ts'
import type { RaftStorage } from './storage/storage.ts'
import type { GroupName } from './types.ts'

/** What a node is made from. The name of the channel is `raft`, unless told. */
export interface RaftOptions {
  readonly network: Network
  /** The node closes it in the end. */
  readonly storage: RaftStorage
  readonly clock: Clock
  readonly entropy: Entropy
  readonly settings?: Partial<RaftSettings>
  readonly limits?: Partial<RaftLimits>
  readonly logger?: Logger
  readonly metrics?: Metrics
  readonly channel?: string
  /**
   * Calls back when everything that has arrived in this turn of the event loop was handed out: all of it becomes one
   * write and one message for each peer. `queueMicrotask` by default; `@flotilla/raft/node` brings `setImmediate`.
   */
  readonly afterTurn?: (run: () => void) => void
  /** May that node, a member or not, run commands and read? Default: whoever is connected. */
  readonly admits?: (peer: NodeId, group: GroupName) => boolean
  /** May that node take part in that group as a member, as far as anybody can know? Default: whoever is connected. */
  readonly admitsMember?: (peer: NodeId, group: GroupName) => boolean
  /**
   * A node writes to a group that is not open here, which a leader does when it has made this node a member. It may
   * call `open`, without `voters`; until the group is open, what comes for it is ignored, and comes again. Told once a
   * second and group at most.
   */
  readonly onUnknownGroup?: (group: GroupName, from: NodeId) => void
  /**
   * The disk failed or holds what was never written: every group here has stopped, calls fail with `stopped`. The
   * process should end, and be started again only by somebody who has read the error.
   */
  readonly onStopped?: (error: Error) => void
}

/** Limits of a node, all its groups together. */
export interface RaftLimits {
  readonly groupsMax: number
  /** Calls that wait in one group, from here and from other nodes; one more is refused with `overloaded`. */
  readonly callsWaitingMax: number
  /** Of those, the ones that one other node has sent. */
  readonly callsWaitingPerPeerMax: number
  /** How long a call tries when it is not told. */
  readonly callTimeoutMs: number
  /** Sessions in one group; the one unused for longest goes for one more. */
  readonly sessionsMax: number
  /** A session unused for this long, on the log's clock, goes. */
  readonly sessionIdleMs: number
  /** Results that one session keeps until its client has said that it has them. */
  readonly resultsKeptMax: number
  /** Snapshots being brought, or received, at once. */
  readonly snapshotsMovingMax: number
  readonly snapshotChunkBytes: number
  /** A piece of a snapshot that takes longer than this ends the attempt; what came is kept, and the next goes on. */
  readonly snapshotStallMs: number
  /** How long a member may take to make a snapshot durable and load it, once it was sent, before the attempt ends. */
  readonly snapshotLoadMs: number
  /** Groups that `onUnknownGroup` was told of and that are remembered, so that it is not told again at once. */
  readonly unknownGroupsAskedMax: number
}

export interface OpenGroupOptions<Command, Result, Query, Answer> {
  readonly name: string
  readonly machine: MachineKind<Command, Result, Query, Answer>
  /**
   * The first members, the same on each of them; it counts only where the disk knows nothing of this group. Left out:
   * this node waits until a leader makes it a member.
   */
  readonly voters?: readonly NodeId[]
  readonly settings?: Partial<RaftSettings>
}

/** One node's part in all of its groups. */
export interface RaftNode extends AsyncDisposable {
  readonly self: NodeId
  /** Rejects with `snapshot-unloadable`, which concerns this group only. */
  open<Command, Result, Query, Answer>(
    options: OpenGroupOptions<Command, Result, Query, Answer>,
  ): Promise<Group<Command, Result, Query, Answer>>
  groups(): readonly GroupStatus[]
  /** Groups that are open here or that the disk knows: at a start, what to open. */
  stored(): readonly GroupName[]
  /** Of a group that this node is no member of: as `createRaftClient`, over this node's channel. */
  client<Command, Result, Query, Answer>(
    options: GroupClientOptions<Command, Result, Query, Answer>,
  ): GroupClient<Command, Result, Query, Answer>
  /** Hands over every leadership held here, as far as that goes in that time: for a planned stop. */
  handOver(options: { readonly timeoutMs: number }): Promise<void>
}

export type CreateRaft = (options: RaftOptions) => RaftNode

/** Who calls from outside a group. */
export interface GroupClientOptions<Command, Result, Query, Answer> {
  readonly group: string
  readonly codecs: MachineCodecs<Command, Result, Query, Answer>
  /** Whom to ask; by default whoever is connected. Redirects are followed. */
  readonly members?: () => readonly NodeId[]
  readonly callTimeoutMs?: number
  /** Calls that wait; one more is refused with `overloaded`. */
  readonly callsWaitingMax?: number
  /** Commands without an answer; others wait for theirs. No more than `resultsKeptMax` of the nodes. */
  readonly commandsInFlightMax?: number
}

/** Disposing it ends its session and fails what waits with `closed`. */
export type GroupClient<Command, Result, Query, Answer> = Replicated<Command, Result, Query, Answer> & AsyncDisposable

/** What clients of one process are made from. */
export interface RaftClientsOptions {
  readonly network: Network
  readonly clock: Clock
  readonly entropy: Entropy
  readonly channel?: string
  /** As for `RaftOptions`. */
  readonly afterTurn?: (run: () => void) => void
  readonly logger?: Logger
}

/** Clients of any number of groups over one channel. Disposing it disposes them. */
export interface RaftClients extends AsyncDisposable {
  client<Command, Result, Query, Answer>(
    options: GroupClientOptions<Command, Result, Query, Answer>,
  ): GroupClient<Command, Result, Query, Answer>
}

export type CreateRaftClients = (options: RaftClientsOptions) => RaftClients

/** For a node that is connected with members of one group and is none itself, nor a client of another group. */
export type RaftClientOptions<Command, Result, Query, Answer> = RaftClientsOptions &
  GroupClientOptions<Command, Result, Query, Answer>

export type CreateRaftClient = <Command, Result, Query, Answer>(
  options: RaftClientOptions<Command, Result, Query, Answer>,
) => GroupClient<Command, Result, Query, Answer>
