import type { Catalogue } from '../catalogue/contract.ts'
import { decodeRecord, readRuns, type HasPlace, type PackReader, type ReadRun, type RunLimits } from '../packs/index.ts'
import type { SealedChunk, Workshop } from '../sealing/contract.ts'
import { blobError, codeOf } from '../store/errors.ts'
import type { WantedChunk } from '../tree/contract.ts'
import { sizeUnknown } from '../tree/size-unknown.ts'
import type { ChunkPlace } from '../types.ts'
import type { VaultInstruments } from './instruments.ts'
import { LentChunks } from './lent-chunks.ts'

export interface ChunkReadingOptions {
  readonly catalogue: Catalogue
  readonly workshop: Workshop
  readonly reader: PackReader
  readonly limits: RunLimits & { readonly looksMax: number }
  readonly instruments: VaultInstruments
}

/** A chunk to be read, and where it goes in the answer. */
interface Wanted extends HasPlace {
  readonly chunk: WantedChunk
  readonly index: number
}

interface Failed {
  readonly wanted: Wanted
  readonly why: 'missing-pack' | 'wrong-record' | 'not-authentic' | 'unknown-key'
}

/**
 * Reads chunks, in as few reads of the disk as there can be. A chunk that is not where the catalogue said may have been
 * moved since, by a collection or a change of keys; it is damaged when the catalogue still says so.
 */
export class ChunkReading {
  readonly #options: ChunkReadingOptions
  readonly #lent: LentChunks

  constructor(options: ChunkReadingOptions) {
    this.#options = options
    this.#lent = new LentChunks(options.workshop)
  }

  /** Whoever read these needs them no more, and has given them to nobody. */
  letGo(chunks: readonly Uint8Array[]): void {
    this.#lent.letGo(chunks)
  }

  async read(wanted: readonly WantedChunk[], signal: AbortSignal | undefined): Promise<readonly Uint8Array[]> {
    const { limits } = this.#options
    const found: Uint8Array[] = Array.from(wanted, () => none)
    let failed = await this.#attempt(await this.#look(wanted.map((chunk, index) => ({ chunk, index }))), found, signal)
    for (let looks = 1; failed.length > 0; looks++) {
      const again = await this.#look(failed.map(({ wanted: { chunk, index } }) => ({ chunk, index })))
      for (const [at, { wanted: before, why }] of failed.entries()) {
        const now = again[at]
        if (now === undefined || isSamePlace(now.place, before.place)) throw this.#damaged(before, why)
      }
      if (looks === limits.looksMax) throw blobError('unavailable', 'chunks are moved more quickly than they are read')
      failed = await this.#attempt(again, found, signal)
    }
    return found
  }

  async #look(chunks: readonly { readonly chunk: WantedChunk; readonly index: number }[]): Promise<readonly Wanted[]> {
    const places = await this.#options.catalogue.places(chunks.map(({ chunk }) => chunk.id))
    return chunks.map(({ chunk, index }, at) => {
      const place = places[at]
      if (place === undefined) throw blobError('not-found', `the chunk ${chunk.id} is not here`)
      return { chunk, index, place }
    })
  }

  /** Reads what it can; those that are not where they were looked for. */
  async #attempt(
    wanted: readonly Wanted[],
    found: Uint8Array[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Failed[]> {
    const runs = readRuns(wanted, this.#options.limits)
    const outcomes = await Promise.allSettled(runs.map((run) => this.#readRun(run, found, signal)))
    return outcomes.flatMap((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason
      return outcome.value
    })
  }

  async #readRun(run: ReadRun<Wanted>, found: Uint8Array[], signal: AbortSignal | undefined): Promise<Failed[]> {
    const { reader, instruments, workshop } = this.#options
    let unread: Uint8Array | undefined
    const slab = (byteLength: number): Uint8Array => (unread = workshop.slab(byteLength))
    const open = (records: readonly Uint8Array[]): Promise<Failed[]> => {
      unread = undefined
      return this.#open(run.items, records, found)
    }
    try {
      const failed = await reader.read(run, open, signal, slab)
      instruments.read(run.items.length - failed.length, run.length)
      return failed
    } catch (error) {
      // Where opening has failed, threads may still be writing there.
      if (unread !== undefined) workshop.giveBack?.([unread])
      if (codeOf(error) === 'io-failed' && run.items.length > 1) return this.#oneByOne(run, found, signal)
      if (codeOf(error) !== 'not-found') throw error
      return run.items.map((item) => ({ wanted: item, why: 'missing-pack' }))
    }
  }

  /** What cannot be read may lie between the records rather than in one of them. */
  async #oneByOne(run: ReadRun<Wanted>, found: Uint8Array[], signal: AbortSignal | undefined): Promise<Failed[]> {
    const failed: Failed[] = []
    for (const item of run.items) {
      const { pack, position, length } = item.place
      failed.push(...(await this.#readRun({ pack, position, length, items: [item] }, found, signal)))
    }
    return failed
  }

  async #open(items: readonly Wanted[], records: readonly Uint8Array[], found: Uint8Array[]): Promise<Failed[]> {
    const failed: Failed[] = []
    const sealed: SealedChunk[] = []
    /** For whom each of those is. */
    const whose: Wanted[][] = []
    for (const [at, wanted] of items.entries()) {
      // The seal is checked next, and says more than a checksum.
      const bytes = decodeRecord(records[at] ?? none, wanted.chunk, { checksum: false })
      const before = whose.at(-1)
      if (bytes === undefined) failed.push({ wanted, why: 'wrong-record' })
      else if (before?.[0] !== undefined && isSamePlace(before[0].place, wanted.place)) before.push(wanted)
      else {
        sealed.push({ id: wanted.chunk.id, kind: wanted.chunk.kind, sealed: bytes })
        whose.push([wanted])
      }
    }
    // A scrub compares content with its id. Here it would only double the work: the seal is this node's own.
    const opened =
      sealed.length === 0 ? [] : await this.#options.workshop.open(sealed, { verify: 'seal', inPlace: true })
    const lending = this.#lent.begin(records[0])
    for (const [at, all] of whose.entries()) {
      const chunk = opened[at]
      if (chunk?.type === 'opened') {
        for (const wanted of all) found[wanted.index] = lending.lend(chunk.bytes)
        for (const wanted of all) checkSize(wanted.chunk, chunk.bytes.length)
      } else {
        const fault = chunk?.why ?? 'wrong-format'
        const why: Failed['why'] = fault === 'wrong-format' ? 'wrong-record' : fault
        failed.push(...all.map((wanted) => ({ wanted, why })))
      }
    }
    lending.settle()
    return failed
  }

  #damaged({ chunk, place }: Wanted, why: Failed['why']): Error {
    this.#options.instruments.damaged(why)
    const where = `in the pack ${place.pack} at ${place.position}`
    if (why === 'unknown-key') {
      return blobError('wrong-key', `the chunk ${chunk.id} ${where} is sealed with a key that is not in the keyring`)
    }
    const what = why === 'missing-pack' ? 'is gone: the file of its pack is missing' : 'is damaged'
    return blobError('corrupt', `the chunk ${chunk.id} ${where} ${what}`)
  }
}

const none = new Uint8Array()

export function isSamePlace(one: ChunkPlace, other: ChunkPlace): boolean {
  return one.pack === other.pack && one.position === other.position && one.length === other.length
}

/** The size of a list is that of what is below it, which is for the reader of the list to see. */
function checkSize({ id, kind, size }: WantedChunk, found: number): void {
  if (kind === 'list' || found === size || size === sizeUnknown) return
  throw blobError('corrupt', `the chunk ${id} has ${found} bytes, and the list that names it says ${size}`)
}
