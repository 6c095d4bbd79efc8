import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { PieceQueue } from './piece-queue.ts'

const pushes = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9_000 })), { maxLength: 60 })

test('what goes in comes out, in order', () => {
  fc.assert(
    fc.property(pushes, (lengths) => {
      const queue = new PieceQueue()
      const pushed: number[] = []
      const shifted: number[] = []
      for (const length of lengths) {
        // A 0 stands for taking a piece out.
        if (length === 0) {
          shifted.push(...(queue.shift() ?? []))
          continue
        }
        const bytes = Uint8Array.from({ length }, (_, index) => (pushed.length + index) % 251)
        pushed.push(...bytes)
        queue.push(bytes)
      }
      expect(queue.empty).toBe(shifted.length === pushed.length)
      for (let piece = queue.shift(); piece !== undefined; piece = queue.shift()) shifted.push(...piece)
      expect(shifted).toEqual(pushed)
    }),
  )
})

test('many tiny pieces are gathered into few', () => {
  const queue = new PieceQueue()
  for (let index = 0; index < 10 * 4_096; index++) queue.push(new Uint8Array(1))
  let pieces = 0
  while (queue.shift() !== undefined) pieces++
  expect(pieces).toBe(10)
})

test('a piece that was handed out does not change when more comes', () => {
  const queue = new PieceQueue()
  queue.push(Uint8Array.of(1, 2))
  const piece = queue.shift()
  queue.push(Uint8Array.of(3))
  expect(piece).toEqual(Uint8Array.of(1, 2))
  expect(queue.shift()).toEqual(Uint8Array.of(3))
  queue.push(Uint8Array.of(4))
  queue.clear()
  expect(queue.empty).toBe(true)
})

test('a piece that is a small view of something large does not keep all of that alive', () => {
  const queue = new PieceQueue()
  const large = new Uint8Array(2 ** 20).fill(7)
  queue.push(large.subarray(100, 5_100))
  queue.push(large.subarray(0, 2 ** 19))
  const copied = queue.shift()
  expect([copied?.byteLength, copied?.buffer.byteLength, copied?.every((byte) => byte === 7)]).toEqual([
    5_000,
    5_000,
    true,
  ])
  expect(queue.shift()?.buffer).toBe(large.buffer)
})

test('what is moved to where it belongs comes in order, mixed with pieces taken out, and is spent once', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('push', 'move', 'shift'), fc.integer({ min: 1, max: 9_000 })))
  fc.assert(
    fc.property(steps, (all) => {
      const queue = new PieceQueue()
      const spent = new Set<Uint8Array>()
      let [pushed, taken] = [0, 0]
      const check = (bytes: Uint8Array): void => {
        expect(bytes.every((byte) => byte === taken++ % 251)).toBe(true)
      }
      for (const [step, length] of all) {
        if (step === 'push') queue.push(Uint8Array.from({ length }, () => pushed++ % 251))
        if (step === 'shift') check(queue.shift() ?? new Uint8Array())
        if (step !== 'move') continue
        const target = new Uint8Array(length + 3).fill(255)
        const moved = queue.moveInto(target.subarray(0, length + 2), 2, (bytes) => {
          expect(spent.has(bytes)).toBe(false)
          spent.add(bytes.fill(0))
        })
        expect(moved).toBe(Math.min(length, pushed - taken))
        check(target.subarray(2, 2 + moved))
        expect([target[0], target[1], target[length + 2]]).toEqual([255, 255, 255])
      }
      expect(queue.empty).toBe(taken === pushed)
    }),
  )
})
