import { expect, test } from 'vitest'
import { HistoryRecorder } from './history.ts'
import { register, type RegisterInput, type RegisterOutput } from './models/register.ts'
import { violationOf } from './violation.ts'

function recorder(): HistoryRecorder<RegisterInput, RegisterOutput> {
  return new HistoryRecorder({ nowMs: () => 0 })
}

const write = (value: number): RegisterInput => ({ type: 'write', key: 'x', value })
const read: RegisterInput = { type: 'read', key: 'x' }

test('a possible history is no violation, an impossible one is told as a story', async () => {
  const history = recorder()
  await history.record('ann', write(1), async () => null)
  await history.record('bob', read, async () => 1)
  expect(violationOf(register, history.operations())).toBeUndefined()
  await history.record('bob', read, async () => 2)
  const violation = violationOf(register, history.operations())
  expect(violation?.sentence).toBe('All answers are those of one register that does one thing at a time.')
  expect(violation?.detail).toContain('read x → 2')
})

test('what rejects is recorded as unknown, which explains a later read of it', async () => {
  const history = recorder()
  expect(await history.record('ann', write(1), () => Promise.reject(new Error('lost')))).toBeUndefined()
  await history.record('ann', read, async () => null)
  await history.record('ann', read, async () => 1)
  expect(violationOf(register, history.operations())).toBeUndefined()
})

test('a history that cannot be judged within the budget is a violation of its own kind', async () => {
  const history = recorder()
  for (let value = 0; value < 12; value++) history.invoke(`client ${value}`, write(value))
  await history.record('ann', read, async () => 99)
  expect(violationOf(register, history.operations(), { stepsMax: 5 })?.sentence).toBe(
    'The history is short enough to be judged.',
  )
})
