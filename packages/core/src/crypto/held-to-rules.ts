import { FlotillaError } from '../errors/index.ts'
import type { Crypto, CryptoErrorCode } from './crypto.ts'
import { isWellFormed, secretKeyLength } from './ed25519-rules.ts'

/** The longest input of any kind: Node's `sign`, `verify` and `hkdf` take no more. */
const inputBytesMax: number = 2 ** 31 - 1
/** RFC 5869 §2.3: 255 blocks of SHA-256. */
const hkdfLengthMax = 255 * 32
/** Node takes no more. */
const hkdfInfoBytesMax = 1_024

/**
 * Stands before each implementation and refuses what the two would otherwise treat differently, so that only inputs
 * reach them for which the algorithms leave one answer.
 */
export function heldToRules(raw: Crypto): Crypto {
  return {
    sha256(bytes) {
      checkInput('the input', bytes)
      return raw.sha256(bytes)
    },
    sha512(bytes) {
      checkInput('the input', bytes)
      return raw.sha512(bytes)
    },
    hkdfSha256(secret, salt, info, length) {
      checkInput('the secret', secret)
      checkInput('the salt', salt)
      checkLength('the info', info.length, 0, hkdfInfoBytesMax)
      checkLength('the output', length, 1, hkdfLengthMax)
      return raw.hkdfSha256(secret, salt, info, length)
    },
    ed25519: {
      publicKey(secretKey) {
        checkLength('the secret key', secretKey.length, secretKeyLength, secretKeyLength)
        return raw.ed25519.publicKey(secretKey)
      },
      sign(secretKey, message) {
        checkLength('the secret key', secretKey.length, secretKeyLength, secretKeyLength)
        checkInput('the message', message)
        return raw.ed25519.sign(secretKey, message)
      },
      verify: (publicKey, message, signature) =>
        message.length <= inputBytesMax &&
        isWellFormed(publicKey, signature) &&
        raw.ed25519.verify(publicKey, message, signature),
    },
  }
}

function checkInput(what: string, bytes: Uint8Array): void {
  checkLength(what, bytes.length, 0, inputBytesMax)
}

function checkLength(what: string, length: number, least: number, most: number): void {
  if (Number.isInteger(length) && length >= least && length <= most) return
  throw new FlotillaError<CryptoErrorCode>('wrong-length', `${what} has ${length} bytes`, {
    hint: least === most ? `it must have ${least}` : `it may have ${least} to ${most}`,
  })
}
