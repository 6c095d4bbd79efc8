import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mixBits, textHash } from './text-hash.ts'

describe('the text hash', () => {
  test('is the same for ever, on every machine', () => {
    expect(['', 'a', 'b', '0:node', 'Grüße', '\u{1F6A2}'].map(textHash)).toEqual(pinnedHashes)
  })

  test('gives whole numbers of 32 bits, for lone surrogates too', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff)), (units) => {
        const hash = textHash(String.fromCharCode(...units))
        expect(hash).toBe(hash >>> 0)
      }),
    )
    expect(textHash('\ud800')).not.toBe(textHash('\udc00'))
  })

  test('one changed bit of the text changes each bit of the hash about every second time', () => {
    const texts = Array.from({ length: 2_000 }, (_, index) => `node/${index}`)
    for (let bit = 0; bit < 32; bit++) {
      const flips = texts.filter((text, index) => {
        const at = index % text.length
        const changed = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1)
        return (((textHash(text) ^ textHash(changed)) >>> bit) & 1) === 1
      })
      expect({ bit, even: Math.abs(flips.length - 1_000) < 150 || flips.length }).toEqual({ bit, even: true })
    }
  })

  test('collides no more often than chance does', () => {
    const hashes = new Set(Array.from({ length: 50_000 }, (_, index) => textHash(`k${index}`)))
    expect(50_000 - hashes.size).toBeLessThan(6) // By chance: 0.3.
  })
})

test('mixing keeps words apart', () => {
  const words = [0, 1, 2, 2 ** 31, 2 ** 32 - 1, 0x9e3779b9]
  expect(new Set(words.map(mixBits)).size).toBe(words.length)
})

const pinnedHashes = [0, 2_229_343_059, 2_325_631_401, 4_058_606_821, 4_164_759_922, 2_492_039_418]
