import { describe, expect, test } from 'vitest'
import { runRaft } from './raft-run.ts'
import { judge } from './summary.ts'
import { townAvailable } from './town.ts'

const { available, note } = await townAvailable()

describe.skipIf(!available)(`five real nodes${note}`, () => {
  test('keep what they have promised through a few seconds of everything', async () => {
    const seed = 1
    const outcome = await runRaft({ seconds: 5, seed, tell: () => {} })
    expect(outcome.lines.some(({ op, type }) => op === 'write' && type === 'ok')).toBe(true)
    const { held, text } = judge(outcome, seed)
    expect({ held, text }).toEqual({ held: true, text: expect.stringContaining('linearizable') as string })
  })
})
