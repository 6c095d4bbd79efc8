import type { Entry, GroupName, HardState, SnapshotMark } from '../types.ts'

export type StorageErrorCode =
  /** What was durable is not what was written. Nothing was changed; this node cannot go on by itself. */
  | 'corrupt'
  /** Written by a newer version of this program, or by another one. */
  | 'unknown-format'
  /** There is no room. Nothing durable is harmed; the storage has to be opened anew. */
  | 'disk-full'
  /** The disk failed. The storage has to be opened anew, as after a crash. */
  | 'io-failed'
  /** Another node sent a snapshot that cannot be: its id is no id, or more or less came than its mark says. */
  | 'wrong-mark'
  | 'closed'

/**
 * What the driver needs of a disk, for all groups of a node together. `memoryStorage` and `openDiskStorage` provide
 * it, and `@flotilla/raft/testing` has the suite that every implementation passes.
 */
export interface RaftStorage extends AsyncDisposable {
  /**
   * What the node goes on from: what was durable when this was opened, and, for a group that is opened once more in the
   * same life, what its writes have made of it since. Each `get` puts the group together anew.
   */
  readonly recovered: ReadonlyMap<GroupName, RecoveredGroup>
  readonly snapshots: SnapshotStore
  /**
   * Resolves when all of it is durable. Writes become durable in the order of the calls: after a crash, what is left is
   * a prefix of what was given, whole `GroupWrite`s only, with everything that had resolved. Several may be
   * outstanding; those that wait for the disk share its next sync. Once one fails, all later ones fail alike. What is
   * given must not change any more. How much waits here is bounded by what raft lets be undecided and in flight.
   */
  write(writes: readonly GroupWrite[]): Promise<void>
  /** Groups whose old entries keep the most room from being used again: a snapshot of each would free it. */
  crowded(): readonly GroupName[]
  figures(): StorageFigures
}

export interface RecoveredGroup {
  readonly hardState: HardState
  readonly snapshot: SnapshotMark
  /** Those after the snapshot, without a gap. */
  readonly entries: readonly Entry[]
}

/** A part that is left out stays as it is. The snapshot takes effect before the entries. */
export interface GroupWrite {
  readonly group: GroupName
  readonly hardState?: HardState | undefined
  /** To stand from the first one's index on, in place of whatever is there. */
  readonly entries?: readonly Entry[] | undefined
  /**
   * In place of the whole log, but for the entries after it where the entry at its index has its term. The content, if
   * it has any, is in `snapshots` and durable already. The first write of a group has one.
   */
  readonly snapshot?: SnapshotMark | undefined
  /** The group is no more: everything about it goes. */
  readonly removed?: true | undefined
}

export interface StorageFigures {
  /** Bytes of log on disk, room that is ready to be used included. */
  readonly logBytes: number
  readonly snapshotBytes: number
  readonly syncs: number
}

/** The contents of snapshots. Whatever is not complete does not count, and whatever no group needs goes by itself. */
export interface SnapshotStore {
  /** Begins a snapshot of this node's own making. With an empty `id`, as is usual, the store draws one. */
  create(group: GroupName, mark: Omit<SnapshotMark, 'bytes'>): Promise<SnapshotWriter>
  /**
   * Goes on with a snapshot that comes from another node, or begins it. `position` is how many bytes of it are here,
   * durable and verified, perhaps from before a restart.
   */
  receive(group: GroupName, mark: SnapshotMark): Promise<SnapshotWriter>
  /** The bytes from `position` on, each verified before it is given out. Rejects with `corrupt` or `not-found`. */
  read(group: GroupName, mark: SnapshotMark, position?: number): AsyncIterable<Uint8Array>
}

export interface SnapshotWriter extends AsyncDisposable {
  /** How many bytes it has. Right after `receive`, all of them are durable and verified. */
  readonly position: number
  write(bytes: Uint8Array): Promise<void>
  /** Makes it durable and complete. Only then may its mark be given to `write`. */
  finish(): Promise<SnapshotMark>
  /** Without `finish`, what was received stays to be resumed, and what was created goes. */
  [Symbol.asyncDispose](): Promise<void>
}
