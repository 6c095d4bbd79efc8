import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openMachineSource } from '../node.ts'
import { machineSourceConformance } from './index.ts'

const conformance = machineSourceConformance(async () => {
  const source = await openMachineSource()
  return { source, running: { pid: process.pid }, pass: () => setTimeout(20) }
})

test.for(conformance)('$name', async ({ run }) => {
  await expect(run()).resolves.toBeUndefined()
})

test('the suite has cases', () => {
  expect(conformance.length).toBeGreaterThan(10)
})
