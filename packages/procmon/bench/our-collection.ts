import type { Timing } from '@flotilla/core/testing'
import { after, type Clock, type Millis, type WallMillis } from '@flotilla/core/time'
import { nodeClock } from '@flotilla/core/time/node'
import type { MachineSource } from '../src/index.ts'
import { openMachineSource } from '../src/node.ts'

/** How much of the processor this process takes for one reading of all that there is, over and over. */
export async function collecting(detail: 'none' | 'all', collections: number): Promise<Timing> {
  const clock = new SteppingClock()
  const source = await openMachineSource({ clock })
  // The code is warm, and files are open, after some.
  for (let warm = 0; warm < Math.min(collections, 100); warm++) await collect(source, detail, clock)
  return {
    async time() {
      const before = process.cpuUsage()
      for (let count = 0; count < collections; count++) await collect(source, detail, clock)
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1_000 / collections
    },
    stop: async () => await source[Symbol.asyncDispose](),
  }
}

/** The very first one of a source: every file is opened, and every command and user is read. */
export function firstCollection(): Timing {
  return {
    async time() {
      const before = process.cpuUsage()
      await using source = await openMachineSource()
      await collect(source, 'all')
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1_000
    },
  }
}

/**
 * The real clock, a second further after each collection: what is looked at only every few seconds is so in as many
 * collections as when there is one a second.
 */
class SteppingClock implements Clock {
  readonly #clock = nodeClock()
  #aheadMs = 0

  step(): void {
    this.#aheadMs += 1_000
  }

  now(): Millis {
    return after(this.#clock.now(), this.#aheadMs)
  }

  wallNow(): WallMillis {
    return this.#clock.wallNow()
  }

  wakeAt(at: Millis, wake: () => void): Disposable {
    return this.#clock.wakeAt(after(at, -this.#aheadMs), wake)
  }
}

async function collect(source: MachineSource, detail: 'none' | 'all', clock?: SteppingClock): Promise<void> {
  clock?.step()
  const system = await source.system()
  const { processes, problems } = await source.processes({ detail })
  if (processes.length < 1 || problems.length > 0 || system.memory === undefined) {
    throw new Error(`a collection is not whole: ${JSON.stringify([problems, system.problems])}`)
  }
}
