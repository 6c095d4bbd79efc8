import { FlotillaError } from '../errors/index.ts'
import { crc32, crc32OfNumbers } from './crc32.ts'

/** The offset of a record in its file: stays the same for ever, grows from record to record. */
export type LogPosition = number & { readonly brand: 'LogPosition' }

/** The CRC of a log's id: what every CRC in that log starts from. */
export type LogSeed = number & { readonly brand: 'LogSeed' }

/** What a disk writes wholly or not at all. */
export const sectorBytes = 512
/** The file's own header fills a sector, so that writing records never touches it. */
export const firstPosition: LogPosition = sectorBytes as LogPosition
export const logIdBytes = 16
export const recordHeaderBytes = 20
export const alignmentBytes = 8

const magic: Uint8Array = new TextEncoder().encode('FLOTRLOG')
const version = 1
const paddingByte = 0xff

/** Never zero, so that the start of a record that was never written is not taken for one that was. */
const recordKinds = { record: 0xf107, mark: 0xf108 } as const
export type RecordKind = keyof typeof recordKinds

export interface RecordHeader {
  readonly kind: RecordKind
  /** Everything before this offset was known to be durable when the record was written. */
  readonly syncedThrough: LogPosition
  readonly payloadBytes: number
  readonly payloadCrc: number
}

/** How many bytes a record takes in the file: at least one byte of padding, up to the next multiple of eight. */
export function extentOf(payloadBytes: number): number {
  return (Math.floor((recordHeaderBytes + payloadBytes) / alignmentBytes) + 1) * alignmentBytes
}

export function encodeFileHeader(logId: Uint8Array): Uint8Array {
  const header = new Uint8Array(sectorBytes)
  header.set(magic)
  header.set(logId, 16)
  viewOf(header).setUint32(8, version, true)
  viewOf(header).setUint32(12, fileHeaderCrc(header), true)
  return header
}

/** Undefined when it is not the whole header of a log; throws when it is one of a version that is not known here. */
export function decodeFileHeader(header: Uint8Array): LogSeed | undefined {
  if (header.length !== sectorBytes || magic.some((byte, index) => header[index] !== byte)) return undefined
  if (viewOf(header).getUint32(12, true) !== fileHeaderCrc(header)) return undefined
  const found = viewOf(header).getUint32(8, true)
  if (found === version) return crc32(header.subarray(16, 16 + logIdBytes)) as LogSeed
  throw new FlotillaError('unknown-version', `the record log has version ${found}; this program knows ${version}`, {
    hint: 'open it with the newer program that wrote it',
  })
}

/** All of a record but what is known only when it is written: `sealRecord` adds that. Copies the payload. */
export function encodeRecord(seed: LogSeed, position: LogPosition, kind: RecordKind, payload: Uint8Array): Uint8Array {
  const record = new Uint8Array(extentOf(payload.length))
  record.set(payload, recordHeaderBytes)
  record.fill(paddingByte, recordHeaderBytes + payload.length)
  const view = viewOf(record)
  view.setUint16(0, recordKinds[kind], true)
  view.setUint32(8, payload.length, true)
  view.setUint32(12, crc32(record.subarray(recordHeaderBytes), seedAt(seed, position)), true)
  return record
}

export function sealRecord(seed: LogSeed, position: LogPosition, record: Uint8Array, syncedThrough: LogPosition): void {
  const view = viewOf(record)
  view.setUint32(2, syncedThrough % 2 ** 32, true)
  view.setUint16(6, Math.floor(syncedThrough / 2 ** 32), true)
  view.setUint32(16, crc32(record.subarray(0, 16), seedAt(seed, position)), true)
}

/** Undefined unless these bytes start with the header of a record that this log wrote at this very position. */
export function decodeRecordHeader(seed: LogSeed, position: number, bytes: Uint8Array): RecordHeader | undefined {
  if (bytes.length < recordHeaderBytes) return undefined
  const view = viewOf(bytes)
  const kind = kindOf(view.getUint16(0, true))
  if (kind === undefined) return undefined
  if (view.getUint32(16, true) !== crc32(bytes.subarray(0, 16), seedAt(seed, position))) return undefined
  const syncedThrough = view.getUint32(2, true) + view.getUint16(6, true) * 2 ** 32
  return {
    kind,
    syncedThrough: syncedThrough as LogPosition,
    payloadBytes: view.getUint32(8, true),
    payloadCrc: view.getUint32(12, true),
  }
}

/** The payload of a whole record, or undefined where its bytes are not those that the header vouches for. */
export function decodePayload(
  seed: LogSeed,
  position: number,
  header: RecordHeader,
  record: Uint8Array,
): Uint8Array | undefined {
  if (record.length < extentOf(header.payloadBytes)) return undefined
  if (crc32(record.subarray(recordHeaderBytes), seedAt(seed, position)) !== header.payloadCrc) return undefined
  return record.subarray(recordHeaderBytes, recordHeaderBytes + header.payloadBytes)
}

function kindOf(found: number): RecordKind | undefined {
  if (found === recordKinds.record) return 'record'
  return found === recordKinds.mark ? 'mark' : undefined
}

/** Every CRC of a record begins with the log and the place, so that bytes from elsewhere never pass. */
function seedAt(seed: LogSeed, position: number): number {
  return crc32OfNumbers(position % 2 ** 32, Math.floor(position / 2 ** 32), seed)
}

function fileHeaderCrc(header: Uint8Array): number {
  return crc32(header.subarray(16), crc32(header.subarray(0, 12)))
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
