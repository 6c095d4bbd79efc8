import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../crypto/node.ts'
import { writeBech32m } from './bech32m.ts'
import { nodeIdFromPublicKey, nodeIdLength, parseNodeId, type NodeId } from './index.ts'

const crypto = nodeCrypto()
/** The public key of TEST 1 in RFC 8032. */
const publicKey = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex')
const id = nodeIdFromPublicKey(crypto, publicKey)

const anyId: fc.Arbitrary<NodeId> = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((key) => nodeIdFromPublicKey(crypto, key))

describe('a node id', () => {
  test('is the same for ever', () => {
    expect(id).toBe('fl18xyguzqvncxwzem0knt7zrp687zajudf7gx9mr')
  })

  test('is the hash of the domain and the key', () => {
    const hashed = crypto.sha256(Buffer.concat([Buffer.from('flotilla node id v1\0'), publicKey]))
    const bits = Array.from(hashed.subarray(0, 20), (byte) => byte.toString(2).padStart(8, '0')).join('')
    const words = Uint8Array.from(bits.match(/.{5}/g) ?? [], (word) => parseInt(word, 2))
    expect(id).toBe(writeBech32m({ prefix: 'fl', words }))
  })

  test('is read back, from upper case too', () => {
    fc.assert(
      fc.property(anyId, (one) => {
        expect(one).toHaveLength(nodeIdLength)
        expect(parseNodeId(one)).toBe(one)
        expect(parseNodeId(one.toUpperCase())).toBe(one)
      }),
    )
  })

  test('needs a key of 32 bytes', () => {
    expect(() => nodeIdFromPublicKey(crypto, publicKey.subarray(1))).toThrow(
      expect.objectContaining({ code: 'wrong-length' }),
    )
  })
})

describe('a mistyped id is refused', () => {
  const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))

  test('whichever single character is another, for every printable one', () => {
    for (let place = 0; place < id.length; place++) {
      for (const other of printable.filter((character) => character !== id.charAt(place))) {
        expect(() => parseNodeId(id.slice(0, place) + other + id.slice(place + 1))).toThrow(wrong)
      }
    }
  })

  test('whichever single character of any id is another of any kind', () => {
    const place = fc.integer({ min: 0, max: nodeIdLength - 1 })
    fc.assert(
      fc.property(anyId, place, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }), (one, at, other) => {
        fc.pre(one.charAt(at) !== other)
        expect(() => parseNodeId(one.slice(0, at) + other + one.slice(at + 1))).toThrow(wrong)
      }),
      { numRuns: 1_000 },
    )
  })

  test('whichever two neighbours are swapped', () => {
    fc.assert(
      fc.property(anyId, (one) => {
        const swappedAt = (at: number): string => {
          return one.slice(0, at) + one.charAt(at + 1) + one.charAt(at) + one.slice(at + 2)
        }
        const swaps = Array.from({ length: one.length - 1 }, (_, at) => swappedAt(at)).filter((text) => text !== one)
        for (const swapped of swaps) expect(() => parseNodeId(swapped)).toThrow(wrong)
      }),
    )
  })

  test('whichever character is left out or doubled', () => {
    fc.assert(
      fc.property(anyId, fc.integer({ min: 0, max: nodeIdLength - 1 }), (one, at) => {
        expect(() => parseNodeId(one.slice(0, at) + one.slice(at + 1))).toThrow(wrong)
        expect(() => parseNodeId(one.slice(0, at) + one.charAt(at) + one.slice(at))).toThrow(wrong)
      }),
    )
  })

  test.each([
    ['', 'it does not begin with "fl1"'],
    ['bc1qw508d6qejxtdg4y5r3zarvaryvaxxpcs', 'it does not begin with "fl1"'],
    [writeBech32m({ prefix: 'fx', words: new Uint8Array(32) }), 'it does not begin with "fl1"'],
    [writeBech32m({ prefix: 'fl', words: new Uint8Array(31) }), 'it has 40 characters instead of 41'],
    [writeBech32m({ prefix: 'fl', words: new Uint8Array(33) }), 'it has 42 characters instead of 41'],
    [`fl1${'q'.repeat(10_000)}`, 'it has 10003 characters instead of 41'],
    [writeBech32m({ prefix: 'fl1q', words: new Uint8Array(30) }), 'character 5, "1", never occurs in one'],
    [`${id.slice(0, 12)}1${id.slice(13)}`, 'character 13, "1", never occurs in one'],
    [`${id.slice(0, 9)}b${id.slice(10)}`, 'character 10, "b", never occurs in one'],
    [`${id.slice(0, 40)}\u212a`, 'character 41, "\u212a", never occurs in one'],
    [`FL1${id.slice(3)}`, 'it mixes upper and lower case'],
    [`${id.slice(0, 20)}${id.charAt(20) === 'q' ? 'p' : 'q'}${id.slice(21)}`, 'its checksum does not match'],
  ])('as in case %#, with a sentence that says why', (text, why) => {
    expect(() => parseNodeId(text)).toThrow(`is not a node id: ${why}`)
    expect(() => parseNodeId(text)).toThrow(wrong)
  })

  test('and a long one is not repeated whole', () => {
    expect(messageOf(() => parseNodeId('x'.repeat(10_000))).length).toBeLessThan(150)
  })

  const wrong: unknown = expect.objectContaining({ name: 'FlotillaError', code: 'wrong-node-id' })
})

function messageOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    return String(error)
  }
  return ''
}
