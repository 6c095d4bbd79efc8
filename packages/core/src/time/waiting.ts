import { FlotillaError } from '../errors/index.ts'
import { after, type Clock } from './clock.ts'

/** Resolves after `durationMs`; rejects with the signal's reason when that comes first. */
export function sleep(
  clock: Clock,
  durationMs: number,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { signal } = options
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    const timer = clock.wakeAt(after(clock.now(), durationMs), () => {
      signal?.removeEventListener('abort', cancel)
      resolve()
    })
    const cancel = (): void => {
      timer[Symbol.dispose]()
      reject(signal?.reason as Error)
    }
    signal?.addEventListener('abort', cancel, { once: true })
  })
}

/**
 * Runs `work` with a signal that aborts when the outer signal does, or after `timeoutMs` with a `deadline-exceeded`
 * error that names `what` was being waited for. The work is expected to stop when its signal aborts; its outcome is
 * returned.
 */
export async function withTimeout<Result>(
  options: { readonly clock: Clock; readonly timeoutMs: number; readonly what: string; readonly signal?: AbortSignal },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { clock, timeoutMs, what, signal } = options
  signal?.throwIfAborted()
  const inner = new AbortController()
  const forward = (): void => inner.abort(signal?.reason)
  signal?.addEventListener('abort', forward, { once: true })
  using _timer = clock.wakeAt(after(clock.now(), timeoutMs), () =>
    inner.abort(new FlotillaError('deadline-exceeded', `${what} took longer than ${timeoutMs} ms`)),
  )
  try {
    return await work(inner.signal)
  } finally {
    signal?.removeEventListener('abort', forward)
  }
}
