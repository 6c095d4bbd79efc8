import { assert } from '@flotilla/core/errors'
import type { ChunkId, ChunkKind, KeyEpoch } from '../types.ts'
import { nonceBytes, tagBytes } from './chunk-cipher.ts'
import { writeId } from './id-text.ts'
import { sealedLimits } from './limits.ts'

/*
 * A sealed chunk, version 1. Numbers are big-endian.
 *
 *   0   2  'fc'
 *   2   1  version: 1
 *   3   1  compression: 0 none, 1 zstd
 *   4   4  epoch of the data key, from 1
 *   8   4  bytes of the plain chunk, at most 16 MiB
 *  12  12  nonce, drawn at random
 *  24   n  AES-256-GCM ciphertext of the plain chunk, or of what zstd made of it
 *   .  16  tag
 *
 * The key is that of the chunk: see `ChunkKeys`. The additional data is bytes 0 to 11, one byte for the kind (1 data,
 * 2 list), and the 32 bytes of the id; neither kind nor id is written here, as whoever looks for the chunk knows them.
 * So a sealed chunk opens under its own id, kind and epoch only, and the files in `fixtures/v1` open forever.
 */
const versionAt = 2
const compressionAt = 3
const epochAt = 4
const lengthAt = 8
const nonceAt = 12
export const headerBytes = 24

/** What a sealed chunk has more than its content. */
export const sealedOverheadBytes: number = headerBytes + tagBytes
export const chunkBytesMax: number = sealedLimits.chunkBytesMax

const magic0 = 0x66
const magic1 = 0x63
const version = 1
const kindAt = nonceAt
export const associatedBytes: number = nonceAt + 1 + 32

export type Compression = 'none' | 'zstd'

export interface SealedHeader {
  readonly compression: Compression
  readonly epoch: KeyEpoch
  readonly plainLength: number
  readonly nonce: Uint8Array
}

/** What `parseSealed` made of the bytes; whether they are authentic is not known yet. */
export type ParsedSealed =
  | {
      readonly type: 'parsed'
      readonly header: SealedHeader
      /** Ciphertext and tag. */
      readonly body: Uint8Array
    }
  | { readonly type: 'refused'; readonly why: SealedFault }

export type SealedFault =
  /** Shorter than any sealed chunk, or than its header says. */
  | 'truncated'
  /** Longer than its header says. */
  | 'overlong'
  /** It does not begin as sealed chunks do. */
  | 'wrong-magic'
  /** A later release may have written it. */
  | 'unknown-version'
  | 'unknown-compression'
  /** There is no epoch 0. */
  | 'wrong-epoch'
  /** The length that it speaks of cannot be. */
  | 'wrong-length'

export function parseSealed(bytes: Uint8Array): ParsedSealed {
  if (bytes.length < sealedOverheadBytes) return refused('truncated')
  if (bytes[0] !== magic0 || bytes[1] !== magic1) return refused('wrong-magic')
  if (bytes[versionAt] !== version) return refused('unknown-version')
  const compression = compressions[bytes[compressionAt] ?? compressions.length]
  if (compression === undefined) return refused('unknown-compression')
  const epoch = u32At(bytes, epochAt)
  if (epoch === 0) return refused('wrong-epoch')
  const plainLength = u32At(bytes, lengthAt)
  if (plainLength > sealedLimits.chunkBytesMax) return refused('wrong-length')
  const bodyLength = bytes.length - sealedOverheadBytes
  if (compression === 'none' && bodyLength !== plainLength) {
    return refused(bodyLength < plainLength ? 'truncated' : 'overlong')
  }
  // Nothing is kept compressed that did not shrink, so what is longer than its content was not made by us.
  if (compression === 'zstd' && (bodyLength >= plainLength || bodyLength === 0)) return refused('wrong-length')
  const header = { compression, epoch: epoch as KeyEpoch, plainLength, nonce: bytes.subarray(nonceAt, headerBytes) }
  return { type: 'parsed', header, body: bytes.subarray(headerBytes) }
}

/** With which key `Workshop.seal` sealed it. */
export function epochOf(sealed: Uint8Array): KeyEpoch {
  const epoch = sealedEpoch(sealed)
  assert(epoch !== undefined, 'only what was sealed here is asked for its epoch')
  return epoch
}

/** With which key it is sealed, as it says itself; undefined where it is malformed. */
export function sealedEpoch(sealed: Uint8Array): KeyEpoch | undefined {
  const parsed = parseSealed(sealed)
  return parsed.type === 'parsed' ? parsed.header.epoch : undefined
}

export function writeHeader(header: SealedHeader, target: Uint8Array, offset: number): void {
  target[offset] = magic0
  target[offset + 1] = magic1
  target[offset + versionAt] = version
  target[offset + compressionAt] = compressions.indexOf(header.compression)
  writeU32(header.epoch, target, offset + epochAt)
  writeU32(header.plainLength, target, offset + lengthAt)
  assert(header.nonce.length === nonceBytes, 'a nonce has 12 bytes')
  target.set(header.nonce, offset + nonceAt)
}

/** Puts together what a sealed chunk is bound to, from the bytes of its header; `target` has `associatedBytes`. */
export function writeAssociated(header: Uint8Array, kind: ChunkKind, id: ChunkId, target: Uint8Array): void {
  target.set(header.subarray(0, nonceAt))
  target[kindAt] = kind === 'data' ? 1 : 2
  writeId(id, target, kindAt + 1)
}

const compressions: readonly Compression[] = ['none', 'zstd']

function refused(why: SealedFault): ParsedSealed {
  return { type: 'refused', why }
}

function u32At(bytes: Uint8Array, offset: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(offset, offset + 4)
  return a * 2 ** 24 + (b << 16) + (c << 8) + d
}

function writeU32(value: number, target: Uint8Array, offset: number): void {
  target[offset] = value >>> 24
  target[offset + 1] = value >>> 16
  target[offset + 2] = value >>> 8
  target[offset + 3] = value
}
