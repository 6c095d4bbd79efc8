import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { createMonitor } from './monitor.ts'
import { ScriptedMachine } from './testing/index.ts'

function world() {
  const clock = new ManualClock()
  const machine = new ScriptedMachine({ clock })
  const monitor = createMonitor({ source: machine, control: machine, clock })
  /** Lets the clock pass in small steps, and everything that waits for it go on. */
  const pass = async (durationMs: number): Promise<void> => {
    for (let passed = 0; passed < durationMs; passed += 50) {
      clock.advance(50)
      await new Promise(setImmediate)
    }
  }
  return { clock, machine, monitor, pass }
}

test('figures come, with rates from the second reading on', async () => {
  const { machine, monitor, pass } = world()
  machine.load.usage = 0.5
  await pass(100)
  expect(monitor.latest?.processor?.usage).toBeUndefined()
  expect(monitor.latest?.memory?.usedBytes).toBe(1_000_000_000)
  await pass(5_000)
  expect(monitor.latest?.processor?.usage).toBeCloseTo(0.5)
  await monitor[Symbol.asyncDispose]()
})

test('the first query has what processes take now', async () => {
  const { machine, monitor, pass } = world()
  const { pid } = machine.start({ name: 'node' })
  await pass(10_000)
  machine.setProcessor(pid, 0.75)
  const asked = monitor.processes({ text: 'node' })
  await pass(400)
  const { processes, matching, total } = await asked
  expect(processes[0]?.processor).toBeCloseTo(0.75)
  expect([matching, total]).toEqual([1, 2])
  await monitor[Symbol.asyncDispose]()
})
