import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { validateNetworkLimits, type NetworkLimits } from '../index.ts'
import { Publications } from './publications.ts'
import type { Left } from './session-context.ts'

/** Publications whose frames leave when the test says so; the first four bytes of each are its number. */
class Sending {
  readonly publications: Publications
  readonly sent: number[] = []
  readonly #unsent: number[] = []
  #left: Left | undefined

  constructor(limits: Partial<NetworkLimits>) {
    this.publications = new Publications(validateNetworkLimits(limits), (frame, left) => {
      if (frame.kind !== 'publication') throw new Error('nothing else is sent')
      this.sent.push(new DataView(frame.payload.buffer, frame.payload.byteOffset).getUint32(0))
      this.#unsent.push(frame.payload.byteLength)
      if (this.#left !== undefined && this.#left !== left) throw new Error('one function serves all')
      this.#left = left
    })
  }

  get handed(): readonly number[] {
    return this.#unsent
  }

  publish(number: number, length: number): void {
    const payload = new Uint8Array(length)
    new DataView(payload.buffer).setUint32(0, number)
    this.publications.publish('name', 'red', payload)
    payload.fill(255)
  }

  leave(count: number): void {
    const leaving = this.#unsent.splice(0, count)
    const bytes = leaving.reduce((sum, length) => sum + length, 0)
    if (leaving.length > 0) this.#left?.(leaving.length, bytes)
  }
}

/** The same, as simple as can be. */
class Twin {
  readonly sent: number[] = []
  readonly #waiting: { readonly number: number; readonly length: number }[] = []
  #handed: number[] = []
  readonly #queuedMax: number
  readonly #heldMax: number
  dropped = 0

  constructor(queuedMax: number, heldMax: number) {
    this.#queuedMax = queuedMax
    this.#heldMax = heldMax
  }

  publish(number: number, length: number): void {
    this.#waiting.push({ number, length })
    this.#hand()
    while (this.#waiting.length > this.#queuedMax || sum(this.#waiting.map((one) => one.length)) > this.#heldMax) {
      this.#waiting.shift()
      this.dropped++
    }
    this.#hand()
  }

  leave(count: number): void {
    this.#handed = this.#handed.slice(count)
    this.#hand()
  }

  #hand(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const room = this.#handed.length < this.#queuedMax && sum(this.#handed) + next.length <= 2 ** 20
      if (!room && this.#handed.length > 0) return
      this.#waiting.shift()
      this.#handed.push(next.length)
      this.sent.push(next.number)
    }
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

test('publications leave in order; for those that find no room, the oldest that wait give way', () => {
  const lengths = fc.oneof(fc.integer({ min: 4, max: 900 }), fc.constantFrom(200_000, 524_288, 700_000, 1_048_576))
  const action = fc.oneof(
    { weight: 3, arbitrary: fc.record({ length: lengths }) },
    fc.record({ leave: fc.integer({ min: 1, max: 6 }) }),
  )
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(action, { maxLength: 80 }), (queuedMax, actions) => {
      const heldMax = 2 ** 20 + 100_000
      const sending = new Sending({
        publicationsQueuedMax: queuedMax,
        messageBytesMax: 2 ** 20,
        messageBytesHeldMax: heldMax,
      })
      const twin = new Twin(queuedMax, heldMax)
      for (const [number, act] of actions.entries()) {
        for (const side of [sending, twin]) {
          if ('length' in act) side.publish(number, act.length)
          else side.leave(act.leave)
        }
        expect(sending.handed.length).toBeLessThanOrEqual(queuedMax)
        expect(sending.publications.waiting).toBeLessThanOrEqual(queuedMax)
        expect(sending.handed.length <= 1 || sum(sending.handed) <= 2 ** 20).toBe(true)
      }
      expect(sending.sent).toEqual(twin.sent)
      expect(sending.publications.dropped).toBe(twin.dropped)
    }),
  )
})

test('by default 4,096 or 1 MiB are handed over, and 8,192 wait', () => {
  const small = new Sending({})
  for (let number = 0; number < 20_000; number++) small.publish(number, 4)
  expect([small.handed.length, small.publications.waiting, small.publications.dropped]).toEqual([4_096, 8_192, 7_712])
  small.leave(4_096)
  expect(small.sent.slice(4_094, 4_098)).toEqual([4_094, 4_095, 11_808, 11_809])
  const large = new Sending({})
  for (let number = 0; number < 100; number++) large.publish(number, 2 ** 18)
  expect([large.handed.length, large.publications.waiting]).toEqual([4, 96])
})

test('when the connection is gone, nothing is sent any more', () => {
  const sending = new Sending({ publicationsQueuedMax: 2 })
  for (const number of [1, 2, 3]) sending.publish(number, 4)
  sending.publications.stop()
  expect(sending.publications.waiting).toBe(0)
  sending.leave(2)
  expect(sending.sent).toEqual([1, 2])
})
