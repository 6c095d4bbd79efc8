/** What whoever runs something in front is told to do with it. */
export interface StopSignals extends Disposable {
  /** Aborts with the first signal. */
  readonly first: AbortSignal
  /** Resolves with the first signal. */
  readonly stopped: Promise<void>
  /** What a Ctrl-C after that does. */
  readonly onSecond: (act: () => void) => void
}

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * The first signal means to stop. Only a Ctrl-C after it means "at once": those who watch over processes repeat SIGTERM
 * until they are obeyed, and that must not cut a clean stop short.
 */
export function stopSignals(): StopSignals {
  const controller = new AbortController()
  let second = (): void => {}
  const stopped = new Promise<void>((resolve) => controller.signal.addEventListener('abort', () => resolve()))
  const heard = (signal: NodeJS.Signals): void => {
    if (!controller.signal.aborted) controller.abort()
    else if (signal === 'SIGINT') second()
  }
  for (const name of names) process.on(name, heard)
  return {
    first: controller.signal,
    stopped,
    onSecond: (act) => void (second = act),
    [Symbol.dispose]: () => {
      for (const name of names) process.off(name, heard)
    },
  }
}
