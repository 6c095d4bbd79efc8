import { assert } from '@flotilla/core/errors'
import { crc32 } from 'node:zlib'
import {
  encodeHead,
  extentOf,
  paddingByte,
  recordHeadBytes,
  viewOf,
  type Place,
  type RecordKind,
  type SegmentSeed,
} from './record-format.ts'

const slabBytes = 256 * 2 ** 10
/** Data up to this is copied into the slab: a piece of its own costs the writing of it more. */
const copiedBytesMax = 16 * 2 ** 10

const encoder = new TextEncoder()

/**
 * Puts one record together, as the pieces of one write: small things in slabs, long data as it is. The slab may be that
 * of an earlier record, once that is on the disk.
 */
export class RecordWriter {
  readonly #head: Uint8Array
  readonly #pieces: Uint8Array[] = []
  /** Sum of `#pieces`. */
  #bytesBefore = 0
  #slab: Uint8Array
  #view: DataView
  /** What is in the slab from here to `#at` is in no piece yet. */
  #from = 0
  #at = recordHeadBytes

  constructor(slab?: Uint8Array) {
    this.#slab = slab ?? new Uint8Array(slabBytes)
    this.#view = viewOf(this.#slab)
    this.#head = this.#slab.subarray(0, recordHeadBytes)
  }

  /** Until it is sealed. */
  get payloadBytes(): number {
    return this.#bytesBefore + this.#at - this.#from - recordHeadBytes
  }

  /** What the sealed record takes in the file. */
  get sealedBytes(): number {
    assert(this.#from === this.#at, 'the record is sealed')
    return this.#bytesBefore
  }

  u8(value: number): void {
    this.#reserve(1)
    this.#slab[this.#at++] = value
  }

  u16(value: number): void {
    this.#reserve(2)
    this.#view.setUint16(this.#at, value, true)
    this.#at += 2
  }

  u32(value: number): void {
    this.#reserve(4)
    this.#view.setUint32(this.#at, value, true)
    this.#at += 4
  }

  u64(value: number): void {
    this.#reserve(8)
    this.#view.setUint32(this.#at, value % 2 ** 32, true)
    this.#view.setUint32(this.#at + 4, Math.floor(value / 2 ** 32), true)
    this.#at += 8
  }

  /** At most 255 bytes of UTF-8. */
  text(text: string): void {
    assert(text.length <= 255, 'names in a record have at most 255 characters')
    this.#reserve(1 + 3 * text.length)
    const { written } = encoder.encodeInto(text, this.#slab.subarray(this.#at + 1))
    assert(written <= 255, 'names in a record have at most 255 bytes')
    this.#slab[this.#at] = written
    this.#at += 1 + written
  }

  /** A head of 12 bytes and the data; in one go, because there are very many of them. */
  entry(kind: number, term: number, data: Uint8Array): void {
    this.#reserve(12)
    const view = this.#view
    const at = this.#at
    view.setUint32(at, data.length, true)
    view.setUint32(at + 4, term % 2 ** 32, true)
    view.setUint16(at + 8, Math.floor(term / 2 ** 32), true)
    view.setUint16(at + 10, kind, true)
    this.#at = at + 12
    this.#data(data)
  }

  /** The record, whole: nothing may be added any more. */
  seal(kind: RecordKind, seed: SegmentSeed, offset: number, synced: Place): readonly Uint8Array[] {
    const { payloadBytes } = this
    const padding = extentOf(payloadBytes) - recordHeadBytes - payloadBytes
    this.#reserve(padding)
    this.#slab.fill(paddingByte, this.#at, this.#at + padding)
    this.#at += padding
    this.#cut()
    let payloadCrc = 0
    for (let piece = 0; piece < this.#pieces.length; piece++) {
      const bytes = this.#pieces[piece] as Uint8Array
      payloadCrc = crc32(piece === 0 ? bytes.subarray(recordHeadBytes) : bytes, payloadCrc)
    }
    encodeHead({ kind, payloadBytes, payloadCrc, synced }, seed, offset, this.#head)
    return this.#pieces
  }

  #data(data: Uint8Array): void {
    if (data.length > copiedBytesMax) {
      this.#cut()
      this.#pieces.push(data)
      this.#bytesBefore += data.length
      return
    }
    this.#reserve(data.length)
    this.#slab.set(data, this.#at)
    this.#at += data.length
  }

  #cut(): void {
    if (this.#at === this.#from) return
    this.#pieces.push(this.#slab.subarray(this.#from, this.#at))
    this.#bytesBefore += this.#at - this.#from
    this.#from = this.#at
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#slab.length) return
    this.#cut()
    this.#slab = new Uint8Array(slabBytes)
    this.#view = viewOf(this.#slab)
    this.#from = 0
    this.#at = 0
  }
}
