import { crc32 } from 'node:zlib'
import type { GroupName, SnapshotMark } from '../../types.ts'
import { viewOf } from '../log/record-format.ts'
import { corrupt, unknownFormat } from '../storage-error.ts'

export const snapshotHeaderBytes = 512
/** Of content; the last chunk may be shorter. */
export const chunkBytes = 65_536
export const chunkHeadBytes = 8

const magic: Uint8Array = new TextEncoder().encode('FLOTSNAP')
const version = 1
const encoder = new TextEncoder()
const decoder = new TextDecoder()
const textBytesMax = 64

/** What a file of a snapshot says of itself. */
export interface SnapshotHeader {
  readonly group: GroupName
  readonly id: string
  readonly index: number
  readonly term: number
  /** Length of the content; undefined where this node makes it itself and does not know yet. */
  readonly bytes: number | undefined
}

export function headerOf(group: GroupName, mark: Omit<SnapshotMark, 'bytes'>, bytes?: number): SnapshotHeader {
  const { id, index, term } = mark
  return { group, id, index, term, bytes }
}

export function encodeSnapshotHeader(header: SnapshotHeader): Uint8Array {
  const bytes = new Uint8Array(snapshotHeaderBytes)
  bytes.set(magic)
  const view = viewOf(bytes)
  view.setUint32(8, version, true)
  view.setUint32(12, header.bytes === undefined ? 0 : 1, true)
  view.setFloat64(16, header.index, true)
  view.setFloat64(24, header.term, true)
  view.setFloat64(32, header.bytes ?? 0, true)
  putText(bytes, 40, header.group)
  putText(bytes, 40 + 1 + textBytesMax, header.id)
  view.setUint32(508, crc32(bytes.subarray(0, 508)), true)
  return bytes
}

/** Throws `corrupt` or `unknown-format`. */
export function decodeSnapshotHeader(bytes: Uint8Array, file: string): SnapshotHeader {
  if (bytes.length < snapshotHeaderBytes || magic.some((byte, at) => bytes[at] !== byte)) {
    throw corrupt(file, 0, 'the file does not begin as a snapshot does')
  }
  const view = viewOf(bytes)
  if (view.getUint32(508, true) !== crc32(bytes.subarray(0, 508))) throw corrupt(file, 0, 'its header is damaged')
  const found = view.getUint32(8, true)
  if (found !== version) throw unknownFormat(file, found, version)
  return {
    group: textAt(bytes, 40) as GroupName,
    id: textAt(bytes, 40 + 1 + textBytesMax),
    index: view.getFloat64(16, true),
    term: view.getFloat64(24, true),
    bytes: view.getUint32(12, true) === 0 ? undefined : view.getFloat64(32, true),
  }
}

export function isSameSnapshot(one: SnapshotHeader, other: SnapshotHeader): boolean {
  return one.group === other.group && one.id === other.id && one.index === other.index && one.term === other.term
}

/** Where the chunk stands in the file. */
export function chunkOffset(chunk: number): number {
  return snapshotHeaderBytes + chunk * (chunkHeadBytes + chunkBytes)
}

/** How long the file of so much content is. */
export function fileBytesOf(contentBytes: number): number {
  return snapshotHeaderBytes + Math.ceil(contentBytes / chunkBytes) * chunkHeadBytes + contentBytes
}

/** Writes the head of a chunk before its content. */
export function sealChunk(id: string, chunk: number, frame: Uint8Array): void {
  const view = viewOf(frame)
  view.setUint32(0, frame.length - chunkHeadBytes, true)
  view.setUint32(4, chunkCrc(id, chunk, frame), true)
}

/** The content of the chunk, or undefined where these are not the bytes that were written there. */
export function openChunk(id: string, chunk: number, frame: Uint8Array): Uint8Array | undefined {
  if (frame.length < chunkHeadBytes) return undefined
  const view = viewOf(frame)
  if (view.getUint32(0, true) !== frame.length - chunkHeadBytes) return undefined
  return view.getUint32(4, true) === chunkCrc(id, chunk, frame) ? frame.subarray(chunkHeadBytes) : undefined
}

/** The snapshot and the place are in it, so that a chunk of another one never passes. */
function chunkCrc(id: string, chunk: number, frame: Uint8Array): number {
  const seed = (crc32(id) ^ chunk) >>> 0
  return crc32(frame.subarray(chunkHeadBytes), crc32(frame.subarray(0, 4), seed))
}

function putText(into: Uint8Array, at: number, text: string): void {
  into[at] = encoder.encodeInto(text, into.subarray(at + 1, at + 1 + textBytesMax)).written
}

function textAt(bytes: Uint8Array, at: number): string {
  return decoder.decode(bytes.subarray(at + 1, at + 1 + Math.min(bytes[at] ?? 0, textBytesMax)))
}
