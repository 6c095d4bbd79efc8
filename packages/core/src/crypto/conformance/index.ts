import type { Crypto } from '../crypto.ts'
import { edgeCases } from './edge-case-vectors.ts'
import { ed25519Vectors, type Ed25519Vector } from './ed25519-vectors.ts'
import { forgeriesOf } from './forgeries.ts'
import { hashVectors, hkdfVectors } from './hash-vectors.ts'
import { fromHex, toHex } from './hex.ts'

export interface CryptoCase {
  readonly name: string
  run(): Promise<void>
}

/**
 * What every implementation of `Crypto` passes: the published vectors, and the inputs on which implementations are
 * known to disagree. It needs nothing of Node, so it runs in a browser too.
 */
export function cryptoConformance(crypto: Crypto): readonly CryptoCase[] {
  return [
    ...hashCases(crypto),
    ...ed25519Vectors.map((vector) => testCase(`RFC 8032 ${vector.name}`, () => checkVector(crypto, vector))),
    ...edgeCases.map((edge) =>
      testCase(`taming EdDSA ${edge.what}`, () => {
        const [publicKey, message] = [fromHex(edge.publicKey), fromHex(edge.message)]
        equal(crypto.ed25519.verify(publicKey, message, fromHex(edge.signature)), edge.valid)
      }),
    ),
    ...ed25519Vectors.map((vector) => testCase(`forgeries of ${vector.name}`, () => checkForgeries(crypto, vector))),
    ...lengthCases(crypto),
    ownershipCase(crypto),
  ]
}

function hashCases(crypto: Crypto): readonly CryptoCase[] {
  return [
    ...hashVectors.flatMap((vector) => {
      const bytes = (): Uint8Array => new TextEncoder().encode(vector.text.repeat(vector.times))
      return [
        testCase(`SHA-256 of ${vector.name}`, () => equal(toHex(crypto.sha256(bytes())), vector.sha256)),
        testCase(`SHA-512 of ${vector.name}`, () => equal(toHex(crypto.sha512(bytes())), vector.sha512)),
      ]
    }),
    ...hkdfVectors.map((vector) =>
      testCase(`RFC 5869 ${vector.name}`, () => {
        const [secret, salt, info] = [fromHex(vector.secret), fromHex(vector.salt), fromHex(vector.info)]
        equal(toHex(crypto.hkdfSha256(secret, salt, info, vector.output.length / 2)), vector.output)
      }),
    ),
  ]
}

function checkVector(crypto: Crypto, vector: Ed25519Vector): void {
  const [secretKey, publicKey] = [fromHex(vector.secretKey), fromHex(vector.publicKey)]
  const [message, signature] = [fromHex(vector.message), fromHex(vector.signature)]
  equal(toHex(crypto.ed25519.publicKey(secretKey)), vector.publicKey)
  equal(toHex(crypto.ed25519.sign(secretKey, message)), vector.signature)
  equal(crypto.ed25519.verify(publicKey, message, signature), true)
}

function checkForgeries(crypto: Crypto, vector: Ed25519Vector): void {
  const accepted = forgeriesOf(vector)
    .filter(({ publicKey, message, signature }) => crypto.ed25519.verify(publicKey, message, signature))
    .map(({ what }) => what)
  equal(accepted.join(', '), '')
}

function lengthCases(crypto: Crypto): readonly CryptoCase[] {
  const [none, some] = [new Uint8Array(0), new Uint8Array(33)]
  return [
    ...[0, 31, 33, 64].flatMap((length) => [
      refusal(`publicKey of a secret key of ${length} bytes`, () => crypto.ed25519.publicKey(new Uint8Array(length))),
      refusal(`sign with a secret key of ${length} bytes`, () => crypto.ed25519.sign(new Uint8Array(length), some)),
    ]),
    ...[-1, 0, 0.5, NaN, Infinity, 8_161].map((length) =>
      refusal(`hkdfSha256 of ${length} bytes`, () => crypto.hkdfSha256(some, some, some, length)),
    ),
    refusal('hkdfSha256 with info of 1,025 bytes', () => crypto.hkdfSha256(some, some, new Uint8Array(1_025), 32)),
    testCase('hkdfSha256 of nothing, and at its limits', () => {
      equal(crypto.hkdfSha256(none, none, none, 1).length, 1)
      equal(crypto.hkdfSha256(none, some, new Uint8Array(1_024), 8_160).length, 8_160)
    }),
  ]
}

function ownershipCase(crypto: Crypto): CryptoCase {
  return testCase('results are plain arrays of their own, and inputs stay as they are', () => {
    const secretKey = new Uint8Array(32).fill(7)
    const first = crypto.ed25519.publicKey(secretKey)
    const expected = toHex(first)
    first.fill(0)
    equal(toHex(crypto.ed25519.publicKey(secretKey)), expected)
    equal(toHex(secretKey), '07'.repeat(32))
    const results = [crypto.sha256(secretKey), crypto.sha512(secretKey), crypto.hkdfSha256(secretKey, first, first, 9)]
    for (const result of [first, ...results, crypto.ed25519.sign(secretKey, first)]) {
      equal(Object.getPrototypeOf(result) === Uint8Array.prototype, true)
      equal(result.buffer.byteLength, result.length)
    }
  })
}

function refusal(name: string, act: () => unknown): CryptoCase {
  return testCase(`${name} is refused`, () => {
    try {
      act()
    } catch (error) {
      return equal((error as { code?: string }).code, 'wrong-length')
    }
    throw new Error('expected it to throw')
  })
}

function testCase(name: string, check: () => void): CryptoCase {
  return {
    name,
    async run() {
      check()
    },
  }
}

function equal(actual: unknown, expected: unknown): void {
  if (Object.is(actual, expected)) return
  throw new Error(`expected ${String(expected)}, got ${String(actual)}`)
}
