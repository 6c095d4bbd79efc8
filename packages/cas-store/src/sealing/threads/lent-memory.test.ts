import { describe, expect, test } from 'vitest'
import { LentMemory } from './lent-memory.ts'
import { sharedMemory } from './node-shared-memory.ts'

describe('lent memory', () => {
  const memoryOf = (keptBytesMax: number): LentMemory => new LentMemory({ make: sharedMemory, keptBytesMax })

  test('is freed when a piece of it comes back, for all that look at it', () => {
    const memory = memoryOf(0)
    const room = new Uint8Array(10_000)
    const [first, second] = [room.subarray(0, 6_000), room.subarray(6_000)]
    memory.lend(first)
    memory.lend(second)
    memory.giveBack([second, first])
    expect([first.length, second.length]).toEqual([0, 0])
  })

  test('is left alone when it came from elsewhere, though it comes back', () => {
    const memory = memoryOf(1_000)
    const own = new Uint8Array(10_000)
    const slab = sharedMemory(1_000)
    memory.giveBack([own, slab])
    expect(own.length).toBe(10_000)
    expect(memory.slab(1_000).buffer).not.toBe(slab.buffer)
  })

  test('gives a slab to one at a time, however often it comes back', () => {
    const memory = memoryOf(10_000)
    const slab = memory.slab(1_000)
    memory.giveBack([slab.subarray(10), slab])
    memory.giveBack([slab])
    expect(memory.keptBytes).toBe(1_024)
    const [again, other] = [memory.slab(1_001), memory.slab(1_000)]
    expect(again.length).toBe(1_001)
    expect(again.buffer).toBe(slab.buffer)
    expect(other.buffer).not.toBe(slab.buffer)
    expect(memory.slab(512).buffer).not.toBe(slab.buffer)
  })

  test('keeps no more than it may: the youngest', () => {
    const memory = memoryOf(3_072)
    const slabs = [512, 1_024, 2_048, 4_096].map((length) => memory.slab(length))
    memory.giveBack(slabs)
    expect(memory.keptBytes).toBe(3_072)
    expect(memory.slab(512).buffer).not.toBe(slabs[0]?.buffer)
    expect(memory.slab(2_048).buffer).toBe(slabs[2]?.buffer)
    expect(memory.keptBytes).toBe(1_024)
  })
})
