import { generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import type { WallMillis } from '@flotilla/core/time'
import { expect, test } from 'vitest'
import { writeServerCertificate } from './server-certificate.ts'

const at = (text: string): WallMillis => Date.parse(text) as WallMillis

test('a certificate for a page is what TLS takes: for its names and addresses, and for a server only', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const bytes = writeServerCertificate({
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    sign: (message) => sign('sha256', message, privateKey),
    commonName: 'ann',
    names: ['localhost', 'ann.example'],
    addresses: ['127.0.0.1', '::1', '2001:db8::7'],
    serial: '4'.padEnd(32, '0'),
    notBefore: at('2026-01-01T00:00:00Z'),
    notAfter: at('2027-01-01T00:00:00Z'),
  })
  const certificate = new X509Certificate(bytes)
  expect(certificate.verify(publicKey)).toBe(true)
  expect(certificate.checkPrivateKey(privateKey)).toBe(true)
  expect(certificate.ca).toBe(false)
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  for (const name of ['localhost', 'ann.example']) expect(certificate.checkHost(name)).toBe(name)
  for (const address of ['127.0.0.1', '::1', '2001:db8::7']) expect(certificate.checkIP(address)).toBe(address)
  expect(certificate.checkHost('evil.example')).toBeUndefined()
  expect(certificate.checkIP('192.0.2.1')).toBeUndefined()
  expect(certificate.validTo).toBe('Jan  1 00:00:00 2027 GMT')
})
