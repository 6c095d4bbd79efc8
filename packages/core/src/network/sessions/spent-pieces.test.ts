import { expect, test } from 'vitest'
import { SpentPieces } from './spent-pieces.ts'

test('memory that one piece fills is freed, but not before the turn is over', async () => {
  const spent = new SpentPieces()
  const all = new Uint8Array(16_384)
  const pieces = [all.subarray(10), new Uint8Array(4_096)]
  for (const piece of pieces) spent.add(piece)
  spent.add(all) // The same memory once more.
  expect(pieces.map(({ length }) => length)).toEqual([16_374, 4_096])
  await Promise.resolve()
  expect(pieces.map(({ length }) => length)).toEqual([0, 0])
})

test('memory that others may have too, and little of it, is left alone', async () => {
  const spent = new SpentPieces()
  const half = new Uint8Array(16_384).subarray(0, 8_192)
  const shared = new Uint8Array(new SharedArrayBuffer(8_192))
  const small = new Uint8Array(4_095)
  for (const piece of [half, shared, small]) spent.add(piece)
  await Promise.resolve()
  expect([half.length, shared.length, small.length]).toEqual([8_192, 8_192, 4_095])
})
