import type { NodeId } from '@flotilla/core/ids'
import type { Address } from '../address.ts'
import type { Member, MemberMetadata, MembershipEvent } from '../member.ts'
import type { FoundMember } from '../ports.ts'
import type { EncodedGossip, Greeting, Message, Path } from './messages.ts'
import type { MemberEntry } from './member-table.ts'
import type { SignedRecord } from './record.ts'

/** What the core is told. Datagrams and notices come decoded, from a member whose signature was found right. */
export type MembershipInput =
  | { readonly type: 'wake' }
  | {
      readonly type: 'packet'
      readonly from: NodeId
      readonly path: Path
      readonly message: Message
      readonly gossip: readonly EncodedGossip[]
    }
  /** The same from somebody who is not known, with its own record, whose proof was found right. */
  | ({ readonly type: 'stranger' } & Stranger)
  /** Discovery has found a member. */
  | { readonly type: 'found'; readonly member: FoundMember }
  /** What came of a `probe-connection`. */
  | { readonly type: 'connection-probed'; readonly sequence: number; readonly reached: boolean }
  /** The transport has a connection to this peer now, or lost it: reset, closed, or not heard from. */
  | { readonly type: 'peer'; readonly change: 'up' | 'down'; readonly peer: NodeId }
  /** What came of an `exchange`. */
  | { readonly type: 'exchanged'; readonly peer: NodeId; readonly succeeded: boolean }
  /** Something signed by a member, or by somebody unknown, that only a comparison explains. */
  | { readonly type: 'puzzled'; readonly by: NodeId }
  | { readonly type: 'metadata'; readonly metadata: MemberMetadata }
  | { readonly type: 'addresses'; readonly datagrams: readonly Address[] }
  /** Our own proof was renewed. */
  | { readonly type: 'renewed' }
  /** Its proof is not valid any more. */
  | { readonly type: 'expelled'; readonly member: NodeId }
  | { readonly type: 'leave' }

/** Somebody of the cluster whom we do not know, and who greets. */
export interface Stranger {
  readonly from: NodeId
  readonly path: Path
  readonly message: Greeting
  readonly signed: SignedRecord
}

/** What the driver does for the core, in this order. None of it has to succeed. */
export type MembershipEffect =
  | {
      readonly type: 'send'
      readonly to: NodeId
      readonly path: Path
      readonly message: Message
      readonly gossip: readonly EncodedGossip[]
    }
  /** Ask the member over its connection whether it is there, and say so within the time. */
  | {
      readonly type: 'probe-connection'
      readonly sequence: number
      readonly peer: NodeId
      readonly timeoutMs: number
    }
  /** Compare everything with this peer, over its connection. */
  | { readonly type: 'exchange'; readonly peer: NodeId }
  | { readonly type: 'event'; readonly event: MembershipEvent }
  /** So many members know that we leave; nothing more is to be waited for. */
  | { readonly type: 'departed'; readonly witnesses: number }
  /** Something that came in was not believed; `why` is one of a few words, for counting. */
  | { readonly type: 'refused'; readonly why: string }

export type Emit = (effect: MembershipEffect) => void

export function memberOf({ id, status, record }: MemberEntry): Member {
  return { id, status, incarnation: record.incarnation, metadata: record.metadata }
}
