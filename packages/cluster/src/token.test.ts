import { nodeCrypto } from '@flotilla/core/crypto/node'
import { ProtocolError } from '@flotilla/core/errors'
import type { WallMillis } from '@flotilla/core/time'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromBase32, toBase32 } from './base32.ts'
import { readToken, writeToken, type JoinToken } from './token.ts'

const crypto = nodeCrypto()
const sample: JoinToken = {
  authorityFingerprint: new Uint8Array(32).fill(1),
  invitation: new Uint8Array(8).fill(2),
  secret: new Uint8Array(16).fill(3),
  expiresAt: 1_772_367_300_000 as WallMillis,
  role: 'node',
  addresses: [
    { host: '192.168.1.20', port: 4_711 },
    { host: 'fd00::1', port: 4_711 },
  ],
}
const text = writeToken(crypto, sample)

const port = fc.integer({ min: 1, max: 65_535 })
const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[a-z][a-z0-9.-]{0,63}$/), fc.constant('999.1.1.1'))
const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })
const anyToken: fc.Arbitrary<JoinToken> = fc.record({
  authorityFingerprint: bytes(32),
  invitation: bytes(8),
  secret: bytes(16),
  expiresAt: fc.integer({ min: 0, max: 2 ** 40 }).map((seconds) => (seconds * 1_000) as WallMillis),
  role: fc.constantFrom('node', 'agent', 'operator'),
  addresses: fc.array(fc.record({ host, port }), { minLength: 1, maxLength: 4 }),
})

describe('a join token', () => {
  test('is read as it was written, whatever is in it', () => {
    fc.assert(
      fc.property(anyToken, (token) => {
        expect(readToken(crypto, writeToken(crypto, token))).toEqual(token)
      }),
    )
  })

  test('is the same for ever', () => {
    expect(text).toBe(
      'flj1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqszqgpqyqszqgps' +
        'xqcrqvpsxqcrqvpsxqcrqvpsqqrf5skugqqzzfnsps9gqy2pyec8vejrqvp68gcc4p8vjq',
    )
  })

  test('may be in upper case and have blanks around it', () => {
    expect(readToken(crypto, `  ${text.toUpperCase()}\n`)).toEqual(sample)
  })

  test('with one character mistyped, swapped, missing or doubled is told to be mistyped, wherever it is', () => {
    const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7lb1io!'
    for (let at = 0; at < text.length; at++) {
      const other = alphabet.charAt((at * 7) % alphabet.length)
      const swapped = text.slice(0, at) + text.charAt(at + 1) + text.charAt(at) + text.slice(at + 2)
      const wrong = [
        text.slice(0, at) + other + text.slice(at + 1),
        swapped,
        text.slice(0, at) + text.slice(at + 1),
        text.slice(0, at) + text.charAt(at) + text.slice(at),
      ]
      for (const typo of wrong.filter((each) => each !== text)) {
        expect(() => readToken(crypto, typo)).toThrow(expect.objectContaining({ code: 'mistyped-token' }))
      }
    }
  })

  test.each([
    ['', 'it does not begin with "flj1"'],
    ['fl18xyguzqvncxwzem0knt7zrp687zajudf7gx9mr', 'it does not begin with "flj1"'],
    ['flj1', 'characters are missing'],
    [text.slice(0, -1), 'characters are missing'],
    [`${text.slice(0, -1)}${text.endsWith('q') ? 'p' : 'q'}`, ''],
    [text.slice(0, 60), 'its checksum does not match'],
    [`${text.slice(0, 20)}b${text.slice(21)}`, 'character 21, "b", never occurs in one'],
    [`flj1${'q'.repeat(1_000)}`, 'it has 1004 characters, too many'],
  ])('as in case %# is refused with a sentence that says why', (wrong, why) => {
    expect(() => readToken(crypto, wrong)).toThrow(`that is not a join token: ${why}`)
  })

  test.each([
    ['another version', 0, 2],
    ['an unknown role', 63, 4],
    ['no addresses', 64, 0],
    ['too many addresses', 64, 5],
    ['an address without end', 67, 200],
    ['port 0', 66, 0],
  ])('with a right checksum and %s is told to be of another release', (_, at, byte) => {
    const forged = fromBase32(text.slice(4))?.slice(0, -4) ?? new Uint8Array(0)
    forged[at] = byte
    if (at === 66) forged[65] = 0
    const body = Buffer.concat([Buffer.from('flotilla join token v1\0'), forged])
    const resealed = `flj1${toBase32(Buffer.concat([forged, crypto.sha256(body).subarray(0, 4)]))}`
    expect(() => readToken(crypto, resealed)).toThrow(expect.objectContaining({ code: 'unsupported-token' }))
  })

  test('of any bytes never causes anything but a ProtocolError', () => {
    const sealed = fc.uint8Array({ maxLength: 300 }).map((body) => {
      const domain = Buffer.concat([Buffer.from('flotilla join token v1\0'), body])
      return `flj1${toBase32(Buffer.concat([body, crypto.sha256(domain).subarray(0, 4)]))}`
    })
    fc.assert(
      fc.property(fc.oneof(sealed, fc.string({ unit: 'binary' })), (any) => {
        expect(isTokenOrRefused(any)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

test('base 32 has one text for the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (some) => {
      expect(fromBase32(toBase32(some))).toEqual(some)
      expect(fromBase32(`${toBase32(some)}q`) === undefined || some.length % 5 !== 0).toBe(true)
    }),
  )
  const words = fc.stringMatching(/^[qpzry9x8gf2tvdw0s3jn54khce6mua7l]{0,20}$/)
  fc.assert(
    fc.property(words, (some) => {
      const read = fromBase32(some)
      expect(read === undefined ? some : toBase32(read)).toBe(some)
    }),
  )
})

function isTokenOrRefused(any: string): boolean {
  try {
    readToken(crypto, any)
    return true
  } catch (error) {
    return error instanceof ProtocolError
  }
}
