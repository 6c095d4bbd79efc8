import type { Entropy } from '@flotilla/core/random'
import type { WallMillis } from '@flotilla/core/time'
import type {
  CommandName,
  CommandOrder,
  CommandOutcome,
  GuestMetrics,
  MetricsDetail,
  ProgressPiece,
  RefusalCode,
} from '../contract.ts'
import type * as own from '../own/index.ts'

export interface OwnCoreOptions {
  /** The guest's name for itself: signatures are over it. */
  readonly guest: string
  readonly agentVersion: string
  readonly entropy: Entropy
  readonly limits: own.OwnGuestLimits
  readonly detail: MetricsDetail
  readonly packing: own.Packing | undefined
  readonly key: own.SharedKey | undefined
  readonly trust: own.OrderTrust | undefined
  supported(): readonly CommandName[]
  wallNow(): WallMillis
}

export type OwnInput =
  | { readonly type: 'peer'; readonly isThere: boolean }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'collected'; readonly collection: number; readonly metrics: GuestMetrics | undefined }
  | { readonly type: 'progress'; readonly run: number; readonly piece: ProgressPiece }
  | { readonly type: 'ended'; readonly run: number; readonly outcome: CommandOutcome }
  | { readonly type: 'wake' }

export type OwnEffect =
  | { readonly type: 'run'; readonly run: number; readonly order: CommandOrder }
  | { readonly type: 'abort'; readonly run: number; readonly why: string }
  | { readonly type: 'collect'; readonly collection: number; readonly detail: MetricsDetail }
  /** A command that did not become an order, for the audit log; there may be very many of them. */
  | { readonly type: 'refused'; readonly refused: RefusedCommand }
  /** For the log. */
  | { readonly type: 'note'; readonly what: string }

export interface RefusedCommand {
  /** As it came: it may be none of ours. */
  readonly command: string
  readonly actor: string
  readonly code: RefusalCode
}
