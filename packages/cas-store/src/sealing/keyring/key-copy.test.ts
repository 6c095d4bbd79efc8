import { Prng } from '@flotilla/core/random'
import { memoryDisk } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import type { KeyRow } from '../../catalogue/contract.ts'
import type { KeyEpoch } from '../../types.ts'
import { decodeKeyCopy, encodeKeyCopy, KeyCopy } from './key-copy.ts'
import { wrappedKeyBytes } from './wrapped-key.ts'

const rowsOf = (prng: Prng, count: number): readonly KeyRow[] =>
  Array.from({ length: count }, (_, epoch) => ({
    epoch: epoch as KeyEpoch,
    atMs: prng.below(2 ** 32) * 256,
    wrapped: prng.bytes(wrappedKeyBytes),
  }))

describe('the copy of the wrapped keys', () => {
  test('says what was written, from none to as many as there may be', () => {
    for (const count of [0, 1, 2, 257]) {
      const rows = rowsOf(new Prng(count), count)
      expect(decodeKeyCopy(encodeKeyCopy(rows))).toEqual(rows)
    }
    expect(() => encodeKeyCopy(rowsOf(new Prng(1), 258))).toThrow('only so many')
  })

  test('has these bytes', () => {
    const wrapped = new Uint8Array(wrappedKeyBytes).fill(7)
    const bytes = encodeKeyCopy([{ epoch: 258 as KeyEpoch, atMs: 1.5, wrapped }])
    const text = Buffer.from(bytes).toString('hex')
    expect(text.slice(0, 56)).toBe('464c4f544b455953010000000100000002010000000000000000f83f')
    expect(text.slice(56)).toBe('07'.repeat(88) + '6ec664ee')
  })

  test('is nothing when any bit of it is another, or any of it is missing or too much', () => {
    const bytes = encodeKeyCopy(rowsOf(new Prng(1), 2))
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(decodeKeyCopy(flipped), `bit ${bit}`).toBeUndefined()
    }
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeKeyCopy(bytes.subarray(0, length))).toBeUndefined()
    }
    expect(decodeKeyCopy(Buffer.concat([bytes, Buffer.alloc(100)]))).toBeUndefined()
  })

  test('does not throw, whatever stands there', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const prng = new Prng(seed)
      expect(decodeKeyCopy(prng.bytes(20 + 100 * prng.below(4))), `seed ${seed}`).toBeUndefined()
    }
  })

  test('is put in place as a whole, and survives a crash', async () => {
    const memory = memoryDisk()
    const copy = new KeyCopy(memory.open())
    expect(await copy.read()).toBe('none')
    const rows = rowsOf(new Prng(1), 3)
    await copy.write(rowsOf(new Prng(2), 2))
    await copy.write(rows)
    memory.crash(new Prng(1))
    const later = new KeyCopy(memory.open())
    expect(await later.read()).toEqual(rows)
    await later.putAside()
    expect([await later.read(), memory.paths()]).toEqual(['none', ['keys-earlier']])
  })
})
