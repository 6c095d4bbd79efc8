import { nodeCrypto } from '@flotilla/core/crypto/node'
import { ProtocolError } from '@flotilla/core/errors'
import * as fc from 'fast-check'
import { createPrivateKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { certificateFromPem, certificateToPem, secretKeyFromPem, secretKeyToPem } from './index.ts'
import { sampleCluster } from './sample-cluster.ts'

const { certificate, secretKey } = sampleCluster(nodeCrypto())
const pem = certificateToPem(certificate)

describe('PEM', () => {
  test('comes back as the bytes that it was made of', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 1_024 }), (der) => {
        expect(certificateFromPem(certificateToPem(der))).toEqual(der)
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        expect(secretKeyFromPem(secretKeyToPem(key))).toEqual(key)
      }),
    )
  })

  test('of a key is what Node writes', () => {
    const key = createPrivateKey(secretKeyToPem(secretKey))
    expect(key.export({ type: 'pkcs8', format: 'pem' })).toBe(secretKeyToPem(secretKey))
  })

  test.each([
    ['nothing', ''],
    ['text before it', `x${pem}`],
    ['text after it', `${pem}x`],
    ['two of them', pem + pem],
    ['another label', secretKeyToPem(secretKey)],
    ['a damaged character', pem.replace('A', '!')],
    ['a line that is too long', pem.replace(/([A-Za-z0-9+/])\n(?!-)/, '$1')],
    ['carriage returns', pem.replaceAll('\n', '\r\n')],
    ['no end', pem.slice(0, -20)],
    ['no content', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'],
    ['padding in its midst', pem.replace(/\n(.)/, '\n=')],
    ['more than anybody needs', certificateToPem(new Uint8Array(1_025))],
    ['far more than anybody needs', certificateToPem(new Uint8Array(100_000))],
  ])('with %s is refused', (_, text) => {
    expect(() => certificateFromPem(text)).toThrow(expect.objectContaining({ code: 'malformed' }))
  })

  test('whatever the text is, nothing but a ProtocolError is thrown', () => {
    const edited = fc.tuple(fc.nat(pem.length), fc.string({ unit: 'binary', maxLength: 4 })).map(([at, put]) => {
      return pem.slice(0, at) + put + pem.slice(at + 1)
    })
    fc.assert(
      fc.property(fc.oneof(edited, fc.string({ unit: 'binary' })), (text) => {
        for (const read of [certificateFromPem, secretKeyFromPem]) {
          expect(isRefusalOrNothing(() => read(text))).toBe(true)
        }
      }),
    )
  })

  test('of a key of another kind is refused', () => {
    const rsaLike = secretKeyToPem(secretKey).replace('MC4CAQAwBQYDK2Vw', 'MC4CAQAwBQYDK2Vu')
    expect(() => secretKeyFromPem(rsaLike)).toThrow('it is not an Ed25519 key in PKCS#8')
  })
})

function isRefusalOrNothing(act: () => unknown): boolean {
  try {
    act()
    return true
  } catch (error) {
    return error instanceof ProtocolError
  }
}
