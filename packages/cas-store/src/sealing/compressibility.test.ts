import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import { looksCompressible } from './compressibility.ts'

const sizes = [256, 1_000, 4_096, 65_536, 1_000_003]
const text = new TextEncoder().encode('It was a bright cold day in April, and the clocks were striking thirteen. ')

describe.each(sizes)('of %i bytes', (size) => {
  test('random ones are not worth a try', () => {
    const tried = Array.from({ length: 200 }, (_, seed) => looksCompressible(new Prng(seed).bytes(size)))
    // At 256 bytes chance plays a part; a try that fails costs time only.
    expect(tried.filter(Boolean).length).toBeLessThan(size < 1_000 ? 80 : 8)
  })

  test('text, zeros, tables of numbers and a picture are', () => {
    const prng = new Prng(1)
    const samples = {
      text: Uint8Array.from({ length: size }, (_, index) => text[index % text.length] ?? 0),
      zeros: new Uint8Array(size),
      hex: Uint8Array.from({ length: size }, () => '0123456789abcdef'.charCodeAt(prng.below(16))),
      base64: Uint8Array.from({ length: size }, () => 43 + prng.below(64)),
      numbers: new Uint8Array(Int32Array.from({ length: Math.ceil(size / 4) }, () => prng.below(100_000)).buffer),
    }
    for (const [name, bytes] of Object.entries(samples))
      expect({ name, is: looksCompressible(bytes) }).toEqual({ name, is: true })
  })

  test('are looked at from the first to the last: one half is seen, whichever it is', () => {
    const half = size >> 1
    for (const start of [0, half]) {
      const bytes = new Prng(2).bytes(size)
      bytes.fill(0, start, start + half)
      expect(looksCompressible(bytes)).toBe(true)
    }
  })
})

test('no bytes, and one, are not worth a try', () => {
  expect(looksCompressible(new Uint8Array(0))).toBe(false)
  expect(looksCompressible(new Uint8Array(1))).toBe(false)
})
