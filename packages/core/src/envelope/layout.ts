/**
 * The bytes of an envelope, version 1. Numbers are big-endian. Every field has one form and one place, so no two byte
 * strings are the same envelope.
 *
 * | offset | bytes | what                                             |
 * | -----: | ----: | ------------------------------------------------ |
 * |      0 |     1 | version, 1                                       |
 * |      1 |    32 | public key                                       |
 * |     33 |     8 | timestamp in milliseconds since 1970, below 2^53 |
 * |     41 |    16 | nonce                                            |
 * |     57 |     1 | length t of the type, 1 to 32                    |
 * |     58 |     t | type: `a-z`, then `a-z`, `0-9`, `.`, `-`         |
 * | 58 + t |       | payload                                          |
 * |    -64 |    64 | signature                                        |
 *
 * Signed is everything before the signature, behind a text that says what it is. That text is never the beginning of
 * the other things that a node's key signs: TLS puts 64 spaces first, a certificate begins with byte 0x30.
 */
import { publicKeyLength, signatureLength } from '../crypto/index.ts'
import type { WallMillis } from '../time/index.ts'
import { refusal, type Envelope } from './envelope.ts'

export const nonceLength = 16
export const typeLengthMax = 32
/** What a type looks like; `typeLengthMax` is in it. */
export const typePattern: RegExp = /^[a-z][a-z0-9.-]{0,31}$/

const version = 1
const publicKeyAt = 1
const timestampAt = publicKeyAt + publicKeyLength
const nonceAt = timestampAt + 8
const typeLengthAt = nonceAt + nonceLength
const typeAt = typeLengthAt + 1
const bytesMin = typeAt + 1 + signatureLength
const domain = 'flotilla signed envelope v1\0'

/** The fields that are signed. */
export type SignedFields = Omit<Envelope, 'sender' | 'signature'>

export interface LaidOut {
  readonly fields: SignedFields
  /** What the signature is made over. */
  readonly signedBytes: Uint8Array
  readonly signature: Uint8Array
}

/** What the signature of these fields is made over; `assemble` makes the envelope of both. */
export function layOut(fields: SignedFields): Uint8Array {
  const { publicKey, timestamp, nonce, type, payload } = fields
  const bytes = new Uint8Array(domain.length + typeAt + type.length + payload.length)
  writeAscii(bytes, 0, domain)
  const body = bytes.subarray(domain.length)
  body[0] = version
  body.set(publicKey, publicKeyAt)
  viewOf(body).setBigUint64(timestampAt, BigInt(timestamp))
  body.set(nonce, nonceAt)
  body[typeLengthAt] = type.length
  writeAscii(body, typeAt, type)
  body.set(payload, typeAt + type.length)
  return bytes
}

export function assemble(signedBytes: Uint8Array, signature: Uint8Array): Uint8Array {
  const body = signedBytes.subarray(domain.length)
  const bytes = new Uint8Array(body.length + signatureLength)
  bytes.set(body)
  bytes.set(signature, body.length)
  return bytes
}

/** Takes an envelope apart, without a look at what the fields mean. The result shares no memory with `bytes`. */
export function takeApart(bytes: Uint8Array, payloadBytesMax: number): LaidOut {
  if (bytes.length > bytesMin + typeLengthMax + payloadBytesMax) throw tooLarge(payloadBytesMax)
  if (bytes.length > 0 && bytes[0] !== version) {
    throw refusal(
      'unsupported-version',
      `its version is ${bytes[0]}, not ${version}`,
      'let both nodes run the same release',
    )
  }
  if (bytes.length < bytesMin) throw malformed(`${bytes.length} bytes are too few`)

  const signedBytes = new Uint8Array(domain.length + bytes.length - signatureLength)
  writeAscii(signedBytes, 0, domain)
  const body = signedBytes.subarray(domain.length)
  body.set(bytes.subarray(0, body.length))

  const payloadAt = typeAt + (body[typeLengthAt] ?? 0)
  if (payloadAt > body.length) throw malformed('the type is longer than the rest')
  if (body.length - payloadAt > payloadBytesMax) throw tooLarge(payloadBytesMax)
  const type = String.fromCharCode(...body.subarray(typeAt, payloadAt))
  if (!typePattern.test(type)) throw malformed('the type is not a name')
  const timestamp = viewOf(body).getBigUint64(timestampAt)
  if (timestamp > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('the timestamp is beyond all times')
  const fields = {
    publicKey: body.subarray(publicKeyAt, timestampAt),
    timestamp: Number(timestamp) as WallMillis,
    nonce: body.subarray(nonceAt, typeLengthAt),
    type,
    payload: body.subarray(payloadAt),
  }
  return { fields, signedBytes, signature: new Uint8Array(bytes.subarray(body.length)) }
}

function malformed(why: string): Error {
  return refusal('malformed', why, 'it was damaged on its way, or its sender is broken or hostile')
}

function tooLarge(payloadBytesMax: number): Error {
  return refusal(
    'too-large',
    `its payload has more than ${payloadBytesMax} bytes`,
    'send less, or raise payloadBytesMax',
  )
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

function writeAscii(target: Uint8Array, at: number, text: string): void {
  for (let index = 0; index < text.length; index++) target[at + index] = text.charCodeAt(index)
}
