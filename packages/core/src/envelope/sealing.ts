import type { Crypto } from '../crypto/index.ts'
import { FlotillaError } from '../errors/index.ts'
import type { WallMillis } from '../time/index.ts'
import { assemble, layOut, nonceLength, typeLengthMax, typePattern } from './layout.ts'
import { envelopeDefaults } from './limits.ts'

export interface SealOptions {
  readonly crypto: Crypto
  /** Of the sender. */
  readonly secretKey: Uint8Array
  /** 1 to 32 characters of `a-z`, `0-9`, `.` and `-`, a letter first. */
  readonly type: string
  readonly payload: Uint8Array
  /** Now, by the sender's clock; a fraction of a millisecond is cut off. */
  readonly timestamp: WallMillis
  /** 16 bytes that this sender uses for no other envelope: draw them from `Entropy`. */
  readonly nonce: Uint8Array
  /** What the receivers' gates allow; 65,536 by default. */
  readonly payloadBytesMax?: number
}

export type SealErrorCode = 'wrong-field' | 'too-large'

/** The bytes of a signed envelope. */
export function sealEnvelope(options: SealOptions): Uint8Array {
  const { crypto, secretKey, type, payload, nonce, payloadBytesMax = envelopeDefaults.payloadBytesMax } = options
  const timestamp = Math.floor(options.timestamp) as WallMillis
  if (!typePattern.test(type)) {
    const shown = JSON.stringify(type.slice(0, typeLengthMax))
    throw wrong('wrong-field', `${shown} is no type`, 'use 1 to 32 of a-z, 0-9, "." and "-", beginning with a letter')
  }
  if (nonce.length !== nonceLength) {
    throw wrong('wrong-field', `the nonce has ${nonce.length} bytes`, `draw ${nonceLength} from Entropy`)
  }
  if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
    throw wrong('wrong-field', `${options.timestamp} is no timestamp`, 'set the clock to a time after 1970')
  }
  if (payload.length > payloadBytesMax) {
    const message = `a payload of ${payload.length} bytes does not fit into an envelope`
    throw wrong('too-large', message, `send at most ${payloadBytesMax} (payloadBytesMax), or a hash of it`)
  }
  const publicKey = crypto.ed25519.publicKey(secretKey)
  const signedBytes = layOut({ publicKey, timestamp, nonce, type, payload })
  return assemble(signedBytes, crypto.ed25519.sign(secretKey, signedBytes))
}

function wrong(code: SealErrorCode, message: string, hint: string): Error {
  return new FlotillaError<SealErrorCode>(code, message, { hint })
}
