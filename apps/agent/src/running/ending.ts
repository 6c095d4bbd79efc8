/** Whoever stops us should not have to wait for a guest that hangs. */
const patienceMs = 1_500

/**
 * Resolves at the first SIGTERM or SIGINT with a function that ends the process by that very signal, and never
 * otherwise. `process.exit` would wait for a read of a port that only the host can end, or for a dead disk.
 */
export async function untilStopped(): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  const signals = ['SIGTERM', 'SIGINT'] as const
  for (const signal of signals) process.once(signal, resolve)
  const signal = await promise
  const end = (): void => {
    for (const one of signals) process.removeAllListeners(one)
    process.kill(process.pid, signal)
  }
  for (const one of signals) process.once(one, end)
  setTimeout(end, patienceMs).unref()
  return end
}
