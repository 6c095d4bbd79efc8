import { crc32 } from 'node:zlib'

/** Numbers the files of a log, from 1 on; none is ever used twice. */
export type SegmentNumber = number & { readonly brand: 'SegmentNumber' }

/** The CRC that every record of one segment begins with. */
export type SegmentSeed = number & { readonly brand: 'SegmentSeed' }

export interface Place {
  readonly segment: SegmentNumber
  /** A multiple of 8, below 2^32. */
  readonly offset: number
}

export interface RecordHead {
  readonly kind: RecordKind
  readonly payloadBytes: number
  readonly payloadCrc: number
  /** Everything before this place was durable when the record was written. */
  readonly synced: Place
}

export type RecordKind =
  /** The first record of each segment: what all groups are at that place. */
  | 'state'
  /** Writes of groups. */
  | 'batch'
  /** Written when the log is closed: it says that all before it is durable. */
  | 'mark'

/** What a disk writes wholly or not at all. */
export const sectorBytes = 512
/** The file's own header has a sector to itself, so that writing records never touches it. */
export const firstOffset = 512
export const recordHeadBytes = 24
export const alignmentBytes = 8
export const paddingByte = 0xff

/** Never zero, so that the start of a record that was never written is not taken for one that was. */
const kindNumbers: { readonly [Kind in RecordKind]: number } = { state: 0xf201, batch: 0xf202, mark: 0xf203 }
const kinds: readonly RecordKind[] = ['state', 'batch', 'mark']

/** How many bytes a record takes in the file: at least one byte of padding, up to the next multiple of eight. */
export function extentOf(payloadBytes: number): number {
  return (Math.floor((recordHeadBytes + payloadBytes) / alignmentBytes) + 1) * alignmentBytes
}

export function isBefore(one: Place, other: Place): boolean {
  return one.segment < other.segment || (one.segment === other.segment && one.offset < other.offset)
}

export function encodeHead(head: RecordHead, seed: SegmentSeed, offset: number, into: Uint8Array): void {
  const view = viewOf(into)
  view.setUint32(0, kindNumbers[head.kind], true)
  view.setUint32(4, head.payloadBytes, true)
  view.setUint32(8, head.payloadCrc, true)
  view.setUint32(12, head.synced.segment, true)
  view.setUint32(16, head.synced.offset, true)
  view.setUint32(20, headCrc(into, seed, offset), true)
}

/** Undefined unless these bytes start with the head of a record that was written in this segment at this very place. */
export function decodeHead(seed: SegmentSeed, offset: number, bytes: Uint8Array): RecordHead | undefined {
  if (bytes.length < recordHeadBytes) return undefined
  const view = viewOf(bytes)
  const number = view.getUint32(0, true)
  const kind = kinds.find((one) => kindNumbers[one] === number)
  if (kind === undefined || view.getUint32(20, true) !== headCrc(bytes, seed, offset)) return undefined
  return {
    kind,
    payloadBytes: view.getUint32(4, true),
    payloadCrc: view.getUint32(8, true),
    synced: { segment: view.getUint32(12, true) as SegmentNumber, offset: view.getUint32(16, true) },
  }
}

/** The segment's seed and the place are in it, so that bytes of another file, use or place never pass. */
function headCrc(head: Uint8Array, seed: SegmentSeed, offset: number): number {
  return crc32(head.subarray(0, 20), (seed ^ offset) >>> 0)
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
