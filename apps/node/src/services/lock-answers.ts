import type { LockState } from '@flotilla/locks'

/** What the paths of raft answer, and what the page shows of it. What is not there is `null`. */
export interface RaftAnswer {
  /**
   * - `none`: in no cluster.
   * - `member`: this node decides, or listens, in the group of the cluster.
   * - `client`: it asks those that do.
   * - `failed`: it takes no part until it is started again.
   */
  readonly state: 'none' | 'member' | 'client' | 'failed'
  /** Something that somebody should do about it, as a sentence. */
  readonly notice: string | null
  readonly groups: readonly GroupEntry[]
}

export interface GroupEntry {
  readonly name: string
  readonly role: 'leader' | 'follower' | 'pre-candidate' | 'candidate'
  readonly term: number
  readonly leader: { readonly id: string; readonly name: string } | null
  /** Nothing has happened for a while, so even heartbeats have stopped. */
  readonly quiet: boolean
  readonly commit: number
  readonly applied: number
  readonly lastIndex: number
  readonly snapshotIndex: number
  readonly logBytes: number
  readonly sessions: number
  readonly version: number
  readonly members: readonly GroupMemberEntry[]
  /** Who looks after the members, where this node leads. */
  readonly autopilot: { readonly state: string; readonly reason: string }
}

export interface GroupMemberEntry {
  readonly id: string
  readonly name: string
  readonly self: boolean
  /** `leaving` decides until a change under way is done. */
  readonly part: 'voter' | 'learner' | 'leaving'
  readonly leads: boolean
  /** `null` where this node does not lead, and of itself. */
  readonly entriesBehind: number | null
  readonly answers: boolean | null
}

export interface LocksAnswer {
  readonly locks: readonly LockState[]
  /** Ask for what comes after this key; `null` at the end. */
  readonly next: string | null
}

export interface LockAnswer {
  readonly lock: LockState
}

/** What comes while a lock is asked for and held through this node. The connection is the hold: its end releases. */
export type HoldEvent =
  /** Now and then, so that it is noticed when the node does not answer any more. */
  | { readonly event: 'beat' }
  /** Somebody else has it. */
  | { readonly event: 'waiting'; readonly lock: LockState }
  /** `hold` is what releases it. */
  | { readonly event: 'granted'; readonly hold: string; readonly key: string; readonly token: number }
  /** It is not held any more; soon somebody else may be granted it. */
  | { readonly event: 'lost'; readonly code: string; readonly message: string }
  /** The node stops: whoever holds has to end, and is waited for, but not for long. */
  | { readonly event: 'stopping' }
  | { readonly event: 'released' }

/** What comes while a key is watched: how it is now, and after each change. */
export type WatchEvent = { readonly event: 'beat' } | { readonly event: 'lock'; readonly lock: LockState }
