import { after, type Clock } from '@flotilla/core/time'

/** Waits for all of them, which never reject, but not longer than that; rejects at the signal. */
export async function atMost(
  durationMs: number,
  work: readonly Promise<void>[],
  clock: Clock,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted()
  if (work.length === 0) return
  const end = Promise.withResolvers<void>()
  const abort = (): void => end.reject(signal?.reason)
  using _wake = clock.wakeAt(after(clock.now(), durationMs), () => end.resolve())
  signal?.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([end.promise, Promise.all(work)])
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
