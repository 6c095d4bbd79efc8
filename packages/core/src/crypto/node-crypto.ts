import { createPrivateKey, createPublicKey, hash, hkdfSync, sign, verify, type KeyObject } from 'node:crypto'
import { Lru } from '../machines/index.ts'
import type { Crypto } from './crypto.ts'
import { heldToRules } from './held-to-rules.ts'

/**
 * How many parsed public keys are kept, those used last. Measured on two cores with Node 24: 9.9 k verifications a
 * second with the parsed key against 7.5 k that parse it each time.
 */
const publicKeysKeptMax = 1_024
/** The same for secret keys, of which a process has one or two: 30 k signatures a second against 10 k. */
const secretKeysKeptMax = 8

/** RFC 8410: what stands before the 32 bytes of the key in the DER forms that Node reads. */
const publicKeyPrefix = '302a300506032b6570032100'
const secretKeyPrefix = '302e020100300506032b657004220420'

interface Signer {
  readonly key: KeyObject
  readonly publicKey: Uint8Array
}

/** OpenSSL, through Node. */
export function nodeCrypto(): Crypto {
  const signers = new Lru<string, Signer>({ entriesMax: secretKeysKeptMax })
  const publicKeys = new Lru<string, KeyObject | undefined>({ entriesMax: publicKeysKeptMax })
  // A secret is looked up by its hash, so that it does not become a string that stays in the heap.
  const signerOf = (secretKey: Uint8Array): Signer =>
    kept(signers, hash('sha256', secretKey, 'hex'), () => parseSecretKey(secretKey))

  return heldToRules({
    sha256: (bytes) => plain(hash('sha256', bytes, 'buffer')),
    sha512: (bytes) => plain(hash('sha512', bytes, 'buffer')),
    hkdfSha256: (secret, salt, info, length) => new Uint8Array(hkdfSync('sha256', secret, salt, info, length)),
    ed25519: {
      publicKey: (secretKey) => signerOf(secretKey).publicKey.slice(),
      sign: (secretKey, message) => plain(sign(null, message, signerOf(secretKey).key)),
      verify(publicKey, message, signature) {
        const name = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.length).toString('latin1')
        const key = kept(publicKeys, name, () => parsePublicKey(publicKey))
        return key !== undefined && verify(null, message, key, signature)
      },
    },
  })
}

function kept<Value>(cache: Lru<string, Value>, name: string, parse: () => Value): Value {
  const found = cache.get(name)
  if (found !== undefined) return found
  const parsed = parse()
  cache.set(name, parsed)
  return parsed
}

function parseSecretKey(secretKey: Uint8Array): Signer {
  const der = Buffer.concat([Buffer.from(secretKeyPrefix, 'hex'), secretKey])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  der.fill(0)
  return { key, publicKey: plain(createPublicKey(key).export({ format: 'der', type: 'spki' })).slice(-32) }
}

/** OpenSSL 3.5 takes any 32 bytes here; a version that looks for the point of the curve may refuse some. */
function parsePublicKey(publicKey: Uint8Array): KeyObject | undefined {
  const der = Buffer.concat([Buffer.from(publicKeyPrefix, 'hex'), publicKey])
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

/** The same bytes without the ways of `Buffer`, whose `slice` does not copy. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}
