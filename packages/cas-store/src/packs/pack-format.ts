import type { ChunkId, ChunkKind, PackId } from '../types.ts'
import { Buffer } from 'node:buffer'
import { crc32 } from 'node:zlib'

/**
 * A pack, format version 1; all numbers are little-endian. A pack is written once, from its front to its end, and never
 * changed; what a crash or a failed write left behind the last record that a catalogue knows of is dead weight.
 *
 *     0    header, 32 bytes
 *          0  magic `FLOTPACK`   8  u32 version   12  u32 CRC-32 of the other 28 bytes   16  the pack's id, 16 bytes
 *     32   records, one right after the other
 *          0  u32 length of the sealed chunk, at least 1   4  u32 CRC-32 of the rest of the record, length first
 *          8  u8 kind: 1 data, 2 list   9  three zeros   12  the chunk's id, 32 bytes
 *          44 the sealed chunk: its format is `sealing/`'s business
 *
 * The CRC tells damage without a key; that nobody has changed a chunk on purpose is told by its seal. It depends on
 * neither pack nor place, so a record can be copied as it is: that it is the right one is told by its id, and by its
 * length, which is that of the catalogue's row.
 *
 * Nothing but a check needs the header: records are found through the catalogue. So a header that is damaged hides no
 * chunk.
 */
export const packVersion = 1
export const packHeaderBytes = 32
export const recordHeadBytes = 44

/** More is no sealed chunk of this format. */
const sealedBytesMax: number = 32 * 2 ** 20

const magic: Uint8Array = new TextEncoder().encode('FLOTPACK')

export interface PackRecord {
  readonly id: ChunkId
  readonly kind: ChunkKind
  readonly sealed: Uint8Array
  /** All of it, where whoever sealed it has written its head as well. */
  readonly record?: Uint8Array | undefined
}

export function encodePackHeader(pack: PackId): Uint8Array {
  const header = new Uint8Array(packHeaderBytes)
  header.set(magic)
  bufferOf(header).write(pack, 16, 'hex')
  viewOf(header).setUint32(8, packVersion, true)
  viewOf(header).setUint32(12, headerCrc(header), true)
  return header
}

export type PackHeader =
  | { readonly type: 'known'; readonly pack: PackId }
  | { readonly type: 'newer'; readonly version: number }
  | { readonly type: 'damaged' }

export function decodePackHeader(header: Uint8Array): PackHeader {
  if (header.length < packHeaderBytes || magic.some((byte, index) => header[index] !== byte)) return { type: 'damaged' }
  const bytes = header.subarray(0, packHeaderBytes)
  if (viewOf(bytes).getUint32(12, true) !== headerCrc(bytes)) return { type: 'damaged' }
  const version = viewOf(bytes).getUint32(8, true)
  if (version !== packVersion) return { type: 'newer', version }
  return { type: 'known', pack: bufferOf(bytes).toString('hex', 16, packHeaderBytes) as PackId }
}

export function recordBytes(sealedBytes: number): number {
  return recordHeadBytes + sealedBytes
}

/** Writes the record's head in front of where its sealed bytes stand, or will stand in the same write. */
export function encodeRecordHead(record: PackRecord, into: Uint8Array, at: number): void {
  const view = viewOf(into)
  view.setUint32(at, record.sealed.length, true)
  view.setUint32(at + 8, kindNumbers[record.kind], true)
  bufferOf(into).write(record.id, at + 12, 'hex')
  view.setUint32(at + 4, recordCrc(record.sealed, into, at), true)
}

/** Of a record of which all of the head but the CRC is written. */
function recordCrc(sealed: Uint8Array, into: Uint8Array, at: number): number {
  const seed = lengthCrc(sealed.length)
  const sealedAt = at + recordHeadBytes
  const isInPlace = sealed.buffer === into.buffer && sealed.byteOffset === into.byteOffset + sealedAt
  // In one go where they stand behind it: a call for a few bytes more costs as much as the CRC of a KiB.
  if (isInPlace) return crc32(into.subarray(at + 8, sealedAt + sealed.length), seed)
  return crc32(sealed, crc32(into.subarray(at + 8, sealedAt), seed))
}

/**
 * The sealed bytes, or undefined unless this is a whole record of that chunk. Without `checksum` the sealed bytes may
 * be damaged: enough where their seal is checked next.
 */
export function decodeRecord(
  record: Uint8Array,
  expected: { readonly id: ChunkId; readonly kind: ChunkKind },
  options: { readonly checksum: boolean },
): Uint8Array | undefined {
  const head = decodeRecordHead(record)
  if (head === undefined || head.id !== expected.id || head.kind !== expected.kind) return undefined
  if (record.length !== recordBytes(head.sealedBytes)) return undefined
  if (options.checksum && !hasItsCrc(record)) return undefined
  return record.subarray(recordHeadBytes)
}

export interface RecordHead {
  readonly id: ChunkId
  readonly kind: ChunkKind
  readonly sealedBytes: number
}

/** What these bytes say, if they begin with a record; it may be damaged all the same. */
export function decodeRecordHead(bytes: Uint8Array): RecordHead | undefined {
  if (bytes.length < recordHeadBytes) return undefined
  const view = viewOf(bytes)
  const sealedBytes = view.getUint32(0, true)
  const number = view.getUint32(8, true)
  const kind = number === kindNumbers.data ? 'data' : number === kindNumbers.list ? 'list' : undefined
  if (kind === undefined || sealedBytes === 0 || sealedBytes > sealedBytesMax) return undefined
  return { id: bufferOf(bytes).toString('hex', 12, recordHeadBytes) as ChunkId, kind, sealedBytes }
}

/** Of a record that is whole. */
function hasItsCrc(record: Uint8Array): boolean {
  const seed = lengthCrc(record.length - recordHeadBytes)
  return viewOf(record).getUint32(4, true) === crc32(record.subarray(8), seed)
}

/** Never zero, so that a record that was never written is not taken for one. */
const kindNumbers: { readonly [Kind in ChunkKind]: number } = { data: 1, list: 2 }

function headerCrc(header: Uint8Array): number {
  return crc32(header.subarray(16), crc32(header.subarray(0, 12)))
}

/** Of CRC-32, its bits turned round as in zlib. */
const crcPolynomial = 0xedb8_8320

/**
 * The length is part of what the CRC vouches for, as four bytes in front of the rest. Bit by bit, because four bytes of
 * memory and a call for each record take longer.
 */
function lengthCrc(length: number): number {
  let crc = ~length
  for (let bit = 0; bit < 32; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ crcPolynomial
  return ~crc >>> 0
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The same memory; Node writes and reads hexadecimal text there ten times quicker than a loop does. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
