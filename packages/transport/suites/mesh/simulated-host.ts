import type { NodeId } from '@flotilla/core/ids'
import type { Entropy, Prng } from '@flotilla/core/random'
import { sleep, type Clock } from '@flotilla/core/time'

/** What the suite uses of a host of the simulator. */
export interface SimulatedHost {
  readonly name: string
  readonly id: NodeId
  readonly clock: Clock
  readonly entropy: Entropy
  readonly random: Prng
  note(what: string, detail?: string): void
}

/** A rule that must hold after every step. */
export interface Rule {
  readonly sentence: string
  check(): string | undefined
}

/** Acts again and again with drawn pauses between, until it is disposed. */
export function again(
  host: SimulatedHost,
  pauseMs: readonly [least: number, most: number],
  act: () => void,
): AsyncDisposable {
  const stopped = new AbortController()
  const { signal } = stopped
  const live = async (): Promise<void> => {
    while (!signal.aborted) {
      await sleep(host.clock, host.random.between(...pauseMs), { signal }).catch(() => undefined)
      if (!signal.aborted) act()
    }
  }
  const living = live()
  return {
    async [Symbol.asyncDispose]() {
      stopped.abort()
      await living
    },
  }
}
