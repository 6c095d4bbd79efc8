import { Backoff } from '@flotilla/core/machines'
import { sleep } from '@flotilla/core/time'
import { isPassing } from './errors.ts'
import type { SessionWorld } from './session.ts'

/** Does it again, after growing pauses, as long as that may help. Rejects with the signal's reason when that aborts. */
export async function persist<Result>(
  world: Pick<SessionWorld, 'clock' | 'limits' | 'prng'>,
  act: () => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  let pauses: Backoff | undefined
  for (;;) {
    try {
      return await act()
    } catch (error) {
      signal.throwIfAborted()
      if (!isPassing(error)) throw error
    }
    pauses ??= backoffOf(world)
    await sleep(world.clock, pauses.nextMs(), { signal })
  }
}

export function backoffOf({ limits, prng }: Pick<SessionWorld, 'limits' | 'prng'>): Backoff {
  return new Backoff(prng, { firstMs: limits.retryPauseMs, capMs: limits.retryPauseMsMax, jitter: 'equal' })
}
