import { Prng } from '@flotilla/core/random'
import { Buffer } from 'node:buffer'
import { zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { tagBytes } from './chunk-cipher.ts'
import { nodeChunkCipher, nodeChunkCompressor } from './node-chunk-cipher.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))

describe('the cipher', () => {
  const cipher = nodeChunkCipher()
  // The GCM specification's test case 16: AES-256 with additional data.
  const vector = {
    key: hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'),
    nonce: hex('cafebabefacedbaddecaf888'),
    associated: hex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
    bytes: hex(
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525' +
        'b16aedf5aa0de657ba637b39',
    ),
  }
  const sealed = hex(
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a' +
      'bcc9f66276fc6ece0f4e1768cddf8853bb2d551b',
  )

  /** Into memory of its own, or over what it was. */
  const decrypted = (input: typeof vector, inPlace = false): Uint8Array | undefined => {
    const bytes = input.bytes.slice()
    const target = inPlace ? bytes : new Uint8Array(bytes.length).fill(9)
    const isAuthentic = cipher.decrypt({ ...input, bytes }, target)
    const plain = target.subarray(0, Math.max(0, bytes.length - tagBytes))
    if (!isAuthentic && bytes.length > tagBytes) expect(plain.every((byte) => byte === 0)).toBe(true)
    return isAuthentic ? plain : undefined
  }

  test('is AES-256-GCM', () => {
    const target = new Uint8Array(sealed.length + 5)
    cipher.encrypt(vector, target, 5)
    expect(target.subarray(5)).toEqual(sealed)
    for (const inPlace of [false, true]) expect(decrypted({ ...vector, bytes: sealed }, inPlace)).toEqual(vector.bytes)
  })

  test('opens nothing that was changed anywhere', () => {
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      expect(decrypted({ ...vector, bytes: flipped(sealed, bit) }, bit % 2 === 1)).toBeUndefined()
    }
    for (const part of ['key', 'nonce', 'associated'] as const) {
      for (let bit = 0; bit < 8 * vector[part].length; bit++) {
        const input = { ...vector, bytes: sealed, [part]: flipped(vector[part], bit) }
        expect(decrypted(input)).toBeUndefined()
      }
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(decrypted({ ...vector, bytes: sealed.subarray(0, length) })).toBeUndefined()
    }
  })

  test('takes nothing at all', () => {
    const target = new Uint8Array(tagBytes)
    cipher.encrypt({ ...vector, bytes: new Uint8Array(0) }, target, 0)
    expect(decrypted({ ...vector, bytes: target })).toEqual(new Uint8Array(0))
  })
})

describe('large chunks', () => {
  const cipher = nodeChunkCipher()
  const key = new Prng(1).bytes(32)
  const nonce = new Prng(2).bytes(12)
  const associated = new Prng(3).bytes(20)

  test.each([65_535, 65_536, 65_537, 131_072, 300_000])('of %i bytes are what they were, in place too', (length) => {
    const bytes = new Prng(length).bytes(length)
    const sealed = new Uint8Array(length + tagBytes)
    cipher.encrypt({ key, nonce, associated, bytes }, sealed, 0)
    const target = new Uint8Array(length)
    expect(cipher.decrypt({ key, nonce, associated, bytes: sealed }, target)).toBe(true)
    expect(Buffer.compare(target, bytes)).toBe(0)
    for (const at of [0, 65_535, length - 1, length, length + tagBytes - 1]) {
      const damaged = sealed.slice()
      damaged[at] = (damaged[at] ?? 0) ^ 1
      expect(cipher.decrypt({ key, nonce, associated, bytes: damaged }, damaged)).toBe(false)
      expect(damaged.subarray(0, length).every((byte) => byte === 0)).toBe(true)
    }
    expect(cipher.decrypt({ key, nonce, associated, bytes: sealed }, sealed)).toBe(true)
    expect(Buffer.compare(sealed.subarray(0, length), bytes)).toBe(0)
  })
})

describe('the compressor', () => {
  const compressor = nodeChunkCompressor()

  test.each([0, 1, 63, 64, 65, 1_000, 100_000, 1_000_000])('gives back %i bytes of any kind', (length) => {
    for (const bytes of [new Uint8Array(length).fill(7), new Prng(length).bytes(length)]) {
      expect(compressor.decompress(compressor.compress(bytes), length)).toEqual(bytes)
    }
  })

  test('gives nothing where the length is another', () => {
    const compressed = compressor.compress(new Uint8Array(1_000).fill(7))
    for (const length of [0, 1, 999, 1_001, 100_000]) expect(compressor.decompress(compressed, length)).toBeUndefined()
  })

  test('takes no more memory for a bomb than for what it is said to be', () => {
    const bomb = zstdCompressSync(new Uint8Array(512 * 2 ** 20))
    expect(bomb.length).toBeLessThan(100_000)
    const before = process.memoryUsage().rss
    for (let round = 0; round < 20; round++) expect(compressor.decompress(bomb, 1_000_000)).toBeUndefined()
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 2 ** 20)
  })

  test('gives nothing for what is not zstd, or only begins so', () => {
    const compressed = compressor.compress(new TextEncoder().encode('abcabcabc'.repeat(1_000)))
    for (let length = 0; length < compressed.length; length++) {
      expect(compressor.decompress(compressed.subarray(0, length), 9_000)).toBeUndefined()
    }
    for (let seed = 0; seed < 500; seed++)
      expect(compressor.decompress(new Prng(seed).bytes(seed), 9_000)).toBeUndefined()
  })
})

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice()
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}
