import type { Crypto } from '@flotilla/core/crypto'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'
import type { StatementKeys } from '../statements/sealing.ts'

const real = nodeCrypto()

/** Hashes in place of signatures, so that a run costs milliseconds. Whoever knows a public key can sign with it. */
export const cheapCrypto: Crypto = {
  sha256: (bytes) => real.sha256(bytes),
  sha512: (bytes) => real.sha512(bytes),
  hkdfSha256: (secret, salt, info, length) => real.hkdfSha256(secret, salt, info, length),
  ed25519: {
    publicKey: (secretKey) => secretKey,
    sign: (secretKey, message) => signature(secretKey, message),
    verify: (publicKey, message, shown) => {
      const expected = signature(publicKey, message)
      return shown.length === expected.length && expected.every((byte, index) => byte === shown[index])
    },
  },
}

export interface CheapNode {
  readonly id: NodeId
  readonly keys: StatementKeys
}

/** The same for every name, and the same id as the simulator's host of that name. */
export function cheapNode(name: string): CheapNode {
  const publicKey = real.sha256(new TextEncoder().encode(`simulated host ${name}`))
  return {
    id: nodeIdFromPublicKey(real, publicKey),
    keys: { publicKey, sign: (message) => signature(publicKey, message) },
  }
}

function signature(key: Uint8Array, message: Uint8Array): Uint8Array {
  const together = new Uint8Array(key.length + message.length)
  together.set(key)
  together.set(message, key.length)
  const hash = real.sha256(together)
  const twice = new Uint8Array(2 * hash.length)
  twice.set(hash)
  twice.set(hash, hash.length)
  return twice
}
