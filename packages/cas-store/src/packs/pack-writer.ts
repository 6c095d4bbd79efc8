import { FlotillaError } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import type { ChunkPlace, PackId } from '../types.ts'
import { GrowingPack } from './growing-pack.ts'
import type { PackFiles } from './pack-files.ts'
import { newPackId } from './pack-folder.ts'
import { packHeaderBytes, recordBytes, type PackRecord } from './pack-format.ts'
import { piecesOf } from './record-pieces.ts'

/** Where a record was put: its bytes are on their way there. */
export interface PlacedRecord {
  readonly pack: GrowingPack
  readonly place: ChunkPlace
}

/** So many records one right behind the other. */
export interface PlacedRun {
  readonly pack: GrowingPack
  readonly position: number
  readonly count: number
}

export interface PackWriterOptions {
  readonly files: PackFiles
  readonly entropy: Entropy
  readonly logger: Logger
  readonly packBytesMax: number
  readonly writeBytesMax: number
}

/**
 * Puts records into the pack under way, which all sessions share, and begins a new one when it is full, when it was
 * given up, and in each life: what a crash has left at the end of a pack is never written behind.
 */
export class PackWriter implements AsyncDisposable {
  readonly #options: PackWriterOptions
  #current: GrowingPack | undefined
  /** Those of this life that are held, or not finished. */
  readonly #growing = new Map<PackId, GrowingPack>()
  #isClosed = false

  constructor(options: PackWriterOptions) {
    this.#options = options
  }

  /** Each pack in which one was placed is held once per record, until `release`. */
  append(records: readonly PackRecord[]): readonly PlacedRecord[] {
    if (this.#isClosed) throw new FlotillaError('closed', 'the chunk store is closed', { hint: 'open it again' })
    const placed: PlacedRecord[] = []
    for (let first = 0; first < records.length;) first = this.#appendRun(records, first, placed)
    return placed
  }

  /**
   * The same for records that are finished, and lie one right behind the other: each ends in `bytes` where `ends` says.
   * They are written as they are, and told of in as few runs as there are packs.
   */
  appendFinished(bytes: Uint8Array, ends: readonly number[]): readonly PlacedRun[] {
    if (this.#isClosed) throw new FlotillaError('closed', 'the chunk store is closed', { hint: 'open it again' })
    const runs: PlacedRun[] = []
    for (let first = 0, start = 0; first < ends.length;) {
      let end = ends[first] ?? start
      const pack = this.#packFor(end - start - recordBytes(0))
      let last = first + 1
      for (; last < ends.length; last++) {
        const next = ends[last] ?? end
        if (pack.end + next - start > this.#options.packBytesMax) break
        end = next
      }
      const position = pack.append([bytes.subarray(start, end)], end - start)
      pack.holds += last - first
      runs.push({ pack, position, count: last - first })
      first = last
      start = end
    }
    return runs
  }

  /** Nobody relies any more on the pack for that record's sake: the catalogue knows it, or it is not needed. */
  release(pack: GrowingPack): void {
    pack.holds--
    this.#forget(pack)
  }

  hold(pack: GrowingPack): void {
    pack.holds++
  }

  /** The pack that takes the next records, and its end; undefined where there is none, or somebody relies on it. */
  get idle(): { readonly pack: PackId; readonly end: number } | undefined {
    const current = this.#current
    if (current === undefined || current.holds > 0) return undefined
    return { pack: current.id, end: current.end }
  }

  /**
   * Ends that pack, so that it is one like those of earlier lives, and a collection may empty it. Whether it did:
   * nothing was written to it since, and nobody has come to rely on it.
   */
  async end({ pack, end }: { readonly pack: PackId; readonly end: number }): Promise<boolean> {
    const current = this.#current
    if (current === undefined || current.id !== pack || current.end !== end || current.holds > 0) return false
    this.#current = undefined
    await current.finish()
    this.#forget(current)
    return true
  }

  /** Packs that are being written, or that hold what the catalogue may not know of yet. */
  held(): ReadonlySet<PackId> {
    return new Set(this.#growing.keys())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#growing.values()].map((pack) => pack.finish()))
  }

  /** Puts as many into the pack under way as fit; returns the index of the first that did not. */
  #appendRun(records: readonly PackRecord[], first: number, placed: PlacedRecord[]): number {
    const pack = this.#packFor(records[first]?.sealed.length ?? 0)
    let bytes = 0
    let last = first
    for (let record = records[last]; record !== undefined; record = records[++last]) {
      const length = recordBytes(record.sealed.length)
      if (last > first && pack.end + bytes + length > this.#options.packBytesMax) break
      bytes += length
    }
    const run = first === 0 && last === records.length ? records : records.slice(first, last)
    let position = pack.append(piecesOf(run), bytes)
    for (const record of run) {
      const length = recordBytes(record.sealed.length)
      placed.push({ pack, place: { pack: pack.id, position, length } })
      position += length
      pack.holds++
    }
    return last
  }

  #packFor(sealedBytes: number): GrowingPack {
    const current = this.#current
    if (current?.isOpen) {
      if (current.end + recordBytes(sealedBytes) <= this.#options.packBytesMax) return current
      if (current.end === packHeaderBytes) return current // Too large for any pack, so it gets one of its own.
    }
    // One that was given up is finishing by itself; it is not held for ever either.
    void current?.finish().then(() => this.#forget(current))
    const { files, logger, writeBytesMax, entropy } = this.#options
    const pack = new GrowingPack({ id: newPackId(entropy), files, logger, writeBytesMax })
    this.#current = pack
    this.#growing.set(pack.id, pack)
    return pack
  }

  #forget(pack: GrowingPack): void {
    if (pack.holds === 0 && pack.isFinished) this.#growing.delete(pack.id)
  }
}
