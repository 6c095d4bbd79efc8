import { describe, expect, test } from 'vitest'
import { repeat } from './repeat.ts'
import { runSeed } from './run/seed-driver.ts'
import type { Host, Suite } from './suite.ts'

function suiteOf(start: (host: Host) => Promise<AsyncDisposable>): Suite {
  return {
    name: 'test',
    summary: 'A suite of a test.',
    faults: [],
    safetyMs: 1_000,
    begin: () => ({ hosts: [{ name: 'a', start }], invariants: [], progress: [] }),
  }
}

describe('repeat', () => {
  test('acts with pauses between, and not any more once it is disposed', async () => {
    const actedAtMs: number[] = []
    const outcome = await runSeed(
      suiteOf(async (host) => {
        const beganMs = host.clock.now()
        return repeat(host, { pauseMs: [100, 100], act: async () => void actedAtMs.push(host.clock.now() - beganMs) })
      }),
      1,
    )
    expect(outcome.violation).toBeUndefined()
    expect(actedAtMs.length).toBeGreaterThanOrEqual(9)
    expect(actedAtMs[0]).toBeCloseTo(100, 1)
    expect(actedAtMs.length).toBeLessThan(12)
  })

  test('a rejection fails the run and says whose it was', async () => {
    const outcome = await runSeed(
      suiteOf(async (host) => repeat(host, { pauseMs: [1, 1], act: () => Promise.reject(new Error('no more')) })),
      1,
    )
    expect(outcome.violation).toEqual({ sentence: 'a goes on acting.', detail: 'Error: no more' })
  })
})
