/**
 * The bytes of a statement, version 1. Numbers are big-endian. Every field has one form and one place, so no two byte
 * strings are the same statement.
 *
 * | offset | bytes | what                                                     |
 * | -----: | ----: | -------------------------------------------------------- |
 * |      0 |     1 | version, 1                                               |
 * |      1 |    32 | public key of the author                                 |
 * |     33 |     8 | stamp, a hybrid time                                     |
 * |     41 |     1 | what is said: 0 gone, 1 blob, 2 name, 3 pin              |
 * |     42 |     2 | length k of the key                                      |
 * |     44 |     k | key: `blob/`, `name/` or `pin/` and an id or a name      |
 * | 44 + k |       | of a blob: descriptor, copies (2 bytes, 0 for all), lot  |
 * |        |       | (4), put at (6); of a name: the blob's id, 32 bytes      |
 * |    -64 |    64 | signature                                                |
 *
 * Signed is everything before the signature, behind a text that says what it is.
 */
import { publicKeyLength, signatureLength } from '@flotilla/core/crypto'
import { ProtocolError, unreachable } from '@flotilla/core/errors'
import { decodeHybrid, encodeHybrid, hybridBytesLength, type HybridTime } from '@flotilla/core/time'
import { isBlobId, checkName } from '../../store/names.ts'
import { decodeDescriptor, descriptorBytesLength, encodeDescriptor } from '../../tree/descriptor-codec.ts'
import { idBytesLength, readId, writeIdBytes } from '../../tree/id-bytes.ts'
import type { BlobId, ChunkId } from '../../types.ts'
import { copiesNumberMax, statementBytesMax } from '../limits.ts'
import { keyOf, subjectOf, type BlobSaid, type Said, type Statement, type StatementKey } from './statement.ts'

const version = 1
const publicKeyAt = 1
const stampAt = publicKeyAt + publicKeyLength
const typeAt = stampAt + hybridBytesLength
const keyLengthAt = typeAt + 1
const keyAt = keyLengthAt + 2
const bytesMin = keyAt + signatureLength
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const domain = 'flotilla blob statement v1\0'
const types = ['gone', 'blob', 'name', 'pin'] as const
const blobFieldsLength = descriptorBytesLength + 2 + 4 + 6

export interface LaidOut extends Statement {
  readonly key: StatementKey
  readonly publicKey: Uint8Array
  /** What the signature is made over. */
  readonly signedBytes: Uint8Array
  readonly signature: Uint8Array
}

/** What the signature is made over; `assemble` makes the statement of both. */
export function layOut(statement: Statement, publicKey: Uint8Array): Uint8Array {
  const { said, stamp } = statement
  const key = new TextEncoder().encode(keyOf(said))
  const value = valueOf(said)
  const bytes = new Uint8Array(domain.length + keyAt + key.length + value.length)
  writeDomain(bytes)
  const body = bytes.subarray(domain.length)
  body[0] = version
  body.set(publicKey, publicKeyAt)
  body.set(encodeHybrid(stamp), stampAt)
  body[typeAt] = types.indexOf(said.type)
  viewOf(body).setUint16(keyLengthAt, key.length)
  body.set(key, keyAt)
  body.set(value, keyAt + key.length)
  return bytes
}

export function assemble(signedBytes: Uint8Array, signature: Uint8Array): Uint8Array {
  const body = signedBytes.subarray(domain.length)
  const bytes = new Uint8Array(body.length + signatureLength)
  bytes.set(body)
  bytes.set(signature, body.length)
  return bytes
}

/** Takes a statement apart, without a look at who signed it. Throws `malformed-statement` for all that is none. */
export function takeApart(bytes: Uint8Array): LaidOut {
  if (bytes.length > statementBytesMax) throw malformed(`it has more than ${statementBytesMax} bytes`)
  if (bytes.length > 0 && bytes[0] !== version) {
    throw malformed(`its version is ${bytes[0]}, not ${version}`, 'let all nodes run the same release')
  }
  if (bytes.length < bytesMin) throw malformed('it is too short')
  const body = bytes.subarray(0, bytes.length - signatureLength)
  const keyEnd = keyAt + viewOf(body).getUint16(keyLengthAt)
  if (keyEnd > body.length) throw malformed('its key is longer than the rest')
  const key = keyIn(body.subarray(keyAt, keyEnd))
  const said = saidIn(types[body[typeAt] as number], key, body.subarray(keyEnd))
  const signedBytes = new Uint8Array(domain.length + body.length)
  writeDomain(signedBytes)
  signedBytes.set(body, domain.length)
  return {
    said,
    key,
    stamp: stampIn(body.slice(stampAt, typeAt)),
    publicKey: body.slice(publicKeyAt, stampAt),
    signedBytes,
    signature: bytes.slice(body.length),
  }
}

function valueOf(said: Said): Uint8Array {
  switch (said.type) {
    case 'gone':
    case 'pin':
      return new Uint8Array(0)
    case 'name': {
      const value = new Uint8Array(idBytesLength)
      writeIdBytes(asChunk(said.blob), value, 0)
      return value
    }
    case 'blob':
      return blobFields(said)
    default:
      return unreachable(said, 'statement')
  }
}

function blobFields({ descriptor, copies, lot, putAtMs }: BlobSaid): Uint8Array {
  const value = new Uint8Array(blobFieldsLength)
  const view = viewOf(value)
  value.set(encodeDescriptor(descriptor))
  view.setUint16(descriptorBytesLength, copies === 'all' ? 0 : copies)
  view.setUint32(descriptorBytesLength + 2, lot)
  view.setUint16(descriptorBytesLength + 6, Math.floor(putAtMs / 2 ** 32))
  view.setUint32(descriptorBytesLength + 8, putAtMs % 2 ** 32)
  return value
}

function saidIn(type: (typeof types)[number] | undefined, key: StatementKey, value: Uint8Array): Said {
  const { kind, subject } = subjectOf(key)
  if (type !== 'gone' && type !== kind) throw malformed('what it says is not what its key is for')
  switch (type) {
    case 'gone':
      return sized(value, 0, { type, key })
    case 'pin':
      return sized(value, 0, { type, id: subject as BlobId })
    case 'name':
      if (value.length !== idBytesLength) throw malformed('its value has a wrong length')
      return { type, name: subject, blob: asBlob(readId(value, 0)) }
    case 'blob':
      return blobIn(subject as BlobId, value)
    default:
      return unreachable(type, 'kind of statement')
  }
}

function blobIn(id: BlobId, value: Uint8Array): BlobSaid {
  if (value.length !== blobFieldsLength) throw malformed('its value has a wrong length')
  const view = viewOf(value)
  const copies = view.getUint16(descriptorBytesLength)
  if (copies > copiesNumberMax) throw malformed(`it wants ${copies} copies`)
  return {
    type: 'blob',
    id,
    descriptor: decodeDescriptor(value.subarray(0, descriptorBytesLength)),
    copies: copies === 0 ? 'all' : copies,
    lot: view.getUint32(descriptorBytesLength + 2),
    putAtMs: view.getUint16(descriptorBytesLength + 6) * 2 ** 32 + view.getUint32(descriptorBytesLength + 8),
  }
}

function sized(value: Uint8Array, length: number, said: Said): Said {
  if (value.length !== length) throw malformed('its value has a wrong length')
  return said
}

function keyIn(bytes: Uint8Array): StatementKey {
  try {
    const text = decoder.decode(bytes)
    const key = text as StatementKey
    const { kind, subject } = subjectOf(key)
    if (kind === 'name' ? checkName(subject) === subject : (kind === 'blob' || kind === 'pin') && isBlobId(subject)) {
      return key
    }
  } catch (error) {
    throw malformed('its key is none', undefined, error)
  }
  throw malformed('its key is none')
}

function stampIn(bytes: Uint8Array): HybridTime {
  return decodeHybrid(bytes)
}

function malformed(why: string, hint?: string, cause?: unknown): ProtocolError<'malformed-statement'> {
  const shown = hint ?? 'it was damaged on its way, or its sender is broken or hostile'
  return new ProtocolError('malformed-statement', `a statement about a blob is malformed: ${why}`, {
    hint: shown,
    ...(cause === undefined ? {} : { cause }),
  })
}

/** The ids of blobs and chunks have the same form. */
function asChunk(id: BlobId): ChunkId {
  return id as string as ChunkId
}

function asBlob(id: ChunkId): BlobId {
  return id as string as BlobId
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

function writeDomain(bytes: Uint8Array): void {
  for (let index = 0; index < domain.length; index++) bytes[index] = domain.charCodeAt(index)
}
