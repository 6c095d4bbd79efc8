import type { NodeId } from '@flotilla/core/ids'
import { after, type Clock } from '@flotilla/core/time'
import type { StatementRow } from '../../catalogue/contract.ts'
import type { BlobId } from '../../types.ts'
import type { FeedAnswer, FeedRequest } from '../feed/messages.ts'

export interface SpreadOptions {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly ask: (peer: NodeId, request: FeedRequest, signal: AbortSignal) => Promise<FeedAnswer>
  /** Who of them holds all of that blob is asked as well. */
  readonly blob?: BlobId
  /** So many are enough: the others are told all the same, but not waited for. Default: all of them. */
  readonly enough?: number
}

/**
 * Tells these nodes at once rather than when they ask, and waits until enough of them have it durably, or the time is
 * over. Who did not take it learns of it later. It never rejects, and resolves with those that hold the blob.
 */
export async function spread(
  rows: readonly StatementRow[],
  to: readonly NodeId[],
  options: SpreadOptions,
): Promise<{ readonly holding: readonly NodeId[] }> {
  const { clock, timeoutMs, ask, blob = '', enough = to.length } = options
  const holding: NodeId[] = []
  let told = 0
  const isEnough = Promise.withResolvers<void>()
  const ended = new AbortController()
  const timer = clock.wakeAt(after(clock.now(), timeoutMs), () => ended.abort())
  const request: FeedRequest = { type: 'take', statements: rows.map(({ envelope }) => envelope), blob }
  const tell = async (node: NodeId): Promise<void> => {
    try {
      const answer = await ask(node, request, ended.signal)
      if (answer.type !== 'taken') return
      if (answer.isHeld) holding.push(node)
      if (++told >= enough) isEnough.resolve()
    } catch {
      // It is told again when it asks.
    }
  }
  const all = Promise.all(to.map(tell)).finally(() => timer[Symbol.dispose]())
  await Promise.race([all, isEnough.promise])
  return { holding }
}
