/**
 * The rule that both implementations hold signatures to. A signature is valid exactly if
 *
 * 1. the public key A has 32 bytes and the signature, R followed by S, has 64;
 * 2. S is below the group order, or else S + order would be a second signature of the same message;
 * 3. A and R are canonical encodings: y is below the field's prime;
 * 4. neither A nor R has small order: one signature under such a key fits many messages. This also settles the
 *    encodings of x = 0 with the sign bit set, because x is 0 only for y = 1 and y = -1, and both have small order;
 * 5. A is a point of the curve;
 * 6. S·B - k·A, encoded, equals the bytes of R, where k is SHA-512(R, A, message) reduced by the group order: the
 *    equation without the cofactor.
 *
 * 1 to 4 are decided here, for both. In 6 a cofactored equation would also accept some signatures of mixed-order points
 * (a large-order point plus a small-order one), so OpenSSL, which has none, and a library that clears the cofactor, as
 * `verify` of `@noble/ed25519` does in all its modes, would disagree. See Chalkias, Garillot, Nikolaenko: "Taming the
 * many EdDSAs" (2020).
 *
 * Node 24.21 with OpenSSL 3.5.8 was seen to refuse small-order keys by itself; that is not relied on.
 */

export const secretKeyLength = 32
export const publicKeyLength = 32
export const signatureLength = 64

/** Of the subgroup that the base point generates. */
export const groupOrder: bigint = 2n ** 252n + 27742317777372353535851937790883648493n

const fieldPrime = 2n ** 255n - 19n
const signBit = 2n ** 255n
/** y of two of the four points of order 8; the other two have its negative. */
const orderEightY = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n
/** y of all eight points of small order: of order 4, 1, 2, 8 and 8. */
const smallOrderYs: readonly bigint[] = [0n, 1n, fieldPrime - 1n, orderEightY, fieldPrime - orderEightY]

/** Parts 1 to 4 of the rule. What is refused here never reaches the curve arithmetic of either implementation. */
export function isWellFormed(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return (
    publicKey.length === publicKeyLength &&
    signature.length === signatureLength &&
    littleEndian(signature.subarray(32)) < groupOrder &&
    isStrictPoint(publicKey) &&
    isStrictPoint(signature.subarray(0, 32))
  )
}

function isStrictPoint(encoded: Uint8Array): boolean {
  const y = littleEndian(encoded) % signBit
  return y < fieldPrime && !smallOrderYs.includes(y)
}

/** The number that the bytes stand for, the least significant first; their count is a multiple of 8. */
export function littleEndian(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let value = 0n
  for (let offset = bytes.length - 8; offset >= 0; offset -= 8) {
    value = (value << 64n) | view.getBigUint64(offset, true)
  }
  return value
}
