import { Prng } from '@flotilla/core/random'
import { ManualClock } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { createLocks } from '../create-locks.ts'
import { lockMachine } from '../machine/index.ts'
import { conformanceLease, type LockHarness } from './conformance/harness.ts'
import { lockConformance } from './conformance/suite.ts'
import { memoryReplicated } from './memory-replicated.ts'

async function makeHarness(): Promise<LockHarness> {
  const clock = new ManualClock()
  const group = memoryReplicated(lockMachine, { clock })
  const made = new AsyncDisposableStack()
  let clients = 0
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 300; turn++) await Promise.resolve()
  }
  const elapse = async (durationMs: number): Promise<void> => {
    for (let leftMs = durationMs; leftMs > 0; leftMs -= 10) {
      clock.advance(Math.min(10, leftMs))
      await settle()
    }
  }
  return {
    async client(name) {
      const link = group.connect()
      const entropy = new Prng(++clients)
      const locks = createLocks({ group: link, clock, entropy, name, ...conformanceLease })
      made.use(locks)
      const set = (state: typeof link.state) => async () => void (link.state = state)
      return { locks, cut: set('cut'), heal: set('whole') }
    },
    async until(what, condition) {
      for (let tries = 0; tries < 2_000; tries++) {
        await settle()
        if (condition()) return
        await elapse(10)
      }
      throw new Error(`it did not come to pass: ${what}`)
    },
    settle,
    elapse,
    async [Symbol.asyncDispose]() {
      const closing = made.disposeAsync()
      await elapse(10_000)
      await closing
    },
  }
}

describe('over one machine in memory', () => {
  test.for(lockConformance(makeHarness))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})
