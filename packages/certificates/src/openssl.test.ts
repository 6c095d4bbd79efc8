import { nodeCrypto } from '@flotilla/core/crypto/node'
import { spawnSync } from 'node:child_process'
import { createPublicKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { afterAll, describe, expect, test } from 'vitest'
import { certificateToPem, readCertificate, secretKeyToPem } from './index.ts'
import { sampleCluster, type SampleCluster } from './sample-cluster.ts'

const crypto = nodeCrypto()
const cluster = sampleCluster(crypto, Date.now())
const { authority, certificate, id } = cluster
const stranger = sampleCluster(crypto, Date.now(), 7)

describe('node:crypto reads them', () => {
  const read = new X509Certificate(certificate)
  const authorityRead = new X509Certificate(authority.certificate)

  test('and finds the chain right', () => {
    expect(read.checkIssued(authorityRead)).toBe(true)
    expect(read.verify(authorityRead.publicKey)).toBe(true)
    expect(authorityRead.checkIssued(authorityRead)).toBe(true)
    expect(authorityRead.verify(authorityRead.publicKey)).toBe(true)
    expect([read.ca, authorityRead.ca]).toEqual([false, true])
    expect(read.verify(new X509Certificate(stranger.authority.certificate).publicKey)).toBe(false)
  })

  test('and finds the same in them', () => {
    const { cluster: clusterId, publicKey, serial, notBefore, notAfter } = readCertificate(crypto, certificate)
    expect(read.subject).toBe(`OU=node\nCN=${id}\nname=alpha`)
    expect(read.issuer).toBe(`CN=${clusterId}`)
    expect(read.subjectAltName).toBe(`URI:flotilla:${clusterId}/node/${id}`)
    expect(read.serialNumber.toLowerCase()).toBe(serial)
    expect([Date.parse(read.validFrom), Date.parse(read.validTo)]).toEqual([notBefore, notAfter])
    expect(createPublicKey(secretKeyToPem(cluster.secretKey)).equals(read.publicKey)).toBe(true)
    expect(read.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)).toEqual(Buffer.from(publicKey))
  })
})

describe('node:tls takes them', () => {
  const pems = ({
    authority: by,
    certificate: own,
    secretKey,
  }: SampleCluster): Record<'ca' | 'cert' | 'key', string> => ({
    ca: certificateToPem(by.certificate),
    cert: certificateToPem(own),
    key: secretKeyToPem(secretKey),
  })

  test('on both sides of a TLS 1.3 connection', async () => {
    await using server = await serving(pems(cluster))
    await using socket = await dialled(server.port, pems(cluster))
    expect(socket.tls.getProtocol()).toBe('TLSv1.3')
    expect(readCertificate(crypto, socket.tls.getPeerCertificate().raw).id).toBe(id)
    const seen = await server.accepted
    expect(readCertificate(crypto, seen.getPeerCertificate().raw).id).toBe(id)
  })

  test('but not when another authority has issued them', async () => {
    await using server = await serving(pems(cluster))
    await expect(dialled(server.port, { ...pems(stranger) })).rejects.toThrow(/certificate/)
  })
})

const version = spawnSync('openssl', ['version'])

describe.skipIf(version.error !== undefined)('openssl verifies them strictly', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-certificates-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const put = (name: string, der: Uint8Array): string => {
    writeFileSync(join(folder, name), certificateToPem(der))
    return join(folder, name)
  }

  test.each(['sslserver', 'sslclient'])('as %s', (purpose) => {
    const [ca, own] = [put('ca.pem', authority.certificate), put('own.pem', certificate)]
    const result = spawnSync('openssl', ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', ca, own])
    expect(String(result.stdout) + String(result.stderr)).toBe(`${own}: OK\n`)
  })

  test("and refuses a stranger's", () => {
    const [ca, other] = [put('ca.pem', authority.certificate), put('other.pem', stranger.certificate)]
    expect(spawnSync('openssl', ['verify', '-x509_strict', '-CAfile', ca, other]).status).not.toBe(0)
  })
})

async function serving(
  pems: Record<'ca' | 'cert' | 'key', string>,
): Promise<{ readonly port: number; readonly accepted: Promise<TLSSocket> } & AsyncDisposable> {
  const server = createServer({ ...pems, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' })
  const accepted = once(server, 'secureConnection').then(([socket]) => socket as TLSSocket)
  accepted.catch(() => {})
  server.on('secureConnection', (socket) => socket.on('error', () => {}).resume())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    accepted,
    [Symbol.asyncDispose]: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}

async function dialled(
  port: number,
  pems: Record<'ca' | 'cert' | 'key', string>,
): Promise<{ readonly tls: TLSSocket } & AsyncDisposable> {
  const tls = connect({ ...pems, host: '127.0.0.1', port, checkServerIdentity: () => undefined })
  try {
    await once(tls, 'secureConnect')
  } catch (error) {
    tls.destroy()
    throw error
  }
  return {
    tls,
    [Symbol.asyncDispose]: async () => {
      tls.destroy()
      await once(tls, 'close')
    },
  }
}
