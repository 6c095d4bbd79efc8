import { assert } from '@flotilla/core/errors'
import type { Catalogue } from '../catalogue/contract.ts'
import type { PackWriter } from '../packs/index.ts'
import type { ChunkToPack, Workshop } from '../sealing/contract.ts'
import { epochOf } from '../sealing/sealed-chunk.ts'
import type { AddedChunk } from '../tree/contract.ts'
import type { ChunkId, ChunkKind } from '../types.ts'
import type { ByteBudget } from './byte-budget.ts'
import { Settling, type ChunksUnderWay, type ChunkUnderWay } from './chunks-under-way.ts'
import type { VaultInstruments } from './instruments.ts'
import { PackedBatch } from './packed-batch.ts'

export interface IntakeOptions {
  readonly workshop: Workshop
  readonly catalogue: Catalogue
  readonly writer: PackWriter
  readonly underWay: ChunksUnderWay
  readonly budget: ByteBudget
  readonly instruments: VaultInstruments
}

export interface ChunkToStore {
  readonly id: ChunkId
  readonly kind: ChunkKind
  readonly bytes: Uint8Array
}

/** Finds out which chunks are here, or on their way, and stores the others. One for all sessions. */
export class Intake {
  readonly #options: IntakeOptions

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** Identifies and seals in one go what is likely to be new. */
  pack(chunks: readonly ChunkToPack[]): Promise<PackedBatch> {
    return PackedBatch.of(chunks, this.#options)
  }

  /**
   * Resolves when each of them is known to the catalogue and touched, or has its place in a pack; `hold` is then called
   * for the latter, whoever stored it: the session must name it in its next commit. `packed` may have them ready, and
   * is disposed of.
   */
  async store(
    chunks: readonly ChunkToStore[],
    hold: (chunk: ChunkUnderWay) => void,
    { signal, packed }: { readonly signal?: AbortSignal | undefined; readonly packed?: PackedBatch | undefined },
  ): Promise<readonly AddedChunk[]> {
    using _packed = packed
    const added = new Map<ChunkId, AddedChunk>()
    let open = new Map(chunks.map((chunk) => [chunk.id, chunk]))
    while (open.size > 0) {
      signal?.throwIfAborted()
      open = await this.#round(open, added, hold, packed)
    }
    const seen = new Set<ChunkId>()
    return chunks.map(({ id }) => {
      const first = !seen.has(id)
      seen.add(id)
      const chunk = added.get(id)
      return first && chunk !== undefined ? chunk : { id, isKnown: true, bytesStored: 0 }
    })
  }

  /**
   * Those of which it is not known yet what became of them: others brought them too, and either failed or found them.
   */
  async #round(
    open: ReadonlyMap<ChunkId, ChunkToStore>,
    added: Map<ChunkId, AddedChunk>,
    hold: (chunk: ChunkUnderWay) => void,
    packed: PackedBatch | undefined,
  ): Promise<Map<ChunkId, ChunkToStore>> {
    const { underWay } = this.#options
    const settling = new Settling()
    const mine: ChunkUnderWay[] = []
    const others: ChunkUnderWay[] = []
    for (const id of open.keys()) {
      const other = underWay.get(id)
      if (other === undefined) mine.push(underWay.begin(id, settling))
      else others.push(other)
    }
    try {
      if (mine.length > 0) await this.#bring(mine, open, added, hold, packed)
    } finally {
      packed?.[Symbol.dispose]() // Before others are waited for.
      for (const chunk of mine) if (chunk.stored === undefined) underWay.end(chunk)
      settling.settle()
    }
    const left = new Map<ChunkId, ChunkToStore>()
    for (const other of others) {
      if (other.stored === undefined) await other.settling.settled
      if (other.stored !== undefined && !other.isLost && underWay.get(other.id) === other) {
        hold(other)
        added.set(other.id, { id: other.id, isKnown: true, bytesStored: 0 })
        continue
      }
      // Known by now, or lost, or given up. Even where it is known, this session has to touch it itself.
      const chunk = open.get(other.id)
      if (chunk !== undefined) left.set(other.id, chunk)
    }
    return left
  }

  async #bring(
    mine: readonly ChunkUnderWay[],
    open: ReadonlyMap<ChunkId, ChunkToStore>,
    added: Map<ChunkId, AddedChunk>,
    hold: (chunk: ChunkUnderWay) => void,
    packed: PackedBatch | undefined,
  ): Promise<void> {
    const { catalogue, instruments } = this.#options
    const places = await catalogue.touch(mine.map(({ id }) => id))
    const missing: ChunkUnderWay[] = []
    for (const [index, chunk] of mine.entries()) {
      if (places[index] === undefined) missing.push(chunk)
      else added.set(chunk.id, { id: chunk.id, isKnown: true, bytesStored: 0 })
    }
    instruments.known(mine.length - missing.length)
    if (missing.length === 0) return
    if (packed?.isReady === true) return this.#place(missing, packed, added, hold)
    using batch = await this.pack(missing.flatMap(({ id }) => open.get(id) ?? []))
    this.#place(missing, batch, added, hold)
  }

  #place(
    missing: readonly ChunkUnderWay[],
    packed: PackedBatch,
    added: Map<ChunkId, AddedChunk>,
    hold: (chunk: ChunkUnderWay) => void,
  ): void {
    const { writer, instruments } = this.#options
    const records = packed.recordsOf(missing)
    let bytes = 0
    for (const [index, { pack, place }] of packed.place(records).entries()) {
      const [chunk, record] = [missing[index], records[index]]
      assert(chunk !== undefined && record !== undefined, 'each record has its place')
      const { id, kind, sealed } = record
      chunk.stored = { row: { id, kind, epoch: epochOf(sealed), place }, pack }
      hold(chunk)
      writer.release(pack) // The hold of the session has taken its place.
      added.set(id, { id, isKnown: false, bytesStored: place.length })
      bytes += place.length
    }
    instruments.stored(records.length, bytes)
  }
}
