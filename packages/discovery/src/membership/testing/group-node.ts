import type { NodeId } from '@flotilla/core/ids'
import type { Deadline } from '@flotilla/core/machines'
import type { MembershipEvent } from '../../member.ts'
import type { MembershipCore } from '../core.ts'
import type { MembershipInput } from '../effect.ts'
import type { MembershipSettings } from '../settings.ts'

export interface CoreGroupOptions {
  readonly seed: number
  readonly settings?: Partial<MembershipSettings>
  /** Of a thousand datagrams. */
  readonly lossPerMille?: number
  readonly onEvent?: (atMs: number, node: GroupNode, event: MembershipEvent) => void
}

/** One core in the group. */
export interface GroupNode {
  readonly index: number
  readonly id: NodeId
  core: MembershipCore
  /** `paused`: it does nothing, what comes in waits. `down`: what comes in is lost. */
  state: 'up' | 'paused' | 'down'
  /** What came in while it was paused. */
  waiting: MembershipInput[]
  timer: Deadline<() => void> | undefined
  bytesSent: number
  packetsSent: number
}

export interface StartOptions {
  /** A node that is down, to be started once more. */
  readonly again?: GroupNode
  /** Whose id it gets; another for each node unless told. */
  readonly name?: string
  readonly wallMs?: number
  readonly port?: number
}
