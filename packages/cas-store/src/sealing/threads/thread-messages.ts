import type { KeySchedules } from '../chunk-keys.ts'
import type { Part, PartResult } from './part.ts'

/** What a thread is started with. The memory of the keys is shared, so that zeroing it here zeroes it there. */
export interface ThreadStart {
  readonly idKey: Uint8Array
  readonly keys: KeySchedules
}

export type ToThread =
  | { readonly type: 'work'; readonly parts: readonly Part[] }
  | { readonly type: 'use-keys'; readonly keys: KeySchedules }
  /** Nothing comes after it. */
  | { readonly type: 'close' }

/** A thread answers each message, in order. */
export type FromThread =
  | { readonly type: 'done'; readonly results: readonly PartResult[] }
  | { readonly type: 'keys-used' }
