import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeDisk } from '@flotilla/core/disk/node'
import type { Disk } from '@flotilla/core/disk'
import { nodeEntropy } from '@flotilla/core/random/node'
import { ManualClock, RecordingLogger } from '@flotilla/core/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ServerCertificate } from '../http/node-server.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import { CertificateKeeper, type CertificateKeeperOptions } from './certificate-keeper.ts'
import { isLoopback, serverNames } from './server-names.ts'

let folder: string
let disk: Disk & AsyncDisposable
let clock: ManualClock
let logger: RecordingLogger
const shown: ServerCertificate[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-tls-test-'))
  disk = await nodeDisk({ folder: join(folder, 'disk') })
  clock = new ManualClock({ wallMs: Date.UTC(2026, 0, 1) })
  logger = new RecordingLogger()
  shown.length = 0
})
afterEach(async () => {
  await disk[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

type Wanted = Partial<CertificateKeeperOptions['settings']>

function open(wanted: Wanted): Promise<CertificateKeeper | undefined> {
  const settings = { host: '127.0.0.1', name: 'ann', 'tls-cert': '', 'tls-key': '', 'allow-host': [], ...wanted }
  const onChanged = (certificate: ServerCertificate): void => void shown.push(certificate)
  return CertificateKeeper.open({ settings, disk, clock, entropy: nodeEntropy(), logger, onChanged })
}

async function opened(wanted: Wanted): Promise<CertificateKeeper> {
  const keeper = await open(wanted)
  if (keeper === undefined) throw new Error('there is no TLS')
  return keeper
}

describe('a certificate of its own', () => {
  test('is made where others can reach the node, and only there', async () => {
    for (const host of ['127.0.0.1', '::1', 'localhost', '127.0.0.9']) expect(await open({ host })).toBeUndefined()
    using keeper = await opened({ host: '192.0.2.1', 'allow-host': ['Node.example:443', '[2001:db8::1]'] })
    const { cert, key } = keeper.current
    const certificate = new X509Certificate(cert)
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true)
    for (const name of ['localhost', 'node.example']) expect(certificate.checkHost(name)).toBe(name)
    for (const address of ['192.0.2.1', '127.0.0.1', '::1', '2001:db8::1']) {
      expect(certificate.checkIP(address)).toBe(address)
    }
    expect(keeper.shown).toMatchObject({ selfSigned: true, fingerprint: certificate.fingerprint256 })
  })

  test('is the same after a restart, and made anew for the same key when it lacks a name or ends soon', async () => {
    using first = await opened({ host: '192.0.2.1' })
    using second = await opened({ host: '192.0.2.1' })
    expect(second.shown).toEqual(first.shown)
    using third = await opened({ host: '192.0.2.2' })
    expect(third.shown.fingerprint).not.toBe(first.shown.fingerprint)
    expect(third.shown.keyFingerprint).toBe(first.shown.keyFingerprint)
    const { tlsValidityMs, tlsRenewedBeforeMs } = nodeLimitsDefaults
    clock.setWall(clock.wallNow() + tlsValidityMs - tlsRenewedBeforeMs + 2_000)
    await third.reload()
    expect(shown).toHaveLength(1)
    expect(third.current).toEqual(shown[0])
    expect(Date.parse(third.shown.notAfter) - clock.wallNow()).toBeGreaterThan(tlsValidityMs - 2_000)
    expect(third.shown.keyFingerprint).toBe(first.shown.keyFingerprint)
  })
})

describe('a certificate in files', () => {
  async function files(name: string, from: ServerCertificate): Promise<{ 'tls-cert': string; 'tls-key': string }> {
    const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)]
    await Promise.all([writeFile(cert, from.cert), writeFile(key, from.key)])
    return { 'tls-cert': cert, 'tls-key': key }
  }

  test('is shown also on this machine, and read anew when told', async () => {
    using own = await opened({ host: '192.0.2.1' })
    const given = await files('given', own.current)
    using keeper = await opened(given)
    expect(keeper.shown).toMatchObject({ selfSigned: false, fingerprint: own.shown.fingerprint })
    await keeper.reload()
    expect(shown).toEqual([])
    using other = await opened({ host: '192.0.2.2' })
    await files('given', other.current)
    await keeper.reload()
    expect([shown, keeper.current]).toEqual([[other.current], other.current])
  })

  test('stays as it is when the new one is wrong, which is said', async () => {
    using own = await opened({ host: '192.0.2.1' })
    const given = await files('given', own.current)
    using keeper = await opened(given)
    await writeFile(given['tls-cert'], 'nothing')
    await keeper.reload()
    expect([keeper.current, shown]).toEqual([own.current, []])
    expect(logger.entries.at(-1)).toMatchObject({ level: 'error' })
  })

  test('that cannot be used stops the start with what is wrong', async () => {
    using own = await opened({ host: '192.0.2.1' })
    const given = await files('given', own.current)
    const wrong = async (settings: Wanted): Promise<unknown> => open(settings).catch((error: unknown) => error)
    expect(await wrong({ 'tls-cert': given['tls-cert'] })).toMatchObject({ message: '--tls-key is missing' })
    expect(await wrong({ ...given, 'tls-key': join(folder, 'none') })).toMatchObject({ code: 'wrong-certificate' })
    expect(await wrong({ ...given, 'tls-key': given['tls-cert'] })).toMatchObject({ code: 'wrong-certificate' })
    await disk.remove('tls.key' as never)
    using other = await opened({ host: '192.0.2.1' })
    const mixed = await files('mixed', { cert: own.current.cert, key: other.current.key })
    expect(await wrong(mixed)).toMatchObject({
      message: expect.stringContaining('is not that of the certificate') as string,
    })
  })
})

test('only what cannot be reached from elsewhere counts as this machine alone', () => {
  expect(['127.0.0.1', '127.1.2.3', '::1', 'localhost'].every(isLoopback)).toBe(true)
  expect(['0.0.0.0', '::', '192.0.2.1', '127.evil', '127.0.0.1.example', '::ffff:192.0.2.1', ''].some(isLoopback)).toBe(
    false,
  )
  expect(serverNames('0.0.0.0', ['a b', 'x.example']).names).toContain('x.example')
  expect(serverNames('0.0.0.0', ['a b']).names).not.toContain('a b')
})
