import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What a contest reads of the world; its tests have one that does as it is told. */
export interface Stopwatch {
  nowMs(): number
  /** Collects the garbage, so that nobody pays for what another left, and tells how much memory is held then. */
  heldBytes(): number
}

export function realStopwatch(): Stopwatch {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  return {
    nowMs: () => performance.now(),
    heldBytes() {
      collect()
      const { heapUsed, external } = process.memoryUsage()
      return heapUsed + external
    },
  }
}
