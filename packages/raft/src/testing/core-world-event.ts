import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { Message } from '../messages.ts'
import type { RaftSettings } from '../settings.ts'
import type { Index } from '../types.ts'

export interface CoreWorldOptions {
  readonly seed: number
  readonly nodes: number
  /** How many of them are voters at the beginning; the others know nothing of the group. */
  readonly voters: number
  readonly settings?: Partial<RaftSettings>
}

/** How likely things go wrong, in percent. */
export interface Weather {
  lossPercent: number
  doublePercent: number
  latePercent: number
  slowDiskPercent: number
}

/** What happens in a world at some time. */
export type WorldEvent =
  | { readonly type: 'message'; readonly from: NodeId; readonly to: NodeId; readonly message: Message }
  | { readonly type: 'written'; readonly node: NodeId; readonly life: number }
  | { readonly type: 'applied'; readonly node: NodeId; readonly life: number; readonly index: Index }
  | { readonly type: 'snapshot'; readonly node: NodeId; readonly life: number; readonly to: NodeId }
  | { readonly type: 'wake'; readonly node: NodeId; readonly at: Millis }
  | { readonly type: 'drain'; readonly node: NodeId; readonly life: number }

export const calm: Weather = { lossPercent: 0, doublePercent: 0, latePercent: 0, slowDiskPercent: 0 }
