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

  test('is AES-256-GCM', () => {
    const target = new Uint8Array(sealed.length + 5)
    cipher.encrypt(vector, target, 5)
    expect(target.subarray(5)).toEqual(sealed)
    expect(cipher.decrypt({ ...vector, bytes: sealed })).toEqual(vector.bytes)
  })

  test('opens nothing that was changed anywhere', () => {
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      expect(cipher.decrypt({ ...vector, bytes: flipped(sealed, bit) })).toBeUndefined()
    }
    for (const part of ['key', 'nonce', 'associated'] as const) {
      for (let bit = 0; bit < 8 * vector[part].length; bit++) {
        const input = { ...vector, bytes: sealed, [part]: flipped(vector[part], bit) }
        expect(cipher.decrypt(input)).toBeUndefined()
      }
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(cipher.decrypt({ ...vector, bytes: sealed.subarray(0, length) })).toBeUndefined()
    }
  })

  test('takes nothing at all', () => {
    const target = new Uint8Array(tagBytes)
    cipher.encrypt({ ...vector, bytes: new Uint8Array(0) }, target, 0)
    expect(cipher.decrypt({ ...vector, bytes: target })).toEqual(new Uint8Array(0))
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
