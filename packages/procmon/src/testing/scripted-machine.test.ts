import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { machineSourceConformance, ScriptedMachine } from './index.ts'

const conformance = machineSourceConformance(async () => {
  const clock = new ManualClock()
  const source = new ScriptedMachine({ clock })
  const running = source.start({ name: 'node', processor: 0.5 })
  return { source, running, pass: async () => clock.advance(100) }
})

test.for(conformance)('$name', async ({ run }) => {
  await expect(run()).resolves.toBeUndefined()
})

test('it does to processes what it is told, to those that are meant', async () => {
  const clock = new ManualClock()
  const machine = new ScriptedMachine({ clock })
  const first = machine.start({ pid: 50, name: 'one' })
  machine.end(50)
  clock.advance(1_000)
  const second = machine.start({ pid: 50, name: 'two' })
  await expect(machine.signal(first, 'SIGKILL')).rejects.toMatchObject({ code: 'not-found' })
  await machine.setNice(second, 5)
  expect((await machine.processes()).processes.find(({ pid }) => pid === 50)).toMatchObject({ name: 'two', nice: 5 })
  await machine.signal(second, 'SIGTERM')
  expect((await machine.processes()).total).toBe(1)
  expect(machine.orders.map(({ type }) => type)).toEqual(['nice', 'signal'])
})
