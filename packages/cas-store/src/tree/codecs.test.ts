import { nodeCrypto } from '@flotilla/core/crypto/node'
import { ProtocolError } from '@flotilla/core/errors'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BlobDescriptor, ChunkId } from '../types.ts'
import { decodeDescriptor, descriptorBytesLength, encodeDescriptor } from './descriptor-codec.ts'
import { idBytesLength, readId, writeIdBytes } from './id-bytes.ts'
import { treeLimits } from './limits.ts'
import { decodeList, encodeList, type ChunkList } from './list-codec.ts'

const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => readId(bytes, 0))
const depth = fc.integer({ min: 1, max: treeLimits.depthMax })
const size = fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: treeLimits.blobBytesMax }))
const list = fc.record({
  depth,
  entries: fc.array(fc.record({ id, size }), { minLength: 1, maxLength: 20 }),
})
const descriptor = fc.record({ size, depth: fc.integer({ min: 0, max: treeLimits.depthMax }), root: id })
const idA = 'a0'.repeat(32) as ChunkId
const idB = '0123456789abcdef'.repeat(4) as ChunkId

/** What these bytes are when they are decoded and encoded again. */
function again<Value>(bytes: Uint8Array, decode: (bytes: Uint8Array) => Value, encode: (value: Value) => Uint8Array) {
  try {
    return hex(encode(decode(bytes)))
  } catch (error) {
    return error instanceof ProtocolError ? 'refused' : error
  }
}

function patched(bytes: Uint8Array, at: number, byte: number): Uint8Array {
  const changed = bytes.slice()
  changed[at % bytes.length] = byte
  return changed
}

describe('an id', () => {
  test('is its bytes and back, and every digit counts', () => {
    const bytes = new Uint8Array(34)
    writeIdBytes(idB, bytes, 1)
    expect([...bytes.subarray(0, 6)]).toEqual([0, 0x01, 0x23, 0x45, 0x67, 0x89])
    expect(readId(bytes, 1)).toBe(idB)
    expect(bytes[33]).toBe(0)
  })

  test.each(['', 'a'.repeat(63), 'a'.repeat(65), `${'a'.repeat(63)}g`, `${'a'.repeat(63)}A`, `${'a'.repeat(63)}:`])(
    'that is none is our own bug: %s',
    (text) => {
      expect(() => writeIdBytes(text as ChunkId, new Uint8Array(32), 0)).toThrow('broken invariant')
    },
  )

  test('is not read beyond the end', () => {
    expect(() => readId(new Uint8Array(32), 1)).toThrow('broken invariant')
  })
})

describe('a list', () => {
  test('is what it was after encoding and decoding', () => {
    fc.assert(
      fc.property(list, (drawn) => {
        expect(decodeList(encodeList(drawn))).toEqual(drawn)
      }),
    )
  })

  test('of the most entries is no longer than it may be', () => {
    const entries = Array.from({ length: treeLimits.listEntriesMax }, () => ({ id: idA, size: 1 }))
    const bytes = encodeList({ depth: 1, entries })
    expect(decodeList(bytes).entries).toHaveLength(1_024)
    const longer = new Uint8Array(bytes.length + idBytesLength + 6)
    longer.set(bytes)
    longer.set(bytes.subarray(2, 40), bytes.length)
    expect(() => decodeList(longer)).toThrow(expect.objectContaining({ code: 'malformed-list' }))
    expect(() => encodeList({ depth: 1, entries: [...entries, { id: idA, size: 1 }] })).toThrow('broken invariant')
  })

  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['a version alone', new Uint8Array([1])],
    ['no entries', new Uint8Array([1, 1])],
    ['another version', patched(encodeList({ depth: 1, entries: [{ id: idA, size: 1 }] }), 0, 2)],
    ['no depth', patched(encodeList({ depth: 1, entries: [{ id: idA, size: 1 }] }), 1, 0)],
    ['too deep', patched(encodeList({ depth: 1, entries: [{ id: idA, size: 1 }] }), 1, 9)],
    ['cut short', encodeList({ depth: 1, entries: [{ id: idA, size: 1 }] }).subarray(0, -1)],
    ['an entry without content', patched(encodeList({ depth: 1, entries: [{ id: idA, size: 1 }] }), 39, 0)],
  ])('is refused when it is malformed: %s', (_, bytes) => {
    expect(() => decodeList(bytes)).toThrow(expect.objectContaining({ code: 'malformed-list' }))
    expect(() => decodeList(bytes)).toThrow(ProtocolError)
  })

  test('is never written with what cannot be', () => {
    const entries = [{ id: idA, size: 1 }]
    const wrong: ChunkList[] = [
      { depth: 0, entries },
      { depth: 9, entries },
      { depth: 1, entries: [] },
      { depth: 1, entries: [{ id: idA, size: -1 }] },
      { depth: 1, entries: [{ id: idA, size: 2 ** 48 }] },
      { depth: 1, entries: [{ id: idA, size: 0.5 }] },
    ]
    for (const drawn of wrong) expect(() => encodeList(drawn)).toThrow('broken invariant')
  })

  test('of any bytes is decoded to what would be written so, or refused', () => {
    const wild = fc.uint8Array({ maxLength: 200 })
    const nearly = fc
      .tuple(list, fc.nat(1_000), fc.nat(255), fc.integer({ min: -3, max: 0 }))
      .map(([drawn, at, byte, cut]) => patched(encodeList(drawn), at, byte).slice(0, cut === 0 ? undefined : cut))
    fc.assert(
      fc.property(fc.oneof(wild, nearly), (bytes) => {
        expect([hex(bytes), 'refused']).toContain(again(bytes, decodeList, encodeList))
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('a descriptor', () => {
  test('is what it was after encoding and decoding', () => {
    fc.assert(
      fc.property(descriptor, (drawn) => {
        expect(decodeDescriptor(encodeDescriptor(drawn))).toEqual(drawn)
      }),
    )
    const empty: BlobDescriptor = { size: 0, depth: 0, root: idA }
    expect(decodeDescriptor(encodeDescriptor(empty))).toEqual(empty)
  })

  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['cut short', encodeDescriptor({ size: 1, depth: 0, root: idA }).subarray(1)],
    ['too long', new Uint8Array(descriptorBytesLength + 1).fill(1)],
    ['another version', patched(encodeDescriptor({ size: 1, depth: 0, root: idA }), 0, 2)],
    ['too deep', patched(encodeDescriptor({ size: 1, depth: 0, root: idA }), 1, 9)],
    ['lists of nothing', patched(encodeDescriptor({ size: 0, depth: 0, root: idA }), 1, 1)],
  ])('is refused when it is malformed: %s', (_, bytes) => {
    expect(() => decodeDescriptor(bytes)).toThrow(expect.objectContaining({ code: 'malformed-descriptor' }))
    expect(() => decodeDescriptor(bytes)).toThrow(ProtocolError)
  })

  test('is never written with what cannot be', () => {
    for (const wrong of [{ depth: -1 }, { depth: 9 }, { depth: 0.5 }, { size: -1 }, { size: 2 ** 48 }]) {
      expect(() => encodeDescriptor({ size: 1, depth: 0, root: idA, ...wrong })).toThrow('broken invariant')
    }
  })

  test('of any bytes is decoded to what would be written so, or refused', () => {
    const wild = fc.uint8Array({ minLength: 38, maxLength: 42 })
    const nearly = fc
      .tuple(descriptor, fc.nat(100), fc.nat(255))
      .map(([drawn, at, byte]) => patched(encodeDescriptor(drawn), at, byte))
    fc.assert(
      fc.property(fc.oneof(wild, nearly), (bytes) => {
        expect([hex(bytes), 'refused']).toContain(again(bytes, decodeDescriptor, encodeDescriptor))
      }),
      { numRuns: 1_000 },
    )
  })
})

test('bytes of the first release are read as they were meant', () => {
  const hash = nodeCrypto().sha256(new Uint8Array(0))
  const root = readId(hash, 0)
  const listed = encodeList({ depth: 2, entries: [{ id: root, size: 0x010203040506 }] })
  expect(hex(listed)).toBe(`0102${root}010203040506`)
  expect(hex(encodeDescriptor({ size: 0x010203040506, depth: 3, root }))).toBe(`0103010203040506${root}`)
})

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
