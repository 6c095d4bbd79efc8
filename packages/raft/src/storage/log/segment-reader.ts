import type { DiskFile } from '@flotilla/core/disk'
import { crc32 } from 'node:zlib'
import {
  alignmentBytes,
  decodeHead,
  extentOf,
  firstOffset,
  isBefore,
  recordHeadBytes,
  sectorBytes,
  type Place,
  type RecordHead,
  type SegmentNumber,
  type SegmentSeed,
} from './record-format.ts'

export type Found =
  /** `payload` is a view of a larger buffer. */
  | { readonly type: 'record'; readonly head: RecordHead; readonly payload: Uint8Array; readonly next: number }
  /** No record, whatever it is; `extentBytes` is how far it reaches, as far as its head can be believed. */
  | { readonly type: 'none'; readonly extentBytes: number }

/** Reads the records of one segment through a window; memory is bounded by the window and the longest record. */
export class SegmentReader {
  readonly path: string
  readonly segment: SegmentNumber
  readonly file: DiskFile
  readonly #seed: SegmentSeed
  readonly #readBytes: number
  #windowAt = 0
  #window: Uint8Array = new Uint8Array(0)

  constructor(path: string, segment: SegmentNumber, file: DiskFile, seed: SegmentSeed, readBytes: number) {
    this.path = path
    this.segment = segment
    this.file = file
    this.#seed = seed
    this.#readBytes = readBytes
  }

  async at(offset: number): Promise<Found> {
    const head = decodeHead(this.#seed, offset, await this.bytes(offset, recordHeadBytes))
    if (head === undefined) return { type: 'none', extentBytes: recordHeadBytes }
    const extentBytes = extentOf(head.payloadBytes)
    // Never more than there is: what a head claims reserves no memory.
    const record = await this.bytes(offset, Math.min(extentBytes, Math.max(0, this.file.size - offset)))
    const body = record.subarray(recordHeadBytes)
    if (record.length < extentBytes || crc32(body) !== head.payloadCrc) return { type: 'none', extentBytes }
    return { type: 'record', head, payload: body.subarray(0, head.payloadBytes), next: offset + extentBytes }
  }

  /** These bytes, or fewer at the end of the file. */
  async bytes(offset: number, length: number): Promise<Uint8Array> {
    const start = offset - this.#windowAt
    if (start < 0 || start + length > this.#window.length) {
      this.#window = await this.file.read(offset, Math.max(length, this.#readBytes))
      this.#windowAt = offset
      return this.#window.subarray(0, length)
    }
    return this.#window.subarray(start, start + length)
  }

  /**
   * Whether an interrupted write explains that no record stands there. A power cut leaves each sector as it was, zeros,
   * or as it was written; a write that fails leaves a beginning, and zeros behind it. A whole record ends in 0xff, and
   * one of any kind has something other than zeros in its bytes 24 to 31: that is looked at where its head is broken.
   */
  async isTorn(offset: number, extentBytes: number): Promise<boolean> {
    const end = offset + extentBytes
    if (end > this.file.size) return true
    const isHeadBroken = extentBytes === recordHeadBytes
    if (isZero(await (isHeadBroken ? this.bytes(end, alignmentBytes) : this.bytes(end - 1, 1)))) return true
    for (let from = offset; from < end;) {
      const to = Math.min(end, (Math.floor(from / sectorBytes) + 1) * sectorBytes)
      if (isZero(await this.bytes(from, to - from))) return true
      from = to
    }
    return false
  }

  /** The offset of a record, after `from`, that says that `place` was durable; undefined if none does. */
  async vouches(place: Place, from: number = firstOffset): Promise<number | undefined> {
    const step = this.#readBytes - (this.#readBytes % alignmentBytes)
    for (let at = from; at < this.file.size; at += step) {
      const bytes = await this.file.read(at, step + recordHeadBytes)
      for (let inside = 0; inside < step && inside + recordHeadBytes <= bytes.length; inside += alignmentBytes) {
        // Nearly all places are told apart by two bytes.
        if (bytes[inside + 1] !== 0xf2 || bytes[inside + 2] !== 0) continue
        const head = decodeHead(this.#seed, at + inside, bytes.subarray(inside, inside + recordHeadBytes))
        if (head !== undefined && isBefore(place, head.synced)) return at + inside
      }
    }
    return undefined
  }
}

function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== 0) return false
  return true
}
