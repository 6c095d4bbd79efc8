import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  X509Certificate,
  type KeyObject,
} from 'node:crypto'
import { certificateToPem, drawSerial, writeServerCertificate } from '@flotilla/certificates'
import { diskPath, type Disk } from '@flotilla/core/disk'
import { FlotillaError } from '@flotilla/core/errors'
import type { Entropy } from '@flotilla/core/random'
import type { WallMillis } from '@flotilla/core/time'
import type { ServerCertificate } from '../http/node-server.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import type { ServerNames } from './server-names.ts'

const keyPath = diskPath('tls.key')
const certificatePath = diskPath('tls.crt')

export interface SelfSignedOptions extends ServerNames {
  readonly disk: Disk
  readonly entropy: Entropy
  /** What people see it called. */
  readonly nodeName: string
  readonly wallNow: WallMillis
}

/**
 * The certificate that this node has made for itself, and makes anew when it is about to end or lacks a name; the key
 * stays, so that who remembers its fingerprint knows the node again.
 */
export async function selfSignedCertificate(options: SelfSignedOptions): Promise<ServerCertificate> {
  const { disk } = options
  const key = await ownKey(disk)
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const found = await disk.read(certificatePath)
  if (found !== undefined) {
    const cert = new TextDecoder().decode(found)
    if (isStillGood(cert, key, options)) return { key: pem, cert }
  }
  const cert = certificateToPem(issued(key, options))
  await disk.replace(certificatePath, new TextEncoder().encode(cert))
  return { key: pem, cert }
}

async function ownKey(disk: Disk): Promise<KeyObject> {
  const found = await disk.read(keyPath)
  if (found === undefined) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
    await disk.replace(keyPath, new TextEncoder().encode(pem.toString()))
    return privateKey
  }
  try {
    return createPrivateKey(Buffer.from(found))
  } catch (error) {
    throw new FlotillaError('key-damaged', 'the file disk/tls.key of this node is damaged', {
      hint: 'restore it from a backup, or remove it: a new one is made, with another fingerprint',
      cause: error,
    })
  }
}

function isStillGood(cert: string, key: KeyObject, { names, addresses, wallNow }: SelfSignedOptions): boolean {
  try {
    const certificate = new X509Certificate(cert)
    const endsAt = Date.parse(certificate.validTo)
    return (
      certificate.checkPrivateKey(key) &&
      Date.parse(certificate.validFrom) <= wallNow &&
      endsAt - wallNow > nodeLimitsDefaults.tlsRenewedBeforeMs &&
      names.every((name) => certificate.checkHost(name) !== undefined) &&
      addresses.every((address) => certificate.checkIP(address) !== undefined)
    )
  } catch {
    return false // A damaged one is made anew: nothing depends on it.
  }
}

function issued(key: KeyObject, options: SelfSignedOptions): Uint8Array {
  const { entropy, nodeName, names, addresses, wallNow } = options
  const { tlsValidityMs, tlsBackdatedMs } = nodeLimitsDefaults
  return writeServerCertificate({
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'der' }),
    sign: (message) => sign('sha256', message, key),
    commonName: `Flotilla node ${nodeName}`,
    names,
    addresses,
    serial: drawSerial(entropy),
    notBefore: (wallNow - tlsBackdatedMs) as WallMillis,
    notAfter: (wallNow + tlsValidityMs) as WallMillis,
  })
}
