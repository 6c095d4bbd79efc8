import { expect, test } from 'vitest'
import { clockConformance, ManualClock, type ClockSubject } from '../testing/index.ts'
import { after } from './clock.ts'
import { nodeClock } from './node-clock.ts'

function manualSubject(): ClockSubject {
  const clock = new ManualClock({ nowMs: 1_000.25 })
  return { clock, pass: async (durationMs) => clock.advance(durationMs) }
}

/** It measures itself: time has passed when the clock's own wake says so. */
function nodeSubject(): ClockSubject {
  const clock = nodeClock()
  const wake = (durationMs: number): Promise<void> =>
    new Promise((resolve) => void clock.wakeAt(after(clock.now(), durationMs), resolve))
  // Node may call timers of nearly the same time in either order; a second round lets all that were due have their
  // turn.
  return { clock, pass: async (durationMs) => wake(durationMs).then(() => wake(1)) }
}

test.for(clockConformance(manualSubject))('the manual clock: $name', async ({ run }) => {
  await expect(run()).resolves.toBeUndefined()
})

test.for(clockConformance(nodeSubject))("Node's clock: $name", async ({ run }) => {
  await expect(run()).resolves.toBeUndefined()
})
