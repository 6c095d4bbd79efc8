import type { ChunkRow } from '../catalogue/contract.ts'
import { decodeRecord, packsOnDisk, readRuns } from '../packs/index.ts'
import { codeOf } from '../store/errors.ts'
import type { PackId } from '../types.ts'
import { RecordMove, type RecordToMove } from './record-moving.ts'
import type { VaultParts } from './vault-parts.ts'

/** So many small packs make one that is not small. */
const smallShare = 16

interface Candidate {
  readonly pack: PackId
  readonly size: number
  readonly bytesLive: number
}

export interface Reclaimed {
  readonly packsRemoved: number
  readonly bytesFreed: number
}

export interface ReclaimingOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: { readonly bytesDone: number; readonly bytesInAll: number }) => void) | undefined
}

/**
 * Gives the disk back: packs of which nothing is needed are removed, and from those of which little is, that little is
 * moved away before. The catalogue always comes first: a pack goes when no row names it any more, and for good, because
 * rows are only ever added for packs that are held.
 */
export class Reclaiming {
  readonly #parts: VaultParts

  constructor(parts: VaultParts) {
    this.#parts = parts
  }

  async run({ signal, onProgress }: ReclaimingOptions): Promise<Reclaimed> {
    const { disk, catalogue, writer, sizes, logger } = this.#parts
    await this.#endGrowing()
    // In this order: a pack that was on the disk and is not held by now has all the rows that it will ever have, and
    // the catalogue, asked after that, knows them.
    const onDisk = await packsOnDisk(disk, signal)
    const held = writer.held()
    const uses = new Map((await catalogue.packs()).map((use) => [use.pack, use.bytes]))
    const candidates: Candidate[] = []
    const unneeded: Candidate[] = []
    for (const pack of onDisk) {
      signal?.throwIfAborted()
      if (held.has(pack)) continue
      const size = await sizes.of(pack)
      const bytesLive = uses.get(pack) ?? 0
      if (size === undefined) continue
      if (bytesLive > 0) candidates.push({ pack, size, bytesLive })
      else unneeded.push({ pack, size, bytesLive })
    }
    const toEmpty = this.#toEmpty(candidates)
    const progress = new ReclaimingProgress([...unneeded, ...toEmpty], onProgress)
    let packsRemoved = 0
    let bytesFreed = 0
    for (const { pack, size } of unneeded) {
      signal?.throwIfAborted()
      await this.#remove(pack)
      packsRemoved++
      bytesFreed += size
      progress.done(size)
    }
    for (const { pack, size } of toEmpty) {
      signal?.throwIfAborted()
      try {
        const bytesMoved = await this.empty(pack, signal)
        progress.done(size)
        if (bytesMoved === undefined) continue
        packsRemoved++
        bytesFreed += size - bytesMoved
      } catch (error) {
        if (codeOf(error) !== 'disk-full') throw error
        logger.warn({ pack, err: error }, 'there is no room to write packs anew; they stay as they are')
        break
      }
    }
    return { packsRemoved, bytesFreed }
  }

  /**
   * The pack that is being written is left alone, but not for ever: what was put and deleted soon after would stay in
   * it until it is full.
   */
  async #endGrowing(): Promise<void> {
    const { catalogue, writer, limits } = this.#parts
    // Nobody relies on it, so the catalogue knows all that is needed of it, unless more is written meanwhile.
    const idle = writer.idle
    if (idle === undefined) return
    const use = (await catalogue.packs()).find(({ pack }) => pack === idle.pack)
    if ((use?.bytes ?? 0) * 100 < idle.end * limits.growingLivePercentMin) await writer.end(idle)
  }

  /** Those that waste much, and those that are small where there are many: each life of a store begins a pack. */
  #toEmpty(candidates: readonly Candidate[]): readonly Candidate[] {
    const { livePercentMin, smallPacksMax, packBytesMax } = this.#parts.limits
    const small = candidates.filter(({ size }) => size * smallShare < packBytesMax)
    const joined = new Set(small.length > smallPacksMax ? small : [])
    const chosen = candidates.filter(
      (candidate) => joined.has(candidate) || candidate.bytesLive * 100 < candidate.size * livePercentMin,
    )
    return chosen.toSorted(byLive)
  }

  /**
   * Moves all that is needed out of a pack that nobody writes, and removes it; how many bytes that were. Undefined
   * where it has to stay because something in it is damaged: telling that is a scrub's business.
   */
  async empty(pack: PackId, signal: AbortSignal | undefined): Promise<number | undefined> {
    const { catalogue, limits, logger } = this.#parts
    let bytesMoved = 0
    let after: number | undefined
    for (;;) {
      const page = after === undefined ? { limit: limits.pageRows } : { after, limit: limits.pageRows }
      const rows = await catalogue.chunksOf(pack, page)
      using move = new RecordMove(this.#parts)
      for (const run of readRuns(rows, limits)) {
        signal?.throwIfAborted()
        const records = await this.#intact(run.items, run)
        await move.add(records)
        for (const { row } of records) bytesMoved += row.place.length
      }
      await move.commit()
      after = rows.at(-1)?.place.position
      if (rows.length < limits.pageRows) break
    }
    const left = await catalogue.chunksOf(pack, { limit: 1 })
    if (left.length > 0) {
      logger.warn({ pack }, 'a pack stays because something in it is damaged')
      return undefined
    }
    await this.#remove(pack)
    return bytesMoved
  }

  async #intact(
    rows: readonly ChunkRow[],
    run: { readonly pack: PackId; readonly position: number; readonly length: number },
  ): Promise<readonly RecordToMove[]> {
    return this.#parts.reader.read({ ...run, items: rows }, (records) => {
      const intact = rows.flatMap((row, index) => {
        const sealed = decodeRecord(records[index] ?? new Uint8Array(), row, { checksum: true })
        return sealed === undefined ? [] : [{ row, sealed }]
      })
      return Promise.resolve(intact)
    })
  }

  async #remove(pack: PackId): Promise<void> {
    await this.#parts.files.remove(pack)
    this.#parts.sizes.forget(pack)
    this.#parts.instruments.packsRemoved(1)
  }
}

/** How much of what is to be looked through has been. */
class ReclaimingProgress {
  readonly #tell: ReclaimingOptions['onProgress']
  readonly #bytesInAll: number
  #bytesDone = 0

  constructor(packs: readonly Candidate[], tell: ReclaimingOptions['onProgress']) {
    this.#tell = tell
    this.#bytesInAll = packs.reduce((sum, { size }) => sum + size, 0)
    this.done(0)
  }

  done(bytes: number): void {
    this.#bytesDone += bytes
    this.#tell?.({ bytesDone: this.#bytesDone, bytesInAll: this.#bytesInAll })
  }
}

function byLive(one: Candidate, other: Candidate): number {
  return one.bytesLive / one.size - other.bytesLive / other.size
}
