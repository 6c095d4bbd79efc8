import { groupOrder, littleEndian } from '../ed25519-rules.ts'
import type { Ed25519Vector } from './ed25519-vectors.ts'
import { fromHex } from './hex.ts'

export interface Forgery {
  readonly what: string
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

const fieldPrime = 2n ** 255n - 19n

/** What a verifier must refuse, made out of a signature that it must accept. */
export function forgeriesOf(vector: Ed25519Vector): readonly Forgery[] {
  const publicKey = fromHex(vector.publicKey)
  const message = fromHex(vector.message)
  const signature = fromHex(vector.signature)
  const r = signature.subarray(0, 32)
  const s = signature.subarray(32)
  const sNumber = littleEndian(s)
  const zero = new Uint8Array(32)
  const forge = (what: string, changed: Partial<Forgery>): Forgery => ({
    what,
    publicKey,
    message,
    signature,
    ...changed,
  })

  return [
    ...[1n, 2n, 7n, 15n]
      .map((times) => [times, sNumber + times * groupOrder] as const)
      .filter(([, sum]) => sum < 2n ** 256n)
      .map(([times, sum]) => forge(`S + ${times} × order`, { signature: joined(r, encoded(sum)) })),
    ...[0n, 1n, groupOrder - 1n, groupOrder, groupOrder + 1n, 2n ** 255n - 1n, 2n ** 256n - 1n].map((number) =>
      forge(`S = ${number}`, { signature: joined(r, encoded(number)) }),
    ),
    forge('S negated', { signature: joined(r, encoded(groupOrder - sNumber)) }),
    forge('R and S swapped', { signature: joined(s, r) }),
    forge('R with its sign bit flipped', { signature: flipped(signature, 255) }),
    forge('A with its sign bit flipped', { publicKey: flipped(publicKey, 255) }),
    forge('a longer message', { message: joined(message, new Uint8Array(1)) }),
    forge('another message', { message: joined(fromHex('01'), message) }),
    ...[0, 1, 32, 63].map((length) => forge(`${length} bytes`, { signature: signature.subarray(0, length) })),
    forge('65 bytes', { signature: joined(signature, new Uint8Array(1)) }),
    forge('128 bytes', { signature: joined(signature, signature) }),
    ...[0, 1, 31].map((length) => forge(`a key of ${length} bytes`, { publicKey: publicKey.subarray(0, length) })),
    forge('a key of 33 bytes', { publicKey: joined(publicKey, new Uint8Array(1)) }),
    ...offCurveEncodings.map((hex) => forge(`A = ${hex}, which is no point`, { publicKey: fromHex(hex) })),
    ...offCurveEncodings.map((hex) => forge(`R = ${hex}, which is no point`, { signature: joined(fromHex(hex), s) })),
    ...refusedEncodings().flatMap(([what, point]) => [
      forge(`A = ${what}`, { publicKey: point }),
      forge(`R = ${what}`, { signature: joined(point, s) }),
      // With A of small order each of these fits one message in eight or more; with y = 1, which is 0 on the curve,
      // all.
      forge(`A = ${what}, R = B, S = 1`, { publicKey: point, signature: joined(fromHex(basePoint), encoded(1n)) }),
      forge(`A = ${what}, R = 1, S = 0`, { publicKey: point, signature: joined(encoded(1n), zero) }),
      forge(`A = R = ${what}, S = 0`, { publicKey: point, signature: joined(point, zero) }),
    ]),
  ]
}

const basePoint = `58${'66'.repeat(31)}`

/** y = 2 and y = 7 belong to no point of the curve. */
const offCurveEncodings = [`02${'00'.repeat(31)}`, `07${'00'.repeat(31)}`]

/** The encodings of points that are refused as such: of small order, or with a y that is not reduced. */
export function refusedEncodings(): readonly (readonly [string, Uint8Array])[] {
  const orderEight = fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')
  const orderEightY = littleEndian(orderEight)
  const smallOrderYs = [0n, 1n, fieldPrime - 1n, orderEightY, fieldPrime - orderEightY]
  const unreducedYs = Array.from({ length: 19 }, (_, index) => fieldPrime + BigInt(index))
  return [...smallOrderYs, ...unreducedYs].flatMap((y) => [
    [`y ${y}`, encoded(y)] as const,
    [`y ${y} with the sign bit`, encoded(y + 2n ** 255n)] as const,
  ])
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  return bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
}

/** 32 bytes, the least significant first. */
export function encoded(number: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => Number((number >> BigInt(8 * index)) & 0xffn))
}
