import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChunkKind, KeyEpoch } from '../types.ts'
import { nonceBytes, type ChunkCipher } from './chunk-cipher.ts'
import { ChunkKeys, schedulesOf } from './chunk-keys.ts'
import { identitySecret, idKeyOf } from './identity.ts'
import { nodeChunkCipher, nodeChunkCompressor } from './node-chunk-cipher.ts'
import {
  associatedBytes,
  chunkBytesMax,
  epochOf,
  headerBytes,
  parseSealed,
  sealedEpoch,
  sealedOverheadBytes,
  writeAssociated,
  writeHeader,
  type SealedFault,
} from './sealed-chunk.ts'
import { Workbench } from './workbench.ts'

const crypto = nodeCrypto()
const cipher = nodeChunkCipher()
const compressor = nodeChunkCompressor()
const seven = 7 as KeyEpoch
const keys = schedulesOf(
  crypto,
  { newest: seven, keys: new Map([[seven, new Uint8Array(32).fill(9)]]) },
  (length) => new Uint8Array(length),
)
const idKey = idKeyOf(crypto, identitySecret(new Uint8Array(32)))
const text = new TextEncoder().encode('abcdefgh'.repeat(200))

const benchOf = (seed: number, other: ChunkCipher = cipher): Workbench =>
  new Workbench({ crypto, cipher: other, compressor, entropy: new Prng(seed), idKey, keys })

describe('a sealed chunk', () => {
  test('says in its header what the comment says', () => {
    const bench = benchOf(1)
    const [id] = bench.identify('data', [text])
    const [sealed = text] = bench.seal([{ id: id ?? never(), kind: 'data', bytes: text }])
    expect([...sealed.subarray(0, 12)]).toEqual([0x66, 0x63, 1, 1, 0, 0, 0, 7, 0, 0, 1_600 >> 8, 1_600 & 0xff])
    expect(sealed.subarray(12, 24)).toEqual(new Prng(1).bytes(64 * nonceBytes).subarray(0, 12))
    expect(sealedEpoch(sealed)).toBe(7)
    expect(epochOf(sealed)).toBe(7)
  })

  test('never has the nonce of another', () => {
    const bench = benchOf(1)
    const [id] = bench.identify('data', [text])
    const chunk = { id: id ?? never(), kind: 'data', bytes: text } as const
    const nonces = Array.from({ length: 1_000 }, () => bench.seal([chunk, chunk]))
      .flat()
      .map((sealed) => sealed.subarray(12, 24).join())
    expect(new Set(nonces).size).toBe(2_000)
  })

  test('is given to no cipher under the key of another chunk', () => {
    const seen = new Map<string, Set<string>>()
    const bench = benchOf(1, {
      ...cipher,
      encrypt(input, target, offset) {
        const nonces = seen.get(input.key.join()) ?? new Set()
        seen.set(input.key.join(), nonces.add(input.nonce.join()))
        cipher.encrypt(input, target, offset)
      },
    })
    const chunks = Array.from({ length: 50 }, (_, index) => new Prng(index).bytes(100))
    const ids = bench.identify('data', chunks)
    for (let round = 0; round < 3; round++) {
      bench.seal(chunks.map((bytes, index) => ({ id: ids[index] ?? never(), kind: 'data', bytes })))
    }
    expect([...seen.values()].map((nonces) => nonces.size)).toEqual(chunks.map(() => 3))
  })
})

describe('what is no sealed chunk is told apart', () => {
  const sealedOf = (bytes: Uint8Array): Uint8Array => {
    const bench = benchOf(2)
    const [id = never()] = bench.identify('data', [bytes])
    return bench.seal([{ id, kind: 'data', bytes }])[0] ?? never()
  }
  const plain = sealedOf(new Prng(1).bytes(1_000))
  const packed = sealedOf(text)
  const changed = (bytes: Uint8Array, at: number, ...values: readonly number[]): Uint8Array => {
    const copy = bytes.slice()
    copy.set(values, at)
    return copy
  }
  const cases: Record<string, readonly [SealedFault, Uint8Array]> = {
    nothing: ['truncated', new Uint8Array(0)],
    'a header alone': ['truncated', plain.subarray(0, sealedOverheadBytes - 1)],
    'one byte less': ['truncated', plain.subarray(0, -1)],
    'one byte more': ['overlong', new Uint8Array([...plain, 0])],
    'another beginning': ['wrong-magic', changed(plain, 0, 0)],
    'another second letter': ['wrong-magic', changed(plain, 1, 0)],
    'a later version': ['unknown-version', changed(plain, 2, 2)],
    'no version': ['unknown-version', changed(plain, 2, 0)],
    'another compression': ['unknown-compression', changed(plain, 3, 2)],
    'the last compression': ['unknown-compression', changed(plain, 3, 255)],
    'epoch 0': ['wrong-epoch', changed(plain, 4, 0, 0, 0, 0)],
    'more than a chunk may have': ['wrong-length', changed(packed, 8, 1, 0, 0, 1)],
    'the largest length': ['wrong-length', changed(packed, 8, 255, 255, 255, 255)],
    'compressed, and no smaller': ['wrong-length', changed(packed, 8, 0, 0, 0, packed.length - sealedOverheadBytes)],
    'compressed nothing': ['wrong-length', packed.subarray(0, sealedOverheadBytes)],
    'a length that lies': ['truncated', changed(plain, 8, 0, 0, 255, 255)],
  }

  test.each(Object.entries(cases))('%s', (_, [why, bytes]) => {
    expect(parseSealed(bytes)).toEqual({ type: 'refused', why })
    expect(sealedEpoch(bytes)).toBeUndefined()
    const [id = never()] = benchOf(3).identify('data', [text])
    expect(benchOf(3).open([{ id, kind: 'data', sealed: bytes }])).toEqual([{ type: 'damaged', why: 'wrong-format' }])
  })

  test('a chunk of the largest size is one', () => {
    const largest = new Uint8Array(chunkBytesMax + sealedOverheadBytes)
    writeHeader(
      { compression: 'none', epoch: seven, plainLength: chunkBytesMax, nonce: new Uint8Array(12) },
      largest,
      0,
    )
    expect(parseSealed(largest).type).toBe('parsed')
  })
})

describe('fuzz', () => {
  const bench = benchOf(4)
  const chunks = [text, new Prng(1).bytes(300), new Uint8Array(0)]
  const ids = bench.identify('list', chunks)
  const sealed = bench.seal(chunks.map((bytes, index) => ({ id: ids[index] ?? never(), kind: 'list', bytes })))

  test('whatever bytes there are, opening them gives one of three answers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const [opened] = bench.open([{ id: ids[0] ?? never(), kind: 'data', sealed: bytes }])
        expect(opened?.type).toBe('damaged')
      }),
      { numRuns: 2_000 },
    )
  })

  test('no change of one bit, no cut and no splice opens', () => {
    for (const [index, whole] of sealed.entries()) {
      const id = ids[index] ?? never()
      const mutants: Uint8Array[] = []
      for (let bit = 0; bit < 8 * whole.length; bit++)
        mutants.push(whole.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)))
      for (let length = 0; length < whole.length; length++) mutants.push(whole.subarray(0, length))
      for (const other of sealed) {
        if (other === whole) continue
        mutants.push(other, new Uint8Array([...other.subarray(0, headerBytes), ...whole.subarray(headerBytes)]))
        mutants.push(new Uint8Array([...whole.subarray(0, 12), ...other.subarray(12, 24), ...whole.subarray(24)]))
      }
      const opened = bench.open(mutants.map((mutant) => ({ id, kind: 'list', sealed: mutant })))
      expect(opened.filter(({ type }) => type === 'opened')).toEqual([])
      expect(bench.open([{ id, kind: 'list', sealed: whole }])).toEqual([{ type: 'opened', bytes: chunks[index] }])
    }
  })
})

describe('who has the keys and lies', () => {
  const forge = (content: Uint8Array, plainLength: number, kind: ChunkKind = 'data'): ReturnType<Workbench['open']> => {
    const [id = never()] = benchOf(5).identify(kind, [text])
    const bytes = new Uint8Array(content.length + sealedOverheadBytes)
    const nonce = new Uint8Array(12).fill(1)
    writeHeader({ compression: 'zstd', epoch: seven, plainLength, nonce }, bytes, 0)
    const associated = new Uint8Array(associatedBytes)
    writeAssociated(bytes, kind, id, associated)
    const key = new ChunkKeys(crypto).derive(keys.schedules.get(seven) ?? never(), id)
    cipher.encrypt({ key, nonce, associated, bytes: content }, bytes, headerBytes)
    return benchOf(5).open([{ id, kind, sealed: bytes }])
  }

  test('opens when it does not lie', () => {
    expect(forge(compressor.compress(text), text.length)).toEqual([{ type: 'opened', bytes: text }])
  })

  test('cannot make a bomb', () => {
    const bomb = compressor.compress(new Uint8Array(256 * 2 ** 20))
    const before = process.memoryUsage().rss
    expect(forge(bomb, 1_000_000)).toEqual([{ type: 'damaged', why: 'wrong-format' }])
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 2 ** 20)
  })

  test('cannot have other lengths, other content, or no zstd', () => {
    const compressed = compressor.compress(text)
    for (const length of [text.length - 1, text.length + 1]) {
      expect(forge(compressed, length)).toEqual([{ type: 'damaged', why: 'wrong-format' }])
    }
    expect(forge(new Prng(1).bytes(100), 1_600)).toEqual([{ type: 'damaged', why: 'wrong-format' }])
    expect(forge(compressor.compress(new Uint8Array(1_600)), 1_600)).toEqual([
      { type: 'damaged', why: 'not-authentic' },
    ])
  })
})

test('a key that nobody has is told from a chunk that is not authentic', () => {
  const bench = benchOf(6)
  const [id = never()] = bench.identify('data', [text])
  const [sealed = never()] = bench.seal([{ id, kind: 'data', bytes: text }])
  const other = sealed.slice()
  other[7] = 8
  expect(bench.open([{ id, kind: 'data', sealed: other }])).toEqual([{ type: 'damaged', why: 'unknown-key' }])
})

function never(): never {
  throw new Error('it must be there')
}
