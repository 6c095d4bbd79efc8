import type { NodeId } from '@flotilla/core/ids'
import type { Claim, FreeMessage } from './messages.ts'
import type { Entry, HardState, Index, ReadNumber, Role, SnapshotMark, Term, WriteNumber } from './types.ts'

/**
 * What a core wants done. The driver performs effects in the order in which they were drained, and may go on to the
 * next while a write, a snapshot or an application is under way; the one order that it must keep is in the types:
 * a `claim` leaves only when the write of its number, and with it every earlier one, is durable.
 */
export type Effect =
  /** Make this durable, after every write of a lower number; then step `written`. */
  | Write
  /** Nothing in it depends on our disk. */
  | { readonly type: 'send'; readonly to: NodeId; readonly message: FreeMessage }
  /** Send it when write `after` is durable. It may be dropped if that never comes. */
  | { readonly type: 'claim'; readonly to: NodeId; readonly after: WriteNumber; readonly message: Claim | FreeMessage }
  /** These are decided, and durable here. Apply them in order, each once, then step `applied`. */
  | { readonly type: 'apply'; readonly entries: readonly Entry[] }
  /**
   * The machine is to be what this snapshot says, whatever it was; its write went before this effect. Then step
   * `applied` with its index. Applications that were drained before it may be left out.
   */
  | { readonly type: 'restore'; readonly snapshot: SnapshotMark }
  /** That member needs a snapshot instead of entries: bring it the latest, then step `snapshot-brought`. */
  | { readonly type: 'bring-snapshot'; readonly to: NodeId }
  /** These reads see everything that was decided before they began, once `index` is applied. */
  | { readonly type: 'read'; readonly reads: readonly ReadNumber[]; readonly index: Index }
  /** These reads got no answer: the leader is gone or unknown. They may be tried again. */
  | { readonly type: 'read-failed'; readonly reads: readonly ReadNumber[] }
  /** Something that those around may want to know; it changes nothing. */
  | { readonly type: 'tell'; readonly news: News }

export interface Write {
  readonly type: 'write'
  readonly number: WriteNumber
  readonly hardState?: HardState
  /** To stand in the log from the first one's index on, in place of whatever is there. Not empty; after `snapshot`. */
  readonly entries?: readonly Entry[]
  /** In place of the whole log, but for entries after it if the entry at its index is of its term. */
  readonly snapshot?: SnapshotMark
}

export type News =
  | { readonly type: 'role'; readonly role: Role; readonly term: Term; readonly leader: NodeId | undefined }
  /** In force, though perhaps not decided yet. */
  | { readonly type: 'configuration'; readonly index: Index }
  /** A leader that could not write for so long that it gave way. */
  | { readonly type: 'disk-stalled'; readonly milliseconds: number }
  /** The others have gone on without this node. */
  | { readonly type: 'removed'; readonly configurationIndex: Index }
  | { readonly type: 'transfer-ended'; readonly to: NodeId; readonly succeeded: boolean }
  /** A message broke the rules and was dropped; `why` is a sentence about it. */
  | { readonly type: 'message-refused'; readonly from: NodeId; readonly why: string }
  /**
   * A member lacks what it had said was durable there: its disk lost data, or was exchanged. It counts for nothing
   * while this term lasts; it should be removed, and join again as a learner.
   */
  | { readonly type: 'member-lost-data'; readonly member: NodeId; readonly match: Index; readonly lastIndex: Index }
