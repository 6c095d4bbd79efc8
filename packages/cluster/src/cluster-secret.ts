/**
 * The secret of a cluster: 32 bytes that all who may know what the cluster keeps have in common. Names of content are
 * made with it, so that they tell nobody else whether something that he knows is there. It opens nothing by itself.
 *
 * It is drawn when the cluster is made, kept by its members, and handed over to a newcomer in the welcome, sealed by a
 * key that only the two ends of that joining know: the welcome would be safe inside TLS anyway, but a newcomer must not
 * take what somebody has changed on the way for the secret, and what is in the welcome besides it is signed.
 */
import type { Role } from '@flotilla/certificates'
import type { Crypto } from '@flotilla/core/crypto'
import type { Entropy } from '@flotilla/core/random'
import { ascii, equalInConstantTime, joined } from './byte-string.ts'
import { clusterError } from './refusal.ts'

export const clusterSecretLength = 32
export const sealedSecretLength: number = 2 * clusterSecretLength

const sealDomain = ascii('flotilla join secret v1\0')
const proofDomain = ascii('flotilla join secret proof v1\0')
const derivedDomain = ascii('flotilla cluster secret of an authority without one v1\0')

/** A replica keeps what it cannot read, and an agent is a guest: neither may know what the cluster keeps. */
export function mayHaveSecret(role: Role): boolean {
  return role === 'node' || role === 'operator'
}

export function givenOrDrawn(given: Uint8Array | undefined, entropy: Entropy): Uint8Array {
  if (given === undefined) return entropy.bytes(clusterSecretLength)
  if (given.length === clusterSecretLength) return given
  const hint = `give ${clusterSecretLength} random bytes, or none to have them drawn`
  throw clusterError('wrong-field', `the secret of the cluster cannot have ${given.length} bytes`, hint)
}

/** Of an authority that was made before clusters had secrets it is derived: all its copies must know the same one. */
export function clusterSecretOf(crypto: Crypto, { secret, secretKey }: SecretSource): Uint8Array {
  return secret ?? crypto.hkdfSha256(secretKey, new Uint8Array(0), derivedDomain, clusterSecretLength)
}

interface SecretSource {
  readonly secret?: Uint8Array
  /** The authority's. */
  readonly secretKey: Uint8Array
}

/** What a joining has agreed upon, and the key that is derived from its token. */
export interface SecretSeal {
  readonly key: Uint8Array
  readonly agreed: Uint8Array
}

/** Encrypted by a pad that is used for this one connection only, and then authenticated. */
export function sealedSecret(crypto: Crypto, seal: SecretSeal, secret: Uint8Array): Uint8Array {
  const { pad, proofKey } = keysOf(crypto, seal)
  const hidden = combined(secret, pad)
  return joined(hidden, proofOf(crypto, proofKey, hidden))
}

/** Undefined unless somebody has sealed it who knows the token, and for this connection. */
export function openedSecret(crypto: Crypto, seal: SecretSeal, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length !== sealedSecretLength) return undefined
  const { pad, proofKey } = keysOf(crypto, seal)
  const hidden = sealed.subarray(0, clusterSecretLength)
  const isTrue = equalInConstantTime(proofOf(crypto, proofKey, hidden), sealed.subarray(clusterSecretLength))
  return isTrue ? combined(hidden, pad) : undefined
}

function keysOf(
  crypto: Crypto,
  { key, agreed }: SecretSeal,
): { readonly pad: Uint8Array; readonly proofKey: Uint8Array } {
  const both = crypto.hkdfSha256(key, crypto.sha256(agreed), sealDomain, 2 * clusterSecretLength)
  return { pad: both.subarray(0, clusterSecretLength), proofKey: both.subarray(clusterSecretLength) }
}

function proofOf(crypto: Crypto, proofKey: Uint8Array, hidden: Uint8Array): Uint8Array {
  return crypto.hkdfSha256(proofKey, hidden, proofDomain, clusterSecretLength)
}

function combined(bytes: Uint8Array, pad: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => byte ^ (pad[index] ?? 0))
}
