import { expect, test } from 'vitest'
import { freeMemory } from './freed-memory.ts'

test('what is freed takes no memory any more, and every view of it is empty', () => {
  const bytes = new Uint8Array(2 ** 20)
  const view = bytes.subarray(5, 10)
  freeMemory(bytes)
  expect([bytes.length, bytes.buffer.byteLength, view.length]).toEqual([0, 0, 0])
})

test('a part of a large piece frees all of it', () => {
  const part = new Uint8Array(2 ** 20).subarray(5, 100)
  freeMemory(part)
  expect(part.length).toBe(0)
})

test('shared memory, small memory and parts of what may be a pool are left alone', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(2 ** 20))
  const small = new Uint8Array(100)
  const pooled = Buffer.allocUnsafe(10)
  const part = new Uint8Array(8_192).subarray(0, 8_000)
  for (const bytes of [shared, small, pooled, part]) freeMemory(bytes)
  expect([shared, small, pooled, part].map(({ length }) => length)).toEqual([2 ** 20, 100, 10, 8_000])
  expect(pooled.buffer.byteLength).toBe(Buffer.poolSize)
})
