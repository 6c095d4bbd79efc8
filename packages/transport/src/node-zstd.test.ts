import { zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { zstdCompression } from './node-zstd.ts'

const compression = zstdCompression()

test('what was compressed comes back', () => {
  for (const length of [1, 1_000, 100_000, 2 ** 20]) {
    const bytes = new Uint8Array(length).map((_, index) => index % 7)
    expect(compression.decompress(compression.compress(bytes), length)).toEqual(bytes)
  }
})

test('a bomb, and what is none at all, is refused without its memory being taken', () => {
  const bomb = zstdCompressSync(new Uint8Array(200 * 2 ** 20))
  expect(bomb.byteLength).toBeLessThan(20_000)
  const before = process.memoryUsage().arrayBuffers
  expect(compression.decompress(bomb, 2 ** 20)).toBeUndefined()
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 2 ** 20)
  expect(compression.decompress(new Uint8Array([1, 2, 3]), 100)).toBeUndefined()
  expect(compression.decompress(compression.compress(new Uint8Array(100)), 0)).toBeUndefined()
})

test('a wrong setting is refused', () => {
  expect(() => zstdCompression({ bytesMin: 1 })).toThrow('bytesMin is 1')
})
