import { crc32 } from 'node:zlib'
import { corrupt, unknownFormat } from '../storage-error.ts'
import { firstOffset, viewOf, type SegmentNumber, type SegmentSeed } from './record-format.ts'

export const logIdBytes = 16
export const formatVersion = 1

const magic: Uint8Array = new TextEncoder().encode('FLOTRAFT')

/** `bytes` is the length that the file has from the beginning: if it is ever shorter, it has lost its end. */
export function encodeSegmentHeader(logId: Uint8Array, segment: SegmentNumber, bytes: number): Uint8Array {
  const header = new Uint8Array(firstOffset)
  header.set(magic)
  const view = viewOf(header)
  view.setUint32(8, formatVersion, true)
  view.setUint32(12, segment, true)
  header.set(logId, 16)
  view.setUint32(32, bytes, true)
  view.setUint32(36, crc32(header.subarray(0, 36)), true)
  return header
}

/** Throws unless these are the first bytes of that segment of that log, and the file is as long as it was made. */
export function checkSegmentHeader(
  header: Uint8Array,
  file: string,
  expected: { readonly logId: Uint8Array; readonly segment: SegmentNumber; readonly fileBytes: number },
): SegmentSeed {
  if (header.length < firstOffset) throw corrupt(file, 0, 'the file is too short for a segment of the log')
  if (magic.some((byte, at) => header[at] !== byte)) throw corrupt(file, 0, 'the file does not begin as a segment does')
  const view = viewOf(header)
  if (view.getUint32(36, true) !== crc32(header.subarray(0, 36))) throw corrupt(file, 0, 'its header is damaged')
  const version = view.getUint32(8, true)
  if (version !== formatVersion) throw unknownFormat(file, version, formatVersion)
  const segment = view.getUint32(12, true)
  if (segment !== expected.segment) throw corrupt(file, 0, `it is segment ${segment} under another name`)
  if (expected.logId.some((byte, at) => header[16 + at] !== byte)) throw corrupt(file, 0, 'it belongs to another log')
  const bytes = view.getUint32(32, true)
  if (expected.fileBytes < bytes)
    throw corrupt(file, expected.fileBytes, `the file has lost its end; it had ${bytes} bytes`)
  for (let at = 40; at < firstOffset; at++) if (header[at] !== 0) throw corrupt(file, at, 'its header is damaged')
  return seedOf(expected.logId, expected.segment)
}

export function seedOf(logId: Uint8Array, segment: SegmentNumber): SegmentSeed {
  return crc32(encodeSegmentHeader(logId, segment, 0)) as SegmentSeed
}
