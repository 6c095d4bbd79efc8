import { expect, test } from 'vitest'
import { Watchers } from './watchers.ts'

test('whoever is slow misses what was between, and the count is told', async () => {
  const counts: number[] = []
  const watchers = new Watchers<number>({ watchersMax: 2, what: 'it' }, (count) => counts.push(count))
  const seen: number[] = []
  for await (const value of watchers.watch({ first: 0 })) {
    seen.push(value)
    if (value === 3) break
    for (const next of [1, 2, 3]) watchers.tell(next)
  }
  expect([seen, counts, watchers.count]).toEqual([[0, 3], [1, 0], 0])
})

test('with room for news none of so many is lost, and beyond that the oldest', async () => {
  const watchers = new Watchers<number>({ watchersMax: 2, what: 'it', unreadMax: 3 })
  const watching = watchers.watch({ past: () => [1, 2] })
  expect((await watching.next()).value).toBe(1)
  for (const value of [3, 4, 5]) watchers.tell(value)
  const rest = [(await watching.next()).value, (await watching.next()).value, (await watching.next()).value]
  expect(rest).toEqual([3, 4, 5])
  watchers.close()
  expect((await watching.next()).done).toBe(true)
})

test('so many may watch, and a signal ends it with its reason', async () => {
  const watchers = new Watchers<number>({ watchersMax: 1, what: 'the weather' })
  const stop = new AbortController()
  const watching = watchers.watch({ signal: stop.signal })
  const waiting = watching.next()
  await expect(watchers.watch().next()).rejects.toThrow('1 look at the weather already')
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  expect(watchers.count).toBe(0)
})
