import * as zlib from 'node:zlib'
import { expect, test } from 'vitest'
import { Prng } from '../random/index.ts'
import { crc32, crc32OfNumbers } from './crc32.ts'

test('gives the published check value', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
  expect(crc32(new Uint8Array(0))).toBe(0)
})

test('agrees with zlib on every length, alignment and seed', () => {
  const prng = new Prng(1)
  for (let length = 0; length < 600; length++) {
    const bytes = prng.bytes(length + 8).subarray(prng.below(8))
    const seed = prng.u32()
    expect(crc32(bytes, seed), `length ${length}`).toBe(zlib.crc32(bytes, seed))
  }
})

test('of two parts is the CRC of the second that starts from the first', () => {
  const bytes = new Prng(2).bytes(100)
  expect(crc32(bytes.subarray(33), crc32(bytes.subarray(0, 33)))).toBe(crc32(bytes))
})

test('two numbers have the CRC of the eight bytes that they make', () => {
  const prng = new Prng(2)
  for (let round = 0; round < 1_000; round++) {
    const [first, second, seed] = [prng.u32(), prng.u32(), prng.u32()]
    const bytes = new DataView(new ArrayBuffer(8))
    bytes.setUint32(0, first, true)
    bytes.setUint32(4, second, true)
    expect(crc32OfNumbers(first, second, seed)).toBe(zlib.crc32(new Uint8Array(bytes.buffer), seed))
  }
})
