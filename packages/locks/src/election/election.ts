import type { CallOptions } from '@flotilla/raft'
import type { LockHolder, WaitOptions } from '../locks.ts'

export interface CampaignOptions extends WaitOptions {
  /** What observers see of this leader: an address, a name. Default: nothing. */
  readonly value?: string
}

/** Of all who campaign for the same key, one leads: the one who has waited longest. */
export interface Election {
  readonly key: string
  /** Waits until it is elected. */
  campaign(options?: CampaignOptions): Promise<Leadership>
  /** Who leads now, as far as was decided before this call. */
  leader(options?: CallOptions): Promise<LockHolder | undefined>
  /** Who leads, now and after each change; a slow reader sees the latest only. Ends when the signal aborts. */
  observe(options?: { readonly signal?: AbortSignal }): AsyncIterable<LockHolder | undefined>
}

/** `await using` resigns at the end of the block. */
export interface Leadership extends AsyncDisposable {
  readonly key: string
  /** Higher than that of every leader before, for ever. See `createFence`. */
  readonly token: number
  /** As `Lock.held`. */
  readonly held: boolean
  /** Aborts when it leads no more, before anybody else can be elected. */
  readonly signal: AbortSignal
  /** Says something else to observers. */
  proclaim(value: string, options?: CallOptions): Promise<void>
  /** As `Lock.release`. */
  resign(): Promise<boolean>
}
