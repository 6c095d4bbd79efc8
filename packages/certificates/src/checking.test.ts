import { nodeCrypto } from '@flotilla/core/crypto/node'
import { FlotillaError } from '@flotilla/core/errors'
import type { WallMillis } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import { checkCertificate, drawSerial, makeAuthority, readAuthority, readCertificate } from './index.ts'
import { dayMs, sampleCluster } from './sample-cluster.ts'

const crypto = nodeCrypto()
const { authority, certificate, issue, now } = sampleCluster(crypto)
const facts = readCertificate(crypto, certificate)
const at = (ms: number): WallMillis => (now + ms) as WallMillis

const check = (changes: Partial<Parameters<typeof checkCertificate>[0]> = {}): unknown =>
  checkCertificate({ crypto, authority: authority.certificate, certificate, now, ...changes })
const code = (expected: string): unknown => expect.objectContaining({ name: 'ProtocolError', code: expected })

describe('a certificate is believed', () => {
  test('when the authority has signed it, be it given in DER or read already', () => {
    expect(check()).toEqual(facts)
    expect(check({ authority: readAuthority(crypto, authority.certificate) })).toEqual(facts)
  })

  test('from five minutes before it was issued to its last second', () => {
    expect(check({ now: at(-300_000) })).toEqual(facts)
    expect(check({ now: at(30 * dayMs + 999) })).toEqual(facts)
    expect(() => check({ now: at(-300_001) })).toThrow(code('not-yet-valid'))
    expect(() => check({ now: at(30 * dayMs + 1_000) })).toThrow(code('expired'))
  })

  test('as far past both ends as is tolerated', () => {
    expect(check({ now: at(-301_000), clockToleranceMs: 1_000 })).toEqual(facts)
    expect(check({ now: at(30 * dayMs + 1_999), clockToleranceMs: 1_000 })).toEqual(facts)
    expect(() => check({ now: at(30 * dayMs + 2_000), clockToleranceMs: 1_000 })).toThrow(code('expired'))
  })
})

describe('it is refused', () => {
  test('when another authority has issued it', () => {
    const other = sampleCluster(crypto, now, 7)
    expect(() => check({ certificate: other.certificate })).toThrow(code('foreign-authority'))
  })

  test('when somebody else signed it in the name of the authority', () => {
    const forged = new Uint8Array(certificate)
    forged.set(new Uint8Array(64).fill(1), forged.length - 64)
    expect(() => check({ certificate: forged })).toThrow(code('wrong-signature'))
  })

  test('when the authority itself has expired', () => {
    const short = makeAuthority({ crypto, secretKey: authority.secretKey, now, validityMs: dayMs }).certificate
    expect(() => check({ authority: short, now: at(2 * dayMs) })).toThrow(code('expired'))
  })

  test('when one byte of the authority is another', () => {
    const damaged = new Uint8Array(authority.certificate)
    damaged[200] = (damaged[200] ?? 0) ^ 1
    expect(() => check({ authority: damaged })).toThrow(FlotillaError)
  })
})

describe('issuing', () => {
  test('never outlives the authority', () => {
    const long = readCertificate(crypto, issue({ notAfter: at(20 * 365 * dayMs) }))
    expect(long.notAfter).toBe(readAuthority(crypto, authority.certificate).notAfter)
  })

  test.each<[string, Parameters<typeof issue>[0], string]>([
    ['a name of nothing', { subject: { ...facts, name: '' } }, '"" is no name'],
    ['a name that moves the cursor', { subject: { ...facts, name: '\u001b[2J' } }, '"\\u001b[2J" is no name'],
    ['a serial number of their own', { serial: '1' }, 'that is no serial number'],
    ['an end before the beginning', { notAfter: at(-dayMs) }, 'a certificate cannot be valid from'],
    ['a time that is none', { notBefore: Number.NaN as WallMillis }, 'a certificate cannot be valid from'],
    [
      "another's secret key",
      { authority: { ...authority, secretKey: new Uint8Array(32) } },
      'the secret key is not the one of the authority',
    ],
  ])('refuses %s', (_, changes, sentence) => {
    expect(() => issue(changes)).toThrow(sentence)
    expect(() => issue(changes)).toThrow(expect.objectContaining({ name: 'FlotillaError', code: 'wrong-field' }))
  })

  test('serial numbers have one length, whatever is drawn', () => {
    for (const byte of [0, 0x3f, 0x80, 0xff]) {
      const serial = drawSerial({ bytes: (length) => new Uint8Array(length).fill(byte) })
      expect(readCertificate(crypto, issue({ serial })).serial).toBe(serial)
    }
  })
})
