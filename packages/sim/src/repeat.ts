import { sleep } from '@flotilla/core/time'
import type { Range } from './faults/fault-plan.ts'
import type { Host } from './suite.ts'

/**
 * Acts again and again, with a drawn pause before each time, until it is disposed; a rejection of `act` fails the run.
 */
export function repeat(
  host: Host,
  options: { readonly pauseMs: Range; readonly act: () => Promise<void> },
): AsyncDisposable {
  const stopped = new AbortController()
  const live = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await sleep(host.clock, host.random.between(...options.pauseMs), { signal: stopped.signal }).catch(
        () => undefined,
      )
      if (!stopped.signal.aborted) await options.act()
    }
  }
  const living = live()
  living.catch((error: unknown) => host.fail(`${host.name} goes on acting.`, String(error)))
  return {
    async [Symbol.asyncDispose]() {
      stopped.abort()
      await living
    },
  }
}
