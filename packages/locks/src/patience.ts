import { after, type Clock } from '@flotilla/core/time'
import type { WaitOptions } from './locks.ts'
import type { ReleaseReason } from './machine/index.ts'
import { timedOut } from './session/errors.ts'

/** How long somebody is willing to wait: until the signal aborts, or the time is over. */
export interface Patience extends Disposable {
  readonly signal: AbortSignal | undefined
  /** Why it came to an end, once the signal has aborted. */
  readonly because: ReleaseReason
}

export function patienceOf(clock: Clock, key: string, { signal, timeoutMs }: WaitOptions): Patience {
  signal?.throwIfAborted()
  if (timeoutMs === undefined) return { signal, because: 'abort', [Symbol.dispose]: () => {} }
  const over = new AbortController()
  let because: ReleaseReason = 'abort'
  const forward = (): void => over.abort(signal?.reason)
  signal?.addEventListener('abort', forward, { once: true })
  const timer = clock.wakeAt(after(clock.now(), timeoutMs), () => {
    if (over.signal.aborted) return
    because = 'timeout'
    over.abort(timedOut(key, timeoutMs))
  })
  return {
    signal: over.signal,
    get because() {
      return because
    },
    [Symbol.dispose]() {
      timer[Symbol.dispose]()
      signal?.removeEventListener('abort', forward)
    },
  }
}

/** Waits for it, or rejects with the signal's reason; the promise itself goes on, for whoever shares it. */
export async function unlessAborted(promise: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return void (await promise)
  const aborted = Promise.withResolvers<never>()
  const stop = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
