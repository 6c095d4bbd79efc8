import type { Entropy } from '@flotilla/core/random'
import type { WallMillis } from '@flotilla/core/time'
import type { GuestMetrics, MetricsDetail, ProgressPiece } from '../contract.ts'
import type { HostOrder, OrderEnding } from './host-orders.ts'
import type { OwnHostLimits } from './limits.ts'
import type { GuestAbout, HelloRefusal, NoticeCode } from './messages.ts'
import type { Packing } from './packing.ts'
import type { SharedKey } from './protection.ts'
import type { OrderSigner } from './signing.ts'

export interface OwnHostCoreOptions {
  readonly entropy: Entropy
  readonly limits: OwnHostLimits
  /** What can be unpacked; packed metrics of another kind are refused. */
  readonly packing: Packing | undefined
  /** With it only guests that have it too are spoken with. */
  readonly key: SharedKey | undefined
  readonly signer: OrderSigner | undefined
  /** What guests are to do from their welcome on; their own settings hold without it. */
  readonly metrics: { readonly intervalMs: number; readonly detail: MetricsDetail } | undefined
  wallNow(): WallMillis
}

export type OwnHostInput =
  | { readonly type: 'peer'; readonly isThere: boolean }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'order'; readonly order: HostOrder }
  | { readonly type: 'cancel'; readonly ticket: number }
  | { readonly type: 'configure'; readonly intervalMs: number; readonly detail: MetricsDetail }
  | { readonly type: 'collect' }
  | { readonly type: 'wake' }

export type OwnHostEffect =
  | { readonly type: 'welcomed'; readonly about: GuestAbout; readonly session: string }
  /** The guest is there and does not want us. */
  | { readonly type: 'refused'; readonly code: HelloRefusal | 'not-sealed'; readonly message: string }
  /** There is no session any more; orders under way are told as lost. */
  | { readonly type: 'parted'; readonly why: string }
  | {
      readonly type: 'metrics'
      readonly metrics: GuestMetrics
      readonly detail: MetricsDetail
      readonly number: number
    }
  | { readonly type: 'progress'; readonly ticket: number; readonly piece: ProgressPiece; readonly dropped: number }
  /** Once for each order. */
  | { readonly type: 'ended'; readonly ticket: number; readonly ending: OrderEnding; readonly dropped: number }
  /** The guest dropped something of ours. */
  | { readonly type: 'notice'; readonly code: NoticeCode; readonly count: number }
  /** Something of the guest's was dropped: it is no line, too much, or forged. */
  | { readonly type: 'trouble'; readonly what: string }
