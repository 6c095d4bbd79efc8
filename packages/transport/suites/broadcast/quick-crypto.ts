import type { Crypto } from '@flotilla/core/crypto'
import { InvariantError } from '@flotilla/core/errors'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'

/**
 * Signatures for simulated worlds, a hundred times as fast as real ones. Whoever knows a public key could sign for it,
 * so it proves something only where nobody does: hostile hosts of these suites forge by other means.
 */
export const quickCrypto: Crypto = {
  sha256: digest,
  sha512: missing,
  hkdfSha256: missing,
  ed25519: {
    publicKey: (secretKey) => digest(secretKey),
    sign: (secretKey, message) => signatureOf(digest(secretKey), message),
    verify: (publicKey, message, signature) => {
      const right = signatureOf(publicKey, message)
      return right.length === signature.length && right.every((byte, index) => byte === signature[index])
    },
  },
}

/** The key of the host of this name, the same in every life and every world. */
export function secretKeyOf(name: string): Uint8Array {
  return digest(new TextEncoder().encode(`key of ${name}`))
}

export function keyIdOf(name: string): NodeId {
  return nodeIdFromPublicKey(quickCrypto, quickCrypto.ed25519.publicKey(secretKeyOf(name)))
}

function signatureOf(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  const once = digest(publicKey, message)
  return joined(once, digest(once, publicKey))
}

/** 256 bits that look random: four lanes of multiply and rotate over the bytes, then a mixer that draws eight words. */
function digest(...parts: readonly Uint8Array[]): Uint8Array {
  let [a, b, c, d] = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f]
  for (const part of parts) {
    for (const byte of part) {
      a = Math.imul(a ^ byte, 0x01000193)
      b = Math.imul(b ^ (a >>> 7), 0x5bd1e995) + byte
      c = Math.imul(c ^ (b >>> 11), 0x1b873593) + a
      d = Math.imul(d ^ (c >>> 13), 0xcc9e2d51) + b
    }
    a ^= part.length
  }
  const bytes = new Uint8Array(32)
  const view = new DataView(bytes.buffer)
  for (let word = 0; word < 8; word++) {
    a = Math.imul(a ^ (d >>> 15), 0x2c1b3c6d) + word
    b = Math.imul(b ^ (a >>> 12), 0x297a2d39)
    c = Math.imul(c ^ (b >>> 15), 0x7feb352d)
    d = Math.imul(d ^ (c >>> 14), 0x846ca68b)
    view.setUint32(word * 4, (a ^ b ^ c ^ d) >>> 0)
  }
  return bytes
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}

function missing(): never {
  throw new InvariantError('broken invariant: broadcasts need no other cryptography')
}
