import { Prng } from '@flotilla/core/random'
import { assert as check, constantFrom, nat, property, uint8Array } from 'fast-check'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import type { ChunkId, ChunkKind, PackId } from '../types.ts'
import {
  decodePackHeader,
  decodeRecord,
  decodeRecordHead,
  encodePackHeader,
  encodeRecordHead,
  packHeaderBytes,
  recordBytes,
  recordHeadBytes,
} from './pack-format.ts'

const pack = '000102030405060708090a0b0c0d0e0f' as PackId
const fixture = new URL('../../fixtures/v1/packs/two-records.pack', import.meta.url)

const chunkIds = uint8Array({ minLength: 32, maxLength: 32 }).map(
  (bytes) => Buffer.from(bytes).toString('hex') as ChunkId,
)
const kinds = constantFrom<ChunkKind>('data', 'list')

function encoded(record: { readonly id: ChunkId; readonly kind: ChunkKind; readonly sealed: Uint8Array }): Uint8Array {
  const bytes = new Uint8Array(recordBytes(record.sealed.length))
  encodeRecordHead(record, bytes, 0)
  bytes.set(record.sealed, recordHeadBytes)
  return bytes
}

/** The records of the stored pack. */
const records = [
  { id: '11'.repeat(32) as ChunkId, kind: 'data' as const, sealed: new Prng(1).bytes(100) },
  { id: 'ab'.repeat(32) as ChunkId, kind: 'list' as const, sealed: new Prng(2).bytes(1) },
]

describe('a pack of version 1', () => {
  const written = Buffer.concat([encodePackHeader(pack), ...records.map(encoded)])

  test('is written today as it was', async () => {
    if (process.env['UPDATE'] === '1') {
      await mkdir(new URL('.', fixture), { recursive: true })
      await writeFile(fixture, written, { flag: 'wx' })
    }
    expect(await readFile(fixture)).toEqual(written)
  })

  test('opens', async () => {
    const stored = new Uint8Array(await readFile(fixture))
    expect(decodePackHeader(stored)).toEqual({ type: 'known', pack })
    let at = packHeaderBytes
    for (const record of records) {
      const bytes = stored.subarray(at, at + recordBytes(record.sealed.length))
      expect(decodeRecordHead(bytes)).toMatchObject({ id: record.id, kind: record.kind })
      expect(decodeRecord(bytes, record, { checksum: true })).toEqual(record.sealed)
      at += bytes.length
    }
    expect(at).toBe(stored.length)
  })
})

describe('the header of a pack', () => {
  test('tells every flipped bit', () => {
    for (let bit = 0; bit < packHeaderBytes * 8; bit++) {
      expect(decodePackHeader(flipped(encodePackHeader(pack), bit)), `bit ${bit}`).toEqual({ type: 'damaged' })
    }
  })

  test('of a newer version is told from a damaged one', () => {
    // Written by hand: version 2 and its CRC.
    const header = encodePackHeader(pack)
    header[8] = 2
    const { crc32 } = process.getBuiltinModule('node:zlib')
    new DataView(header.buffer).setUint32(12, crc32(header.subarray(16), crc32(header.subarray(0, 12))), true)
    expect(decodePackHeader(header)).toEqual({ type: 'newer', version: 2 })
  })

  test('cut short is damaged', () => {
    for (let length = 0; length < packHeaderBytes; length++) {
      expect(decodePackHeader(encodePackHeader(pack).subarray(0, length))).toEqual({ type: 'damaged' })
    }
  })
})

describe('a record', () => {
  test('comes back as it was', () => {
    const sealeds = uint8Array({ minLength: 1, maxLength: 300 })
    check(
      property(chunkIds, kinds, sealeds, (id, kind, sealed) => {
        const bytes = encoded({ id, kind, sealed })
        expect(decodeRecord(bytes, { id, kind }, { checksum: true })).toEqual(sealed)
        expect(decodeRecordHead(bytes)).toEqual({ id, kind, sealedBytes: sealed.length })
      }),
    )
  })

  test('has the CRC-32 of its length and what comes behind, wherever its sealed bytes stand', () => {
    const { crc32 } = process.getBuiltinModule('node:zlib')
    const sealeds = uint8Array({ minLength: 1, maxLength: 70_000 })
    check(
      property(chunkIds, kinds, sealeds, nat(50), (id, kind, sealed, at) => {
        const apart = encoded({ id, kind, sealed })
        // What stands in front of it and behind it is none of its business.
        const room = new Uint8Array(at + apart.length + 9).fill(0xee)
        room.set(sealed, at + recordHeadBytes)
        const inPlace = room.subarray(at + recordHeadBytes, at + apart.length)
        encodeRecordHead({ id, kind, sealed: inPlace }, room, at)
        expect(room.subarray(at, at + apart.length)).toEqual(apart)
        const view = new DataView(apart.buffer)
        expect(view.getUint32(4, true)).toBe(crc32(apart.subarray(8), crc32(apart.subarray(0, 4))))
      }),
    )
  })

  test('tells every flipped bit by its checksum, and every one of its head without', () => {
    const [record] = records
    if (record === undefined) throw new Error('there are two')
    const bytes = encoded(record)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      expect(decodeRecord(flipped(bytes, bit), record, { checksum: true }), `bit ${bit}`).toBeUndefined()
    }
    for (let bit = 0; bit < recordHeadBytes * 8; bit++) {
      const found = decodeRecord(flipped(bytes, bit), record, { checksum: false })
      const isCrc = bit >= 32 && bit < 64
      expect(found === undefined, `bit ${bit}`).toBe(!isCrc)
    }
  })

  test('of another chunk, of another kind, or of another length is none', () => {
    const [record] = records
    if (record === undefined) throw new Error('there are two')
    const bytes = encoded(record)
    const id = 'cd'.repeat(32) as ChunkId
    for (const checksum of [true, false]) {
      expect(decodeRecord(bytes, { ...record, id }, { checksum })).toBeUndefined()
      expect(decodeRecord(bytes, { ...record, kind: 'list' }, { checksum })).toBeUndefined()
      for (let length = 0; length < bytes.length; length++) {
        expect(decodeRecord(bytes.subarray(0, length), record, { checksum })).toBeUndefined()
      }
      expect(decodeRecord(Buffer.concat([bytes, new Uint8Array(1)]), record, { checksum })).toBeUndefined()
    }
  })

  test('is not what never was written, nor anything else', () => {
    expect(decodeRecordHead(new Uint8Array(1_000))).toBeUndefined()
    check(
      property(uint8Array({ maxLength: 200 }), chunkIds, kinds, (bytes, id, kind) => {
        expect(decodeRecord(bytes, { id, kind }, { checksum: true })).toBeUndefined()
        const head = decodeRecordHead(bytes)
        expect(head === undefined || head.sealedBytes > 0).toBe(true)
        expect(decodePackHeader(bytes).type).toBe('damaged')
      }),
      { numRuns: 2_000 },
    )
  })
})

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice()
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}
