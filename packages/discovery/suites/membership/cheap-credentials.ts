import type { Crypto } from '@flotilla/core/crypto'
import { ProtocolError } from '@flotilla/core/errors'
import { parseNodeId, type NodeId } from '@flotilla/core/ids'
import { textHash } from '@flotilla/core/machines'
import type { Credentials } from '../../src/ports.ts'

/** Sums in place of cryptography: damage is still found, and a run costs milliseconds. */
export const cheapCrypto: Crypto = {
  sha256: (bytes) => summed(bytes, 32),
  sha512: (bytes) => summed(bytes, 64),
  hkdfSha256: (secret, _salt, _info, length) => summed(secret, length),
  ed25519: {
    publicKey: (secretKey) => secretKey,
    sign: (secretKey, message) => signature(secretKey, message),
    verify: (publicKey, message, shown) => signature(publicKey, message).every((byte, index) => byte === shown[index]),
  },
}

/** A member's proof is its id, and its key a sum of that. */
export function cheapCredentials(self: NodeId): Credentials {
  const proof = new TextEncoder().encode(self)
  return {
    self,
    cluster: 'simulated',
    proof: () => proof,
    sign: (bytes) => signature(keyOf(proof), bytes),
    check(shown) {
      try {
        const id = parseNodeId(new TextDecoder().decode(shown))
        return { id, publicKey: keyOf(shown), name: id, role: 'node' }
      } catch (error) {
        throw new ProtocolError('foreign', 'the proof is none', { cause: error })
      }
    },
  }
}

function keyOf(proof: Uint8Array): Uint8Array {
  return summed(proof, 32)
}

function signature(key: Uint8Array, message: Uint8Array): Uint8Array {
  return doubled(summed(message, 32, sumOf(key)))
}

function doubled(bytes: Uint8Array): Uint8Array {
  const twice = new Uint8Array(bytes.length * 2)
  twice.set(bytes)
  twice.set(bytes, bytes.length)
  return twice
}

function summed(bytes: Uint8Array, length: number, start: number = 0): Uint8Array {
  const sums = new Uint8Array(length)
  let sum = sumOf(bytes, start)
  for (let index = 0; index < length; index++) {
    sum = Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d) + index
    sums[index] = sum >>> 24
  }
  return sums
}

function sumOf(bytes: Uint8Array, start: number = 0): number {
  let sum = start ^ textHash(String(bytes.length))
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193)
  return sum
}
