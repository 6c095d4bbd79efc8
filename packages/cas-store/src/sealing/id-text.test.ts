import { ProtocolError } from '@flotilla/core/errors'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { idBytes, isIdText, parseBlobId, parseChunkId, readBlobId, readChunkId, writeId } from './id-text.ts'

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('ids and their bytes', () => {
  test('stand for each other, anywhere in other bytes', () => {
    fc.assert(
      fc.property(bytes32, fc.nat(40), (bytes, offset) => {
        const around = new Uint8Array(80).fill(0xaa)
        around.set(bytes, offset)
        const id = readChunkId(around, offset)
        expect(id).toMatch(/^[0-9a-f]{64}$/)
        expect(idBytes(id)).toEqual(bytes)
        expect(parseChunkId(id)).toBe(id)
        expect(parseBlobId(id)).toBe(id)
        expect(readBlobId(around, offset)).toBe(id)
        const target = new Uint8Array(80).fill(0xaa)
        writeId(id, target.subarray(0), offset)
        expect(target).toEqual(around)
      }),
    )
  })

  test('are never written or read over an end', () => {
    const id = readChunkId(new Uint8Array(32), 0)
    expect(() => writeId(id, new Uint8Array(40), 9)).toThrow('broken invariant')
    expect(() => readChunkId(new Uint8Array(40), 9)).toThrow('broken invariant')
    expect(() => readChunkId(new Uint8Array(40), -1)).toThrow('broken invariant')
    expect(() => writeId('abc' as typeof id, new Uint8Array(40), 0)).toThrow('broken invariant')
    expect(() => writeId(`${'0'.repeat(63)}x` as typeof id, new Uint8Array(40), 0)).toThrow('broken invariant')
  })

  test('idBytes gives memory of its own', () => {
    expect(idBytes(readChunkId(new Uint8Array(32), 0)).buffer.byteLength).toBe(32)
  })
})

describe('what is no id', () => {
  const wrong = [
    '',
    'a',
    '0'.repeat(63),
    '0'.repeat(65),
    'A'.repeat(64),
    'g'.repeat(64),
    `${'0'.repeat(63)}\n`,
    'ä'.repeat(64),
  ]

  test.each(wrong)('is refused: %j', (text) => {
    expect(isIdText(text)).toBe(false)
    expect(() => parseChunkId(text)).toThrow(ProtocolError)
    expect(() => parseBlobId(text)).toThrow(expect.objectContaining({ code: 'wrong-request' }))
  })

  test('is shown in the message, but not all of a long text', () => {
    expect(() => parseBlobId('x'.repeat(1_000_000))).toThrow(`"${'x'.repeat(64)}…" is not the id of a blob`)
  })
})
