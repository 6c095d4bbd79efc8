import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesOf, neverInBech32m, readBech32m, wordsOf, writeBech32m } from './bech32m.ts'

describe('the vectors of BIP 350', () => {
  const longPrefix = 'an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber1'

  test.each([
    ['A1LQFN3A', 'a', ''],
    ['a1lqfn3a', 'a', ''],
    [`${longPrefix}1sg7hg6`, longPrefix, ''],
    [
      'abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx',
      'abcdef',
      '1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100',
    ],
    [`11${'l'.repeat(82)}ludsr8`, '1', '1f'.repeat(82)],
    [
      'split1checkupstagehandshakeupstreamerranterredcaperredlc445v',
      'split',
      '18171918161c01100b1d0819171d130d10171d16191c01100b03191d1b1903031d130b190303190d181d01190303190d',
    ],
    ['?1v759aa', '?', ''],
  ])('%s is read, and written the same', (text, prefix, hex) => {
    const words = new Uint8Array(Buffer.from(hex, 'hex'))
    expect(readBech32m(text)).toEqual({ prefix, words })
    expect(writeBech32m({ prefix, words })).toBe(text.toLowerCase())
  })

  test.each([
    ['\u00201xj0phk', 'a space in the prefix'],
    ['\u007f1g6xzxy', 'a control character in the prefix'],
    ['\u00801vctc34', 'a character outside ASCII'],
    ['an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4', 'too long'],
    ['qyrz8wqd2c9m', 'no separator'],
    ['1qyrz8wqd2c9m', 'no prefix'],
    ['y1b0jsk6g', 'a wrong character'],
    ['lt1igcx5c0', 'a wrong character'],
    ['in1muywd', 'a checksum that is too short'],
    ['mm1crxm3i', 'a wrong character in the checksum'],
    ['au1s5cgom', 'a wrong character in the checksum'],
    ['M1VUXWEZ', 'a checksum over the prefix in upper case'],
    ['16plkw9', 'no prefix'],
    ['1p2gdwpf', 'no prefix'],
    // These are not of the BIP.
    ['a12uel5l', 'the older Bech32'],
    ['a1Lqfn3a', 'mixed case'],
    ['abcdef1l7aum6ech\u212a45nj3s0wdvt2fg8x9yrzpqzd3ryx', 'a Kelvin sign, which is k in lower case'],
    ['', 'nothing'],
  ])('%j is refused: %s', (text) => {
    expect(readBech32m(text)).toBeUndefined()
  })
})

test('the characters that never occur are those that are not written', () => {
  const written = writeBech32m({ prefix: 'x', words: Uint8Array.from({ length: 32 }, (_, word) => word) }).slice(2, 34)
  for (let code = 0; code < 0x2200; code++) {
    const character = String.fromCharCode(code)
    const occurs = `${written}${written.toUpperCase()}`.includes(character)
    expect({ code, never: neverInBech32m.test(character) }).toEqual({ code, never: !occurs })
  }
})

test('bytes become words, most significant bits first, and bytes again', () => {
  const bytes = fc.integer({ min: 0, max: 6 }).chain((fives) => {
    return fc.uint8Array({ minLength: fives * 5, maxLength: fives * 5 })
  })
  fc.assert(
    fc.property(bytes, (drawn) => {
      const bits = Array.from(drawn, (byte) => byte.toString(2).padStart(8, '0')).join('')
      const words = Array.from(wordsOf(drawn), (word) => word.toString(2).padStart(5, '0')).join('')
      expect(words).toBe(bits)
      expect(bytesOf(wordsOf(drawn))).toEqual(drawn)
    }),
  )
})
