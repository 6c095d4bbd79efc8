import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Announcements, type LocalTopic } from './announcements.ts'
import type { Left } from './session-context.ts'

class Telling {
  readonly sent: string[] = []
  unsent = 0
  #left: Left | undefined
  readonly announcements: Announcements = new Announcements((frame, left) => {
    if (frame.kind !== 'subscribe' && frame.kind !== 'unsubscribe') throw new Error('nothing else is sent')
    this.sent.push(`${frame.kind} ${frame.topic}`)
    this.unsent++
    this.#left = left
  })

  leave(count: number): void {
    const leaving = Math.min(count, this.unsent)
    this.unsent -= leaving
    this.#left?.(leaving, 0)
  }
}

test('the peer never counts more topics than there are, and in the end knows those that there are', () => {
  const action = fc.oneof(
    { weight: 4, arbitrary: fc.record({ toggle: fc.nat({ max: 400 }) }) },
    fc.record({ leave: fc.integer({ min: 1, max: 200 }) }),
  )
  fc.assert(
    fc.property(fc.array(action, { minLength: 300, maxLength: 1_500, size: 'max' }), (actions) => {
      const telling = new Telling()
      const topics = new Map<number, LocalTopic>()
      let most = 0
      for (const act of actions) {
        if ('leave' in act) telling.leave(act.leave)
        else if (topics.has(act.toggle)) {
          telling.announcements.end(topics.get(act.toggle) as LocalTopic)
          topics.delete(act.toggle)
        } else {
          const topic = { channel: 'name', name: String(act.toggle) }
          topics.set(act.toggle, topic)
          telling.announcements.start(topic)
        }
        most = Math.max(most, topics.size)
        expect(telling.unsent).toBeLessThanOrEqual(256)
      }
      while (telling.unsent > 0) telling.leave(7)
      const known = new Set<string>()
      for (const line of telling.sent) {
        const [kind, name = ''] = line.split(' ')
        expect(known.has(name)).toBe(kind === 'unsubscribe')
        if (kind === 'subscribe') known.add(name)
        else known.delete(name)
        expect(known.size).toBeLessThanOrEqual(most)
      }
      expect([...known].toSorted()).toEqual([...topics.keys()].map(String).toSorted())
    }),
    { numRuns: 40 },
  )
})

test('ends are told first, so that the peer never counts more than there are', () => {
  const telling = new Telling()
  const topics = (from: number): readonly LocalTopic[] =>
    Array.from({ length: 300 }, (_each, index) => ({ channel: 'name', name: String(from + index) }))
  const [old, young] = [topics(0), topics(1_000)]
  for (const topic of old) telling.announcements.start(topic)
  while (telling.unsent > 0) telling.leave(256)
  for (const topic of old) telling.announcements.end(topic)
  for (const topic of young) telling.announcements.start(topic)
  while (telling.unsent > 0) telling.leave(10)
  let counted = 0
  for (const line of telling.sent) {
    counted += line.startsWith('subscribe') ? 1 : -1
    expect(counted).toBeLessThanOrEqual(300)
  }
  expect([counted, telling.sent.length]).toEqual([300, 900])
})

test('what comes and goes while nothing leaves is not told', () => {
  const telling = new Telling()
  const topics = Array.from({ length: 300 }, (_each, index) => ({ channel: 'name', name: String(index) }))
  for (const topic of topics) telling.announcements.start(topic)
  for (const topic of topics) telling.announcements.end(topic)
  expect(telling.sent).toHaveLength(256)
  telling.leave(256)
  expect(telling.sent.slice(256)).toEqual(topics.slice(0, 256).map(({ name }) => `unsubscribe ${name}`))
})

test('when the connection is gone, nothing is told any more', () => {
  const telling = new Telling()
  for (let index = 0; index < 300; index++) telling.announcements.start({ channel: 'name', name: String(index) })
  telling.announcements.end({ channel: 'name', name: 'none' })
  telling.announcements.stop()
  telling.leave(256)
  expect(telling.sent).toHaveLength(256)
})
