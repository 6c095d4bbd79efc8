import type { NodeId } from '@flotilla/core/ids'
import type { Address } from './address.ts'

/** What a member says about itself. Limited in size; whoever relays it cannot change it, as the member signs it. */
export interface MemberMetadata {
  readonly name: string
  readonly roles: readonly string[]
  readonly capabilities: readonly string[]
  readonly version: string
  /** Where its transport listens. */
  readonly addresses: readonly Address[]
  /** 0 to 1. */
  readonly load: number
}

export type MemberStatus = 'alive' | 'suspect' | 'dead' | 'left'

export interface Member {
  readonly id: NodeId
  readonly status: MemberStatus
  /** Rises each time the member refutes a suspicion or changes its metadata. */
  readonly incarnation: number
  readonly metadata: MemberMetadata
}

export type MembershipEvent =
  | { readonly type: 'joined'; readonly member: Member }
  | { readonly type: 'suspected'; readonly member: Member }
  | { readonly type: 'refuted'; readonly member: Member }
  | { readonly type: 'failed'; readonly member: Member }
  | { readonly type: 'left'; readonly member: Member }
  | { readonly type: 'changed'; readonly member: Member }
  /** We see less than a majority of those we know, or again a majority. */
  | { readonly type: 'degraded' | 'recovered' }
  /** The reader was too slow: events were dropped, so ask for all members anew. */
  | { readonly type: 'overflow' }
