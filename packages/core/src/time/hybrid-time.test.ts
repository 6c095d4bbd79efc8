import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../errors/index.ts'
import { compareHybrid, decodeHybrid, encodeHybrid, formatHybrid, hybridTime, parseHybrid } from './hybrid-time.ts'

const moments = fc
  .tuple(
    fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.constantFrom(2 ** 16, 2 ** 32, 2 ** 48 - 1)),
    fc.oneof(fc.nat(3), fc.nat(2 ** 16 - 1)),
  )
  .map(([wallMs, counter]) => hybridTime(wallMs, counter))

describe('a hybrid time', () => {
  test('comes back from its bytes and its text', () => {
    fc.assert(
      fc.property(moments, (moment) => {
        expect(decodeHybrid(encodeHybrid(moment))).toEqual(moment)
        expect(parseHybrid(formatHybrid(moment))).toEqual(moment)
      }),
    )
  })

  test('sorts alike as numbers, as bytes and as text', () => {
    fc.assert(
      fc.property(moments, moments, (a, b) => {
        const order = Math.sign(compareHybrid(a, b))
        expect(order).toBe(Math.sign(compareNumbers(wholeNumber(a), wholeNumber(b))))
        expect(Buffer.compare(encodeHybrid(a), encodeHybrid(b))).toBe(order)
        expect(Math.sign(compareNumbers(formatHybrid(a), formatHybrid(b)))).toBe(order)
      }),
      { numRuns: 1_000 },
    )
  })

  test('is stored in these bytes and this text for ever', () => {
    const moment = hybridTime(0x0199_a8b3_c4d5, 0xbeef)
    expect([...encodeHybrid(moment)]).toEqual([0x01, 0x99, 0xa8, 0xb3, 0xc4, 0xd5, 0xbe, 0xef])
    expect(formatHybrid(moment)).toBe('0199a8b3c4d5-beef')
    const padded = new Uint8Array([9, 9, 0x01, 0x99, 0xa8, 0xb3, 0xc4, 0xd5, 0xbe, 0xef, 9]).subarray(2, 10)
    expect(decodeHybrid(padded)).toEqual(moment)
  })

  test('refuses numbers, bytes and texts that are none', () => {
    for (const [wallMs, counter] of [
      [-1, 0],
      [2 ** 48, 0],
      [0.5, 0],
      [Number.NaN, 0],
      [0, -1],
      [0, 2 ** 16],
    ] as const) {
      expect(() => hybridTime(wallMs, counter)).toThrow(ProtocolError)
    }
    for (const length of [0, 7, 9]) {
      expect(() => decodeHybrid(new Uint8Array(length))).toThrow(`a hybrid time has 8 bytes; there are ${length}`)
    }
    for (const text of ['', '0199a8b3c4d5beef', '0199A8B3C4D5-BEEF', '0199a8b3c4d5-beef ', '0199a8b3c4d-beeff']) {
      expect(() => parseHybrid(text)).toThrow(expect.objectContaining({ code: 'malformed' }))
    }
  })

  test('any 8 bytes are one, and any text is one or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.string(), (bytes, text) => {
        expect(encodeHybrid(decodeHybrid(bytes))).toEqual(bytes)
        expect(() => parseHybrid(text)).toThrow(ProtocolError)
      }),
    )
  })
})

/** Both parts as one integer of 64 bits. */
function wholeNumber(moment: { readonly wallMs: number; readonly counter: number }): bigint {
  return BigInt(moment.wallMs) * 65_536n + BigInt(moment.counter)
}

function compareNumbers<Value extends bigint | string>(a: Value, b: Value): number {
  return a < b ? -1 : a > b ? 1 : 0
}
