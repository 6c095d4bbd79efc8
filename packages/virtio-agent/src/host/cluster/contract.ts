import type { NodeId } from '@flotilla/core/ids'
import type { ProgressPiece } from '../../contract.ts'
import type { VmMetrics, VmOrder, VmOutcome, VmSummary } from '../contract.ts'

/** The virtual machines of all nodes of a cluster. */
export interface GuestCluster extends AsyncDisposable {
  /** Of all nodes that are connected, asked now. Who did not answer in time is named. */
  list(options?: { readonly signal?: AbortSignal }): Promise<ClusterVms>
  metrics(node: NodeId, vm: string, options?: { readonly signal?: AbortSignal }): Promise<VmMetrics>
  /** Rejects with `not-permitted` where that node does not do this for us, and with `no-such-vm`. */
  order(node: NodeId, vm: string, order: VmOrder): Promise<VmOutcome>
}

export interface ClusterVms {
  readonly vms: readonly (VmSummary & { readonly node: NodeId })[]
  readonly unanswered: readonly { readonly node: NodeId; readonly why: string }[]
}

/** An order as it is judged and written down. */
export type GuestOrder = Pick<VmOrder, 'command' | 'arguments' | 'actor' | 'timeoutMs'> & { readonly vm: string }

export interface GuestOrderRecord {
  /** The node through which it was asked for; `actor` is what that node says of who asked. */
  readonly from: NodeId
  readonly order: GuestOrder
  readonly outcome: 'asked' | 'done' | 'refused' | 'failed'
  readonly code?: string
}

export interface GuestControl {
  /** Whether this node has its machines do such a thing for that one. */
  readonly permits: (from: NodeId, order: GuestOrder) => boolean
  /** Rejects where it cannot be written: then nothing is done. */
  readonly audit: (record: GuestOrderRecord) => Promise<void>
}

/** What travels to the node that has the machine. */
export type GuestQuestion =
  | { readonly type: 'list' }
  | { readonly type: 'metrics'; readonly vm: string }
  | ({ readonly type: 'order' } & GuestOrder)

/** What comes back, line by line. */
export type GuestReply =
  | { readonly type: 'vm'; readonly vm: VmSummary }
  | { readonly type: 'metrics'; readonly metrics: VmMetrics }
  | { readonly type: 'progress'; readonly piece: ProgressPiece }
  | { readonly type: 'ended'; readonly outcome: VmOutcome }
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly hint: string }
