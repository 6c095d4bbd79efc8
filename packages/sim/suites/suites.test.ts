import { runSeed, type SeedOutcome, type Suite } from '@flotilla/sim'
import { describe, expect, test } from 'vitest'
import { suite as naive } from '../examples/primary-backup.sim.ts'
import { suite as quorumRegister } from './quorum-register/quorum-register.sim.ts'
import { suite as recordLogRot } from './record-log/record-log-rot.sim.ts'
import { suite as recordLog } from './record-log/record-log.sim.ts'

const seeds = Array.from({ length: 25 }, (_, index) => index + 1)

async function outcomesOf(suite: Suite): Promise<readonly SeedOutcome[]> {
  const outcomes: SeedOutcome[] = []
  for (const seed of seeds) outcomes.push(await runSeed(suite, seed))
  return outcomes
}

describe.each([quorumRegister, recordLog, recordLogRot])('$name', (suite) => {
  test('holds under its faults', async () => {
    for (const { seed, violation } of await outcomesOf(suite))
      expect({ seed, violation }).toEqual({ seed, violation: undefined })
  })
})

test('the planted bug of the naive register is found, and told as a story of a few operations', async () => {
  const failed = (await outcomesOf(naive)).find(({ violation }) => violation !== undefined)
  expect(failed?.violation?.sentence).toBe('All answers are those of one register that does one thing at a time.')
  expect(failed?.violation?.detail).toMatch(/read x → \d+/)
  expect(failed?.violation?.detail.split('\n').length).toBeLessThan(15)
  expect(failed?.lastEvents.length).toBeGreaterThan(0)
})
