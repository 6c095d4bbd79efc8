import { assert } from '@flotilla/core/errors'
import type { Catalogue } from '../catalogue/contract.ts'
import type { PackRecord, PackWriter, PlacedRecord } from '../packs/index.ts'
import type { ChunkToSeal, Workshop } from '../sealing/contract.ts'
import { epochOf } from '../sealing/sealed-chunk.ts'
import type { AddedChunk } from '../tree/contract.ts'
import type { ChunkId, ChunkKind } from '../types.ts'
import type { ByteBudget } from './byte-budget.ts'
import { Settling, type ChunksUnderWay, type ChunkUnderWay } from './chunks-under-way.ts'
import type { VaultInstruments } from './instruments.ts'

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

  /**
   * Resolves when each of them is known to the catalogue and touched, or has its place in a pack; `hold` is then called
   * for the latter, whoever stored it: the session must name it in its next commit.
   */
  async store(
    chunks: readonly ChunkToStore[],
    hold: (chunk: ChunkUnderWay) => void,
    signal?: AbortSignal,
  ): Promise<readonly AddedChunk[]> {
    const added = new Map<ChunkId, AddedChunk>()
    let open = new Map(chunks.map((chunk) => [chunk.id, chunk]))
    while (open.size > 0) {
      signal?.throwIfAborted()
      open = await this.#round(open, added, hold)
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
      if (mine.length > 0) await this.#bring(mine, open, added, hold)
    } finally {
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
  ): Promise<void> {
    const { catalogue, instruments } = this.#options
    const places = await catalogue.touch(mine.map(({ id }) => id))
    const missing: ChunkUnderWay[] = []
    const chunks: ChunkToSeal[] = []
    for (const [index, chunk] of mine.entries()) {
      const bytes = open.get(chunk.id)
      if (places[index] !== undefined) added.set(chunk.id, { id: chunk.id, isKnown: true, bytesStored: 0 })
      else if (bytes !== undefined) {
        missing.push(chunk)
        chunks.push(bytes)
      }
    }
    instruments.known(mine.length - missing.length)
    if (missing.length > 0) await this.#seal(missing, chunks, added, hold)
  }

  async #seal(
    missing: readonly ChunkUnderWay[],
    chunks: readonly ChunkToSeal[],
    added: Map<ChunkId, AddedChunk>,
    hold: (chunk: ChunkUnderWay) => void,
  ): Promise<void> {
    const { workshop, writer, budget, instruments } = this.#options
    let bytes = 0
    for (const chunk of chunks) bytes += chunk.bytes.length
    await budget.take(bytes)
    let isWriting = false
    try {
      const sealed = await workshop.seal(chunks)
      assert(sealed.length === chunks.length, 'each chunk is sealed')
      const records = sealed.map((bytesSealed, index) => recordOf(chunks, index, bytesSealed))
      const placed = writer.append(records)
      let end = 0
      for (const [index, { pack, place }] of placed.entries()) {
        const chunk = missing[index]
        const record = records[index]
        if (chunk === undefined || record === undefined) continue
        chunk.stored = { row: { id: record.id, kind: record.kind, epoch: epochOf(record.sealed), place }, pack }
        hold(chunk)
        writer.release(pack) // The hold of the session has taken its place.
        added.set(record.id, { id: record.id, isKnown: false, bytesStored: place.length })
        end += place.length
      }
      instruments.stored(placed.length, end)
      isWriting = true
      void written(placed)
        .then(() => workshop.giveBack?.(sealed))
        // What could not be written is told to those who commit it.
        .catch(() => {})
        .finally(() => budget.give(bytes))
    } finally {
      if (!isWriting) budget.give(bytes)
    }
  }
}

/** Some may be in the pack that was under way, and some in the next one. */
async function written(placed: readonly PlacedRecord[]): Promise<void> {
  const ends = new Map(placed.map(({ pack, place }) => [pack, place.position + place.length]))
  const waits = await Promise.allSettled([...ends].map(([pack, end]) => pack.written(end)))
  for (const wait of waits) if (wait.status === 'rejected') throw wait.reason
}

function recordOf(chunks: readonly ChunkToSeal[], index: number, sealed: Uint8Array): PackRecord {
  const chunk = chunks[index]
  assert(chunk !== undefined, 'what was sealed was given')
  return { id: chunk.id, kind: chunk.kind, sealed }
}
