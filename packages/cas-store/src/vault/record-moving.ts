import type { ChunkMove, ChunkRow } from '../catalogue/contract.ts'
import type { GrowingPack, PackRecord, PlacedRecord } from '../packs/index.ts'
import { epochOf } from '../sealing/sealed-chunk.ts'
import type { VaultParts } from './vault-parts.ts'

/** A record that is to stand somewhere else, as it is or sealed anew. */
export interface RecordToMove {
  readonly row: ChunkRow
  readonly sealed: Uint8Array
}

/**
 * Some records under way to another place: bytes, sync, rows, in this order. What is not committed before it is
 * disposed of stays where it was.
 */
export class RecordMove implements Disposable {
  readonly #parts: VaultParts
  readonly #placed: PlacedRecord[] = []
  readonly #moves: ChunkMove[] = []

  constructor(parts: VaultParts) {
    this.#parts = parts
  }

  get count(): number {
    return this.#moves.length
  }

  /** Resolves when the bytes are with the disk, so that no more than one call's are in memory. */
  async add(records: readonly RecordToMove[]): Promise<void> {
    const toAppend: PackRecord[] = records.map(({ row, sealed }) => ({ id: row.id, kind: row.kind, sealed }))
    const placed = this.#parts.writer.append(toAppend)
    for (const [index, { row, sealed }] of records.entries()) {
      const to = placed[index]
      if (to === undefined) continue
      this.#placed.push(to)
      this.#moves.push({ id: row.id, from: row.place, to: to.place, epoch: epochOf(sealed) })
    }
    await each(placed, (pack, end) => pack.written(end))
  }

  async commit(): Promise<void> {
    if (this.#moves.length === 0) return
    await each(this.#placed, (pack, end) => pack.durable(end))
    await this.#parts.catalogue.commit([{ type: 'move-chunks', moves: this.#moves }])
  }

  [Symbol.dispose](): void {
    for (const { pack } of this.#placed) this.#parts.writer.release(pack)
    this.#placed.length = 0
  }
}

async function each(
  placed: readonly PlacedRecord[],
  wait: (pack: GrowingPack, end: number) => Promise<void>,
): Promise<void> {
  const ends = new Map<GrowingPack, number>()
  for (const { pack, place } of placed) {
    ends.set(pack, Math.max(ends.get(pack) ?? 0, place.position + place.length))
  }
  for (const [pack, end] of ends) await wait(pack, end)
}
