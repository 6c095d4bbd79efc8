import { Point } from '@noble/ed25519'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { edgeCases } from './conformance/edge-case-vectors.ts'
import { ed25519Vectors } from './conformance/ed25519-vectors.ts'
import { encoded, flipped, joined, refusedEncodings } from './conformance/forgeries.ts'
import { fromHex } from './conformance/hex.ts'
import { groupOrder, isWellFormed, littleEndian } from './ed25519-rules.ts'
import { nobleCrypto } from './noble.ts'
import { nodeCrypto } from './node.ts'

const node = nodeCrypto()
const noble = nobleCrypto()

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })
const message = fc.uint8Array({ maxLength: 200 })

/** The answer, which must be the same from both. */
function verify(publicKey: Uint8Array, text: Uint8Array, signature: Uint8Array): boolean {
  const answer = node.ed25519.verify(publicKey, text, signature)
  expect(noble.ed25519.verify(publicKey, text, signature)).toBe(answer)
  return answer
}

describe('node and noble agree', () => {
  test('on hashes and derived keys', () => {
    const input = fc.uint8Array({ maxLength: 2_000 })
    const length = fc.integer({ min: 1, max: 300 })
    fc.assert(
      fc.property(input, input, message, length, (secret, salt, info, size) => {
        expect(noble.sha256(secret)).toEqual(node.sha256(secret))
        expect(noble.sha512(secret)).toEqual(node.sha512(secret))
        expect(noble.hkdfSha256(secret, salt, info, size)).toEqual(node.hkdfSha256(secret, salt, info, size))
      }),
      { numRuns: 300 },
    )
  })

  test('on keys and signatures, byte for byte, and accept them', () => {
    fc.assert(
      fc.property(bytes(32), message, (secretKey, text) => {
        const publicKey = noble.ed25519.publicKey(secretKey)
        expect(publicKey).toEqual(node.ed25519.publicKey(secretKey))
        const signature = noble.ed25519.sign(secretKey, text)
        expect(signature).toEqual(node.ed25519.sign(secretKey, text))
        expect(verify(publicKey, text, signature)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  test('on random keys and signatures of any length', () => {
    const any = (length: number) => fc.oneof({ weight: 9, arbitrary: bytes(length) }, fc.uint8Array({ maxLength: 70 }))
    fc.assert(
      fc.property(any(32), message, any(32), any(31), fc.integer({ min: 0, max: 15 }), (key, text, r, s, last) => {
        expect(verify(key, text, joined(r, s, Uint8Array.of(last)))).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  test('that every flip of one bit of a signature or its key is refused', () => {
    const [, vector] = ed25519Vectors
    const text = fromHex(vector?.message ?? '')
    const publicKey = fromHex(vector?.publicKey ?? '')
    const signature = fromHex(vector?.signature ?? '')
    expect(verify(publicKey, text, signature)).toBe(true)
    for (let bit = 0; bit < 512; bit++) expect(verify(publicKey, text, flipped(signature, bit))).toBe(false)
    for (let bit = 0; bit < 256; bit++) expect(verify(flipped(publicKey, bit), text, signature)).toBe(false)
  })
})

describe('points with a part of small order', () => {
  const torsion = smallOrderPoints()

  test('of which there are eight, are refused in each role', () => {
    expect(new Set(torsion.map((point) => point.toHex())).size).toBe(8)
    const good = Point.BASE.toBytes()
    for (const point of torsion) {
      expect(isWellFormed(point.toBytes(), joined(good, encoded(1n)))).toBe(false)
      expect(isWellFormed(good, joined(point.toBytes(), encoded(1n)))).toBe(false)
    }
    expect(isWellFormed(good, joined(good, encoded(1n)))).toBe(true)
  })

  test('are judged alike, and only by the equation without the cofactor', () => {
    const seen = { held: 0, heldWithCofactorOnly: 0 }
    const scalar = fc.bigInt({ min: 1n, max: groupOrder - 1n })
    const order = fc.integer({ min: 0, max: 7 })
    fc.assert(
      fc.property(scalar, scalar, order, order, message, (a, r, torsionOfA, torsionOfR, text) => {
        const publicKey = mixed(a, torsionOfA)
        const encodedR = mixed(r, torsionOfR)
        const k = littleEndian(node.sha512(joined(encodedR, publicKey, text))) % groupOrder
        const s = (r + k * a) % groupOrder
        // S·B = R + k·A holds up to the small-order parts; those vanish if torsionOfR + k·torsionOfA is 0 modulo 8.
        const holds = (BigInt(torsionOfR) + k * BigInt(torsionOfA)) % 8n === 0n
        expect(verify(publicKey, text, joined(encodedR, encoded(s)))).toBe(holds)
        seen[holds ? 'held' : 'heldWithCofactorOnly']++
      }),
      { numRuns: 300 },
    )
    expect(seen.held).toBeGreaterThan(0)
    expect(seen.heldWithCofactorOnly).toBeGreaterThan(0)
  })

  function mixed(scalar: bigint, index: number): Uint8Array {
    return Point.BASE.multiply(scalar)
      .add(torsion[index] ?? Point.ZERO)
      .toBytes()
  }
})

test('what is no canonical encoding, or of small order, is decided before any implementation sees it', () => {
  const good = Point.BASE.toBytes()
  for (const [what, point] of refusedEncodings()) {
    expect({ what, wellFormed: isWellFormed(point, joined(good, encoded(1n))) }).toEqual({ what, wellFormed: false })
    expect({ what, wellFormed: isWellFormed(good, joined(point, encoded(1n))) }).toEqual({ what, wellFormed: false })
  }
})

test.each(edgeCases)('what decides edge case $what', (edge) => {
  const wellFormed = isWellFormed(fromHex(edge.publicKey), fromHex(edge.signature))
  expect(wellFormed).toBe(edge.decidedBy === 'equation')
})

/** The multiples 0 to 7 of a point of order 8. */
function smallOrderPoints(): readonly Point[] {
  const generator = Point.fromBytes(fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'))
  const points = [Point.ZERO]
  while (points.length < 8) points.push((points.at(-1) ?? Point.ZERO).add(generator))
  return points
}
