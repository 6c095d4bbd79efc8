import { nodeCrypto } from '@flotilla/core/crypto/node'
import { ProtocolError } from '@flotilla/core/errors'
import { clusterIdFromPublicKey, nodeIdFromPublicKey } from '@flotilla/core/ids'
import type { WallMillis } from '@flotilla/core/time'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import { Extension, TBSCertificate, Version } from '@peculiar/asn1-x509'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesToSign, certificateToSign, signedCertificate } from './der-form.ts'
import { certificateLimits, checkCertificate, readAuthority, readCertificate, type CertificateFacts } from './index.ts'
import { dayMs, sampleCluster } from './sample-cluster.ts'

const crypto = nodeCrypto()
const { authority, certificate, issue, now, publicKey } = sampleCluster(crypto)
const facts = readCertificate(crypto, certificate)

const code = (expected: string): unknown => expect.objectContaining({ name: 'ProtocolError', code: expected })

/** A certificate of these facts, or of what `change` makes of it, which the authority did sign. */
function signedFor(changes: Partial<CertificateFacts>, change?: (toSign: TBSCertificate) => void): Uint8Array {
  const toSign = certificateToSign({ ...facts, ...changes })
  change?.(toSign)
  return signedCertificate(toSign, crypto.ed25519.sign(authority.secretKey, bytesToSign(toSign)))
}

describe('what was written is read', () => {
  test('of a member', () => {
    expect(facts).toEqual({
      cluster: clusterIdFromPublicKey(crypto, crypto.ed25519.publicKey(authority.secretKey)),
      id: nodeIdFromPublicKey(crypto, publicKey),
      publicKey,
      name: 'alpha',
      role: 'node',
      serial: '40'.padEnd(32, '1'),
      notBefore: now - 300_000,
      notAfter: now + 30 * dayMs,
    })
  })

  test('of an authority', () => {
    expect(readAuthority(crypto, authority.certificate)).toEqual({
      cluster: facts.cluster,
      publicKey: crypto.ed25519.publicKey(authority.secretKey),
      notBefore: now - 300_000,
      notAfter: now + 3_652 * dayMs,
    })
  })

  test('whatever a member is called, is for, and when it is', () => {
    const drawn = fc.record({
      name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/),
      role: fc.constantFrom('node', 'agent', 'operator'),
      serial: fc.stringMatching(/^[4-7][0-9a-f]{31}$/),
      notBefore: fc.integer({ min: 0, max: 4e9 }).map((seconds) => (seconds * 1_000) as WallMillis),
      notAfter: fc.integer({ min: 4e9, max: 253_402_300_799 }).map((seconds) => (seconds * 1_000) as WallMillis),
    })
    fc.assert(
      fc.property(drawn, (some) => {
        expect(readCertificate(crypto, signedFor(some))).toEqual({ ...facts, ...some })
      }),
    )
  })

  test('and its bytes may lie within a larger buffer', () => {
    const larger = new Uint8Array(certificate.length + 20)
    larger.set(certificate, 10)
    expect(readCertificate(crypto, larger.subarray(10, -10))).toEqual(facts)
    expect(readCertificate(crypto, Buffer.from(certificate))).toEqual(facts)
  })
})

describe('what we do not write is refused', () => {
  test.each<[string, string, Uint8Array, string]>([
    ['nothing', 'malformed', new Uint8Array(0), 'not an X.509 certificate'],
    ['another thing in DER', 'malformed', Uint8Array.of(0x30, 0x00), 'not an X.509 certificate'],
    ['too long', 'malformed', new Uint8Array(1_025), 'at most 1024 are read (certificateBytesMax)'],
    ['cut short', 'malformed', certificate.subarray(0, -1), ''],
    ['with something after it', 'malformed', Uint8Array.from([...certificate, 0]), 'other than ours'],
    ["the authority's own", 'malformed', authority.certificate, 'its role is none of'],
    ['another role', 'malformed', signedFor({ role: 'root' as 'node' }), 'its role is none of'],
    ['no name', 'malformed', signedFor({ name: '' }), 'its name is not'],
    ['a long name', 'malformed', signedFor({ name: 'x'.repeat(64) }), 'its name is not'],
    ['a name that moves the cursor', 'malformed', signedFor({ name: 'a\u001b[2J' }), 'its name is not'],
    ['a name in other letters', 'malformed', signedFor({ name: 'аlpha' }), 'its name is not'],
    ['a small serial number', 'malformed', signedFor({ serial: '01' }), 'its serial number'],
    ['an end before its beginning', 'malformed', signedFor({ notAfter: (now - dayMs) as WallMillis }), 'ends before'],
    ["another's id", 'wrong-id', signedFor({ id: sampleCluster(crypto, now, 7).id }), "the certificate's id is not"],
    ["another's key under this id", 'wrong-id', signedFor({ publicKey: sampleCluster(crypto, now, 7).publicKey }), ''],
    ['a key of 31 bytes', 'malformed', signedFor({ publicKey: publicKey.subarray(1) }), 'not an Ed25519 key'],
  ])('%s', (_, expected, bytes, sentence) => {
    expect(() => readCertificate(crypto, bytes)).toThrow(code(expected))
    expect(() => readCertificate(crypto, bytes)).toThrow(sentence)
  })

  const extra = (critical: boolean): Extension =>
    new Extension({ extnID: '1.2.3.4', critical, extnValue: new OctetString(new ArrayBuffer(2)) })

  test('an unknown critical extension, though the authority signed it', () => {
    const bytes = signedFor({}, (toSign) => toSign.extensions?.push(extra(true)))
    expect(() => readCertificate(crypto, bytes)).toThrow('it has a critical extension that we do not know')
  })

  test.each<[string, (toSign: TBSCertificate) => void]>([
    ['an unknown extension', (toSign) => toSign.extensions?.push(extra(false))],
    ['the right to issue others', (toSign) => toSign.extensions?.splice(0, 1)],
    ['no extensions', (toSign) => void toSign.extensions?.splice(0)],
    ['version 1', (toSign) => (toSign.version = Version.v1)],
    ['a parameter of the algorithm', (toSign) => (toSign.signature.parameters = null)],
    ['another algorithm for its key', (toSign) => (toSign.subjectPublicKeyInfo.algorithm.algorithm = '1.3.101.110')],
    ['an attribute more', (toSign) => toSign.subject.push(...toSign.issuer)],
    ['an attribute twice', (toSign) => toSign.subject.push(...toSign.subject.slice(1, 2))],
    ['an issuer with a second name', (toSign) => toSign.issuer.push(...toSign.subject.slice(0, 1))],
    ['an id for the issuer', (toSign) => (toSign.issuerUniqueID = new ArrayBuffer(1))],
  ])('%s, though the authority signed it', (_, change) => {
    expect(() => readCertificate(crypto, signedFor({}, change))).toThrow(ProtocolError)
  })

  test('an authority that gives the id of another', () => {
    const toSign = AsnConvert.parse(bytesToSign(certificateToSign(facts)), TBSCertificate)
    const bytes = signedCertificate(toSign, new Uint8Array(64))
    expect(() => readAuthority(crypto, bytes)).toThrow(code('wrong-id'))
  })

  test('an authority that has not signed itself', () => {
    const forged = new Uint8Array(authority.certificate)
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
    expect(() => readAuthority(crypto, forged)).toThrow(code('wrong-signature'))
  })
})

describe('hostile bytes', () => {
  test('no change of any byte gets past the check', () => {
    const read = readAuthority(crypto, authority.certificate)
    const check = (bytes: Uint8Array): unknown => checkCertificate({ crypto, authority: read, certificate: bytes, now })
    expect(check(certificate)).toEqual(facts)
    for (let place = 0; place < certificate.length; place++) {
      const changed = new Uint8Array(certificate)
      changed[place] = (changed[place] ?? 0) ^ (1 << (place % 8))
      expect(() => check(changed)).toThrow(ProtocolError)
    }
  })

  test('mutated and random ones never cause anything but a ProtocolError', () => {
    const readers = [readCertificate, readAuthority]
    fc.assert(
      fc.property(
        hostile([certificate, authority.certificate, issue()]),
        fc.constantFrom(...readers),
        (bytes, read) => {
          expect(isRefusalOrNothing(() => read(crypto, bytes))).toBe(true)
        },
      ),
      { numRuns: 3_000 },
    )
  })

  test('deep nesting and huge announced lengths are refused', () => {
    const nested = Uint8Array.from({ length: 1_024 }, (_, place) => (place % 2 === 0 ? 0x30 : 0x80))
    const indefinite = new Uint8Array(certificateLimits.certificateBytesMax).fill(0x30)
    const huge = Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x02)
    for (const bytes of [nested, indefinite, huge]) {
      expect(() => readCertificate(crypto, bytes)).toThrow(code('malformed'))
    }
  })
})

function hostile(samples: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const edit = fc.record({
    place: fc.nat(1_000),
    byte: fc.nat(255),
    cut: fc.nat(8),
    put: fc.uint8Array({ maxLength: 8 }),
  })
  const mutated = fc
    .tuple(fc.constantFrom(...samples), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([of, edits]) =>
      edits.reduce((bytes, { place, byte, cut, put }) => {
        const at = place % Math.max(1, bytes.length)
        if (byte < 128) return Uint8Array.from(bytes, (old, index) => (index === at ? byte : old))
        return Uint8Array.from([...bytes.subarray(0, at), ...put, ...bytes.subarray(at + cut)])
      }, of),
    )
  return fc.oneof({ weight: 9, arbitrary: mutated }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 1_200 }) })
}

function isRefusalOrNothing(act: () => unknown): boolean {
  try {
    act()
    return true
  } catch (error) {
    return error instanceof ProtocolError
  }
}
