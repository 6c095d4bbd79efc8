import type { NodeId } from '@flotilla/core/ids'

/** What a group is called, on every node alike: see `parseGroupName`. */
export type GroupName = string & { readonly brand: 'GroupName' }

/** Rises with every election; at most one leader each (Raft §5.1). 0 before the first. */
export type Term = number & { readonly brand: 'Term' }

/** The place of an entry in the log of one group; the first is 1. 0 is before all of them. */
export type Index = number & { readonly brand: 'Index' }

/**
 * Numbers one core's writes, from 1 on, in the order in which they must become durable. 0 stands for what was durable
 * when the core began. An answer from the disk names a write, never an index: the same index may be written twice.
 */
export type WriteNumber = number & { readonly brand: 'WriteNumber' }

/** Numbers one core's linearizable reads, from 1 on. It means nothing after a restart. */
export type ReadNumber = number & { readonly brand: 'ReadNumber' }

/**
 * Milliseconds on a clock that a group's log itself keeps: each leader stamps what it proposes, never below what was
 * stamped before, and time without a leader does not count. So every replica sees the same time at the same entry.
 */
export type LogMillis = number & { readonly brand: 'LogMillis' }

export type EntryKind =
  /** For the replica: commands, session keeping, the passing of time. */
  | 'command'
  /** A `Configuration`, in force from the moment that it stands in the log (Raft §6). */
  | 'configuration'
  /** What a new leader begins its term with (Raft §8). No data. */
  | 'empty'

export interface Entry {
  readonly index: Index
  readonly term: Term
  readonly kind: EntryKind
  /** Never changed once it is here: memory, disk and network share it. */
  readonly data: Uint8Array
}

/** Who decides. All lists are sorted and without doubles; nobody is in both `voters` and `learners`. */
export interface Configuration {
  /** A majority of these decides. */
  readonly voters: readonly NodeId[]
  /** While joint, a majority of these has to agree as well; empty otherwise (Raft §6). */
  readonly outgoing: readonly NodeId[]
  /** They get everything and decide nothing. One may be in `outgoing` too: a voter that is about to be a learner. */
  readonly learners: readonly NodeId[]
}

/** What a node must remember before it says anything about it (Raft figure 2). */
export interface HardState {
  readonly term: Term
  /** For whom it voted in that term. */
  readonly vote: NodeId | undefined
}

/** A snapshot, without its content. It stands for every entry up to and including `index`. */
export interface SnapshotMark {
  readonly index: Index
  readonly term: Term
  /** The configuration in force at `index`. */
  readonly configuration: Configuration
  /** Names the content among all snapshots of all nodes; empty for the beginning of a group, which has no content. */
  readonly id: string
  /** Length of the content. */
  readonly bytes: number
}

export type Role =
  | 'follower'
  /** Asks whether an election could be won, without disturbing anybody (Raft thesis §9.6). */
  | 'pre-candidate'
  | 'candidate'
  | 'leader'
