import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What a contest reads of the world; its tests have one that does as it is told. */
export interface Stopwatch {
  nowMs(): number
  /** Collects the garbage, so that nobody pays for what another left, and tells how much memory is held then. */
  heldBytes(): number
}

/** One that `collects` does so before every round, which is most of the time of rounds that are tiny. */
export function realStopwatch({ collects }: { readonly collects: boolean }): Stopwatch {
  const collect = collects ? collector() : (): void => {}
  return {
    nowMs: () => performance.now(),
    heldBytes() {
      collect()
      const { heapUsed, external } = process.memoryUsage()
      return heapUsed + external
    },
  }
}

function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
