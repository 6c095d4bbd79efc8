import { assert } from '../errors/index.ts'
import type { Clock, Millis, WallMillis } from './clock.ts'

/** Node fires a longer delay at once, with a warning; a farther wake is reached in steps. */
const delayMsMax = 2 ** 31 - 1

/** The machine's own clock. Its timers keep the process alive while they wait. */
export function nodeClock(): Clock {
  const now = (): Millis => performance.now() as Millis
  return {
    now,
    wallNow: () => Date.now() as WallMillis,
    wakeAt(at, wake) {
      assert(!Number.isNaN(at), 'a wake has a time')
      if (at === Infinity) return { [Symbol.dispose]: () => {} }
      let timer: NodeJS.Timeout
      const arm = (): void => {
        // Node may fire up to a millisecond early by its own rounding, hence the ceiling and the second look.
        timer = setTimeout(fire, Math.min(delayMsMax, Math.max(0, Math.ceil(at - now()))))
      }
      const fire = (): void => (now() >= at ? wake() : arm())
      arm()
      return { [Symbol.dispose]: () => clearTimeout(timer) }
    },
  }
}
