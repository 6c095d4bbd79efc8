import type { NodeId } from '@flotilla/core/ids'
import type { ProcessSignal } from '../contract.ts'
import type { ProcessIdentity } from '../readings.ts'

/** Somebody wants a process of this machine to end, or to have another rank. */
export type ControlOrder =
  | {
      readonly type: 'signal'
      readonly process: ProcessIdentity
      readonly actor: string
      readonly signal: ProcessSignal
    }
  | { readonly type: 'nice'; readonly process: ProcessIdentity; readonly actor: string; readonly nice: number }

/** What is written down of it: before it is done, and what became of it. */
export interface ControlRecord {
  /** The node through which it was asked for; `actor` is what that node says of who asked. */
  readonly from: NodeId
  readonly order: ControlOrder
  readonly outcome: 'asked' | 'done' | 'refused' | 'failed'
  /** Of the refusal or failure. */
  readonly code?: string
}

export interface Control {
  /** Whether this node does such a thing for that one. */
  readonly permits: (from: NodeId, order: ControlOrder) => boolean
  /** Rejects where it cannot be written: then nothing is done. */
  readonly audit: (record: ControlRecord) => Promise<void>
}
