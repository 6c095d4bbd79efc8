import { Point } from '@noble/ed25519'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import type { Crypto } from './crypto.ts'
import { groupOrder, littleEndian } from './ed25519-rules.ts'
import { heldToRules } from './held-to-rules.ts'

/**
 * Pure JavaScript, for browsers and wherever `node:crypto` is missing. Of `@noble/ed25519` only the curve is used: its
 * `verify` clears the cofactor in every mode, which OpenSSL does not, and its `sign` wants a hash put into a global.
 *
 * JavaScript promises no constant time: do not sign with it where an attacker can measure the machine closely. The
 * first use of the base point builds the library's table of its multiples, which it keeps (measured: 1.2 MB, 50 ms).
 */
export function nobleCrypto(): Crypto {
  return heldToRules({
    sha256: (bytes) => sha256(bytes),
    sha512: (bytes) => sha512(bytes),
    hkdfSha256: (secret, salt, info, length) => hkdf(sha256, secret, salt, info, length),
    ed25519: { publicKey: (secretKey) => expand(secretKey).publicKey, sign, verify },
  })
}

/** RFC 8032 §5.1.5. */
function expand(secretKey: Uint8Array): { scalar: bigint; prefix: Uint8Array; publicKey: Uint8Array } {
  const hashed = sha512(secretKey)
  // Bits 0 to 2 and 255 are cleared and bit 254 is set, so the scalar is never a multiple of the group order.
  const clamped = BigInt.asUintN(254, littleEndian(hashed.subarray(0, 32))) | (1n << 254n)
  const scalar = (clamped & ~7n) % groupOrder
  return { scalar, prefix: hashed.subarray(32), publicKey: Point.BASE.multiply(scalar).toBytes() }
}

/** RFC 8032 §5.1.6. */
function sign(secretKey: Uint8Array, message: Uint8Array): Uint8Array {
  const { scalar, prefix, publicKey } = expand(secretKey)
  const nonce = hashToScalar(prefix, message)
  const encodedR = Point.BASE.multiply(nonce).toBytes()
  const challenge = hashToScalar(encodedR, publicKey, message)
  const signature = new Uint8Array(64)
  signature.set(encodedR)
  writeLittleEndian(signature.subarray(32), (nonce + challenge * scalar) % groupOrder)
  return signature
}

/** RFC 8032 §5.1.7 without the cofactor, on what `isWellFormed` let through. */
function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const point = decodePoint(publicKey)
  if (point === undefined) return false
  const encodedR = signature.subarray(0, 32)
  const challenge = hashToScalar(encodedR, publicKey, message)
  const scaledBase = Point.BASE.multiplyUnsafe(littleEndian(signature.subarray(32)))
  const recovered = scaledBase.subtract(point.multiplyUnsafe(challenge)).toBytes()
  return recovered.every((byte, index) => byte === encodedR[index])
}

/** Undefined if no point of the curve has this y. */
function decodePoint(encoded: Uint8Array): Point | undefined {
  try {
    return Point.fromBytes(encoded)
  } catch {
    return undefined
  }
}

function hashToScalar(...parts: readonly Uint8Array[]): bigint {
  const hasher = sha512.create()
  for (const part of parts) hasher.update(part)
  return littleEndian(hasher.digest()) % groupOrder
}

function writeLittleEndian(target: Uint8Array, value: bigint): void {
  let rest = value
  for (let index = 0; index < target.length; index++) {
    target[index] = Number(rest & 0xffn)
    rest >>= 8n
  }
}
