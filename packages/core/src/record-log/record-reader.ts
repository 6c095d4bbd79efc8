import type { DiskFile } from '../disk/index.ts'
import { FlotillaError } from '../errors/index.ts'
import type { RecordLogLimits } from './limits.ts'
import {
  alignmentBytes,
  decodePayload,
  decodeRecordHeader,
  extentOf,
  recordHeaderBytes,
  type LogPosition,
  type LogSeed,
  type RecordHeader,
} from './record-format.ts'

type Found =
  /** `payload` is a view of a larger buffer. */
  | {
      readonly type: 'record'
      readonly header: RecordHeader
      readonly payload: Uint8Array
      readonly next: LogPosition
    }
  /** Something, but no record; `extentBytes` is how far it reaches, as far as its header can be believed. */
  | { readonly type: 'bad'; readonly extentBytes: number }

/** Reads records one by one through a window of the file; memory is bounded by the window and the longest record. */
export class RecordReader {
  readonly #file: DiskFile
  readonly #seed: LogSeed
  readonly #limits: RecordLogLimits
  #windowAt = 0
  #window: Uint8Array = new Uint8Array(0)

  constructor(file: DiskFile, seed: LogSeed, limits: RecordLogLimits) {
    this.#file = file
    this.#seed = seed
    this.#limits = limits
  }

  async at(position: LogPosition): Promise<Found> {
    const held = this.heldAt(position)
    if (held !== undefined) return held
    const header = this.#headerIn(position, await this.bytes(position, recordHeaderBytes))
    if (header === undefined) return { type: 'bad', extentBytes: recordHeaderBytes }
    return this.#recordIn(position, header, await this.bytes(position, extentOf(header.payloadBytes)))
  }

  /** The same without waiting, where the window holds all of it; most records of a log are found so. */
  heldAt(position: LogPosition): Found | undefined {
    const head = this.#held(position, recordHeaderBytes)
    if (head === undefined) return undefined
    const header = this.#headerIn(position, head)
    if (header === undefined) return { type: 'bad', extentBytes: recordHeaderBytes }
    const record = this.#held(position, extentOf(header.payloadBytes))
    return record && this.#recordIn(position, header, record)
  }

  #headerIn(position: LogPosition, bytes: Uint8Array): RecordHeader | undefined {
    const header = decodeRecordHeader(this.#seed, position, bytes)
    if (header === undefined) return undefined
    const { recordBytesMax } = this.#limits
    if (header.payloadBytes > recordBytesMax) {
      throw new FlotillaError(
        'too-large',
        `the record at byte ${position} has ${header.payloadBytes} bytes; recordBytesMax is ${recordBytesMax}`,
        { hint: 'open the log with a larger recordBytesMax' },
      )
    }
    return header
  }

  #recordIn(position: LogPosition, header: RecordHeader, record: Uint8Array): Found {
    const extentBytes = extentOf(header.payloadBytes)
    const payload = decodePayload(this.#seed, position, header, record)
    if (payload === undefined) return { type: 'bad', extentBytes }
    return { type: 'record', header, payload, next: (position + extentBytes) as LogPosition }
  }

  /** These bytes, or fewer at the end of the file. */
  async bytes(position: number, length: number): Promise<Uint8Array> {
    const held = this.#held(position, length)
    if (held !== undefined) return held
    this.#window = await this.#file.read(position, Math.max(length, this.#limits.readBytes))
    this.#windowAt = position
    return this.#window.subarray(0, length)
  }

  #held(position: number, length: number): Uint8Array | undefined {
    const start = position - this.#windowAt
    if (start < 0 || start + length > this.#window.length) return undefined
    return this.#window.subarray(start, start + length)
  }

  /** Whether any header after `position` says that what stands there was durable. Reads to the end of the file once. */
  async laterRecordVouchesFor(position: LogPosition): Promise<boolean> {
    const step = this.#limits.readBytes - (this.#limits.readBytes % alignmentBytes)
    for (let from = position + alignmentBytes; from < this.#file.size; from += step) {
      const bytes = await this.#file.read(from, step + recordHeaderBytes)
      for (let at = 0; at < step && at + recordHeaderBytes <= bytes.length; at += alignmentBytes) {
        const header = decodeRecordHeader(this.#seed, from + at, bytes.subarray(at, at + recordHeaderBytes))
        if (header !== undefined && header.syncedThrough > position) return true
      }
    }
    return false
  }
}
