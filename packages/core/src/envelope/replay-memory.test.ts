import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NodeId } from '../ids/index.ts'
import type { WallMillis } from '../time/index.ts'
import { ReplayMemory } from './replay-memory.ts'

const settings = { noncesMax: 12, noncesPerSenderMax: 5, slotMs: 10 }

const step = fc.oneof(
  fc.record({ type: fc.constant('forget' as const), time: fc.integer({ min: 0, max: 200 }) }),
  fc.record({
    type: fc.constant('add' as const),
    sender: fc.constantFrom('a' as NodeId, 'b' as NodeId, 'c' as NodeId),
    timestamp: fc.integer({ min: 0, max: 200 }).map((ms) => ms as WallMillis),
    nonce: fc.integer({ min: 0, max: 2 }).map((last) => new Uint8Array(16).fill(255, 0, last)),
  }),
)

/** The same by a plain list. */
class Twin {
  items: { sender: NodeId; timestamp: number; nonce: string }[] = []
  forgottenThrough = -Infinity

  has(sender: NodeId, timestamp: number, nonce: string): boolean {
    return this.items.some((item) => item.sender === sender && item.timestamp === timestamp && item.nonce === nonce)
  }

  hasRoomFor(sender: NodeId): boolean {
    return this.items.length < 12 && this.items.filter((item) => item.sender === sender).length < 5
  }

  forgetBefore(time: number): void {
    const slotEnd = (timestamp: number): number => timestamp - (timestamp % 10) + 10
    const gone = this.items.filter(({ timestamp }) => slotEnd(timestamp) <= time)
    this.items = this.items.filter((item) => !gone.includes(item))
    for (const { timestamp } of gone) this.forgottenThrough = Math.max(this.forgottenThrough, slotEnd(timestamp) - 1)
  }
}

test('is the same as a plain list', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const memory = new ReplayMemory(settings)
      const twin = new Twin()
      const answers: boolean[] = []
      for (const one of steps) {
        if (one.type === 'forget') {
          memory.forgetBefore(one.time)
          twin.forgetBefore(one.time)
        } else {
          const { sender, timestamp, nonce } = one
          const [has, room] = [memory.has(sender, timestamp, nonce), memory.hasRoomFor(sender)]
          answers.push(has === twin.has(sender, timestamp, String(nonce)), room === twin.hasRoomFor(sender))
          if (has || !room) continue
          memory.add(sender, timestamp, nonce)
          twin.items.push({ sender, timestamp, nonce: String(nonce) })
        }
        answers.push(memory.count === twin.items.length, memory.forgottenThrough === twin.forgottenThrough)
      }
      expect(answers).not.toContain(false)
    }),
    { numRuns: 2_000 },
  )
})

test('tells all places of the longest slot apart', () => {
  const slotMs = 5_400_000
  const memory = new ReplayMemory({ noncesMax: 100, noncesPerSenderMax: 100, slotMs })
  const nonce = new Uint8Array(16)
  for (const place of [0, 1, 255, 256, 65_535, 65_536, slotMs - 1, slotMs]) {
    const timestamp = (slotMs * 300_000 + place) as WallMillis
    expect(memory.has('a' as NodeId, timestamp, nonce)).toBe(false)
    memory.add('a' as NodeId, timestamp, nonce)
    expect(memory.has('a' as NodeId, timestamp, nonce)).toBe(true)
  }
})
