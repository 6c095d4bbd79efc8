import type { Configuration, Entry, Index, ReadNumber, SnapshotMark, Term } from './types.ts'

/**
 * What cores of one group tell each other. Who sent it is known from the connection. There are two kinds, and the
 * types keep them apart: a `Claim` says that something is durable here, so it leaves only after the writes that it
 * depends on; everything else leaves at once.
 */
export type Message = Claim | FreeMessage

export type Claim =
  /** Candidate to voters. It claims that `term`, its vote for itself, and its log up to `lastIndex` are durable. */
  | {
      readonly type: 'vote'
      readonly term: Term
      readonly lastIndex: Index
      readonly lastTerm: Term
      /** The leader has asked for this election, so that its own followers take part (thesis §3.10). */
      readonly transfer: boolean
    }
  /** Voter to candidate. Claims that the vote, or the newer term, is durable. */
  | { readonly type: 'vote-answer'; readonly term: Term; readonly granted: boolean }
  /** Follower to leader: claims that my log agrees with yours, durably, up to `match`. */
  | { readonly type: 'append-answer'; readonly term: Term; readonly match: Index; readonly round: number }

export type FreeMessage =
  /** To voters: would you vote for me in `term`, which is one more than mine? Nobody's term changes by it. */
  | { readonly type: 'pre-vote'; readonly term: Term; readonly lastIndex: Index; readonly lastTerm: Term }
  /** `term` is that of the question when granted, otherwise the voter's own. */
  | { readonly type: 'pre-vote-answer'; readonly term: Term; readonly granted: boolean }
  /** Leader to all: entries that follow on `prevIndex`. It claims nothing about the leader's own disk. */
  | {
      readonly type: 'append'
      readonly term: Term
      readonly prevIndex: Index
      readonly prevTerm: Term
      readonly commit: Index
      /** See `heartbeat`. */
      readonly round: number
      /** Not empty, unless it probes where the logs part. */
      readonly entries: readonly Entry[]
    }
  /**
   * Follower to leader: I have no entry of `prevTerm` at `prevIndex`. The highest place at which ours may agree is
   * `hintIndex`, where this side has `hintTerm`; so one question skips a whole term.
   */
  | {
      readonly type: 'append-refusal'
      readonly term: Term
      readonly prevIndex: Index
      readonly hintIndex: Index
      readonly hintTerm: Term
      readonly round: number
    }
  /**
   * Leader to all: I still lead. `commit` is never beyond what that follower was seen to have. The highest `round`
   * answered by a majority proves that the leader still led after it began that round (Raft §8, ReadIndex).
   */
  | { readonly type: 'heartbeat'; readonly term: Term; readonly commit: Index; readonly round: number }
  /**
   * Follower to leader. It leaves after the term is durable, should that be new, which the core sees to.
   * `lastIndex` lets a leader notice a follower that lost what it had been sent.
   */
  | { readonly type: 'heartbeat-answer'; readonly term: Term; readonly round: number; readonly lastIndex: Index }
  /** Follower to leader: from where may I read? */
  | { readonly type: 'read'; readonly term: Term; readonly read: ReadNumber }
  /** Leader to follower: once you have applied up to `index`; undefined when it cannot say: ask again, or elsewhere. */
  | {
      readonly type: 'read-answer'
      readonly term: Term
      readonly read: ReadNumber
      readonly index: Index | undefined
    }
  /** Leader to the one that shall lead next, which has everything: stand for election at once (thesis §3.10). */
  | { readonly type: 'stand'; readonly term: Term }
  /** Leader to all, who have everything: nothing is going on, so I shall be quiet until something does. */
  | { readonly type: 'quiet'; readonly term: Term; readonly commit: Index }
  /** To somebody who asks for votes though he is no member any more, from one who knows that for certain. */
  | { readonly type: 'removed'; readonly term: Term; readonly configurationIndex: Index }

/** What travels before the content of a snapshot, on a stream of its own. */
export interface SnapshotOffer {
  readonly term: Term
  readonly snapshot: SnapshotMark
}

/** Whoever reads a configuration in a log. */
export interface PlacedConfiguration {
  readonly index: Index
  readonly configuration: Configuration
}
