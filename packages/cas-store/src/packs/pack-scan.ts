import type { ChunkId, ChunkKind, PackId } from '../types.ts'
import type { PackFiles } from './pack-files.ts'
import { decodeRecord, decodeRecordHead, packHeaderBytes, recordBytes, recordHeadBytes } from './pack-format.ts'

/** A record that is whole, by its checksum. */
export interface ScannedRecord {
  readonly id: ChunkId
  readonly kind: ChunkKind
  readonly position: number
  /** With its head. */
  readonly length: number
  /** To be looked at before the next record is asked for. */
  readonly sealed: Uint8Array
}

/** What is read in one go; a record that is longer is read by itself. */
const windowBytes = 4 * 2 ** 20

/** How sealed chunks begin: `fc`, version 1. */
const sealedBegin: readonly number[] = [0x66, 0x63, 1]

/**
 * All whole records of a pack, without knowing of any, in the order in which they stand. Behind what is damaged it goes
 * on with the next record that is whole, wherever that begins; what a crash has left at the end is passed over.
 */
export class PackScan {
  readonly #files: PackFiles
  readonly #pack: PackId
  #window: { readonly at: number; readonly bytes: Uint8Array } = { at: 0, bytes: new Uint8Array() }
  /** What is no record, of those that were passed. */
  bytesPassedOver = 0

  constructor(files: PackFiles, pack: PackId) {
    this.#files = files
    this.#pack = pack
  }

  async *records(signal: AbortSignal | undefined): AsyncGenerator<ScannedRecord> {
    let position = packHeaderBytes
    for (;;) {
      signal?.throwIfAborted()
      const record = await this.#recordAt(position)
      if (record !== undefined) {
        yield record
        position += record.length
        continue
      }
      const next = await this.#candidateFrom(position + 1, signal)
      if (next === undefined) {
        this.bytesPassedOver += Math.max(0, (await this.#size()) - position)
        return
      }
      this.bytesPassedOver += next - position
      position = next
    }
  }

  async #recordAt(position: number): Promise<ScannedRecord | undefined> {
    const head = decodeRecordHead(await this.#bytes(position, recordHeadBytes))
    if (head === undefined) return undefined
    const length = recordBytes(head.sealedBytes)
    // A length that is damaged must not have us read far beyond the end.
    if (position + length > (await this.#size())) return undefined
    const sealed = decodeRecord(await this.#bytes(position, length), head, { checksum: true })
    return sealed === undefined ? undefined : { id: head.id, kind: head.kind, position, length, sealed }
  }

  /** Where the next thing stands that looks like the beginning of a record. */
  async #candidateFrom(from: number, signal: AbortSignal | undefined): Promise<number | undefined> {
    const needed = recordHeadBytes + sealedBegin.length
    for (let at = from; ;) {
      signal?.throwIfAborted()
      const bytes = await this.#bytes(at, windowBytes)
      const last = bytes.length - needed
      for (let offset = 0; offset <= last; offset++) if (looksLikeRecord(bytes, offset)) return at + offset
      if (bytes.length < windowBytes) return undefined
      at += last + 1
    }
  }

  /** Fewer at the end of the pack. */
  async #bytes(position: number, length: number): Promise<Uint8Array> {
    const { at, bytes } = this.#window
    if (position >= at && position + length <= at + bytes.length)
      return bytes.subarray(position - at, position - at + length)
    const read = await this.#files.use(this.#pack, (file) => file.read(position, Math.max(length, windowBytes)))
    this.#window = { at: position, bytes: read }
    return read.subarray(0, length)
  }

  #size(): Promise<number> {
    return this.#files.use(this.#pack, (file) => Promise.resolve(file.size))
  }
}

function looksLikeRecord(bytes: Uint8Array, at: number): boolean {
  const kind = bytes[at + 8]
  if (kind !== 1 && kind !== 2) return false
  if (bytes[at + 9] !== 0 || bytes[at + 10] !== 0 || bytes[at + 11] !== 0) return false
  return sealedBegin.every((byte, index) => bytes[at + recordHeadBytes + index] === byte)
}
