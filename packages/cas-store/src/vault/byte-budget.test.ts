import { expect, test } from 'vitest'
import { ByteBudget } from './byte-budget.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('who wants more than is left waits, in order, and what is too large enters alone', async () => {
  const budget = new ByteBudget(10)
  const entered: string[] = []
  const take = (name: string, bytes: number): void => void budget.take(bytes).then(() => entered.push(name))
  take('a', 6)
  take('b', 5)
  take('c', 1)
  take('huge', 100)
  await turn()
  expect(entered).toEqual(['a'])
  budget.give(6)
  await turn()
  expect(entered).toEqual(['a', 'b', 'c'])
  budget.give(5)
  await turn()
  expect(entered).toEqual(['a', 'b', 'c'])
  budget.give(1)
  await turn()
  expect(entered).toEqual(['a', 'b', 'c', 'huge'])
  take('d', 1)
  await turn()
  expect(entered).not.toContain('d')
  budget.give(100)
  await turn()
  expect(entered).toContain('d')
})
