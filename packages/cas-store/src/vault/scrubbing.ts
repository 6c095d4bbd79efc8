import { FlotillaError } from '@flotilla/core/errors'
import type { ChunkRow, PackUse } from '../catalogue/contract.ts'
import { decodePackHeader, decodeRecord, packHeaderBytes, packVersion, readRuns, type ReadRun } from '../packs/index.ts'
import type { SealedChunk } from '../sealing/contract.ts'
import { codeOf } from '../store/errors.ts'
import type { PackId } from '../types.ts'
import { isSamePlace } from './chunk-reading.ts'
import type { ChunkDamage, ScrubOptions, ScrubReport } from './contract.ts'
import { freeRecords, giveBackOpened } from './opened-memory.ts'
import { Quarantine } from './quarantine.ts'
import { RateLimit } from './rate-limit.ts'
import { Reclaiming } from './reclaiming.ts'
import type { VaultParts } from './vault-parts.ts'

interface Suspect {
  readonly row: ChunkRow
  readonly why: ChunkDamage['why']
  /** What was found in its place, as far as it could be read. */
  readonly record: Uint8Array
}

/**
 * Reads every record that the catalogue knows, checks checksum and seal, and forgets what is damaged, after its bytes
 * were copied to the quarantine. Which flipped bits are told:
 * - in a record that is known: told, whatever bit it is, and forgotten;
 * - in the header of a pack: told, without an id. It hides no chunk, since only a scrub reads it; what is in the pack
 *   is moved to another one, which mends it;
 * - anywhere else in a pack: harmless and not told. Nobody reads what no row names, and a collection gives it back.
 */
export class Scrubbing {
  readonly #parts: VaultParts
  readonly #options: ScrubOptions
  readonly #rate: RateLimit
  readonly #quarantine: Quarantine
  #bytesRead = 0
  #chunksRead = 0
  #damaged = 0

  constructor(parts: VaultParts, options: ScrubOptions) {
    this.#parts = parts
    this.#options = options
    this.#rate = new RateLimit(parts.clock, options.bytesPerSecond)
    const { disk, logger, limits } = parts
    this.#quarantine = new Quarantine({ disk, logger, filesMax: limits.quarantinedMax })
  }

  async run(): Promise<ScrubReport> {
    const uses = await this.#parts.catalogue.packs()
    const bytesInAll = uses.reduce((sum, { bytes }) => sum + bytes, 0)
    for (const use of uses) await this.#pack(use, bytesInAll)
    return { bytesRead: this.#bytesRead, chunksRead: this.#chunksRead, damaged: this.#damaged }
  }

  async #pack({ pack }: PackUse, bytesInAll: number): Promise<void> {
    const { catalogue, limits, writer } = this.#parts
    const header = await this.#header(pack)
    let after: number | undefined
    for (;;) {
      const page = after === undefined ? { limit: limits.pageRows } : { after, limit: limits.pageRows }
      const rows = await catalogue.chunksOf(pack, page)
      for (const run of readRuns(rows, limits)) {
        await this.#rate.pass(run.length, this.#options.signal)
        await this.#settle(await this.#run(run))
        this.#options.onProgress?.({ bytesRead: Math.min(this.#bytesRead, bytesInAll), bytesInAll })
      }
      after = rows.at(-1)?.place.position
      if (rows.length < limits.pageRows) break
    }
    if (header !== 'damaged') return
    this.#tell({ id: undefined, pack, place: undefined, why: 'wrong-record' })
    // What is being written is left alone: it is told again by the next scrub.
    if (!writer.held().has(pack)) await new Reclaiming(this.#parts).empty(pack, this.#options.signal)
  }

  async #header(pack: PackId, isSecondTime = false): Promise<'intact' | 'damaged' | 'missing'> {
    try {
      const header = decodePackHeader(await this.#parts.reader.head(pack, packHeaderBytes))
      if (header.type === 'newer') throw unknownVersion(pack, header.version)
      return header.type === 'known' && header.pack === pack ? 'intact' : 'damaged'
    } catch (error) {
      if (codeOf(error) === 'not-found') return 'missing'
      if (codeOf(error) !== 'io-failed') throw error
      return isSecondTime ? 'damaged' : this.#header(pack, true)
    }
  }

  /** Those that are not what was written there. */
  async #run(run: ReadRun<ChunkRow>, isSecondTime = false): Promise<readonly Suspect[]> {
    try {
      const suspects = await this.#parts.reader.read(run, (records) => this.#check(run.items, records))
      this.#bytesRead += run.length
      this.#chunksRead += run.items.length
      return suspects
    } catch (error) {
      if (codeOf(error) === 'not-found') return run.items.map((row) => suspect(row, 'missing-pack'))
      if (codeOf(error) !== 'io-failed') throw error
      return isSecondTime ? this.#unreadable(run, error) : this.#oneByOne(run)
    }
  }

  /** A sector that cannot be read hides the records that lie in it, and no others. */
  async #oneByOne(run: ReadRun<ChunkRow>): Promise<readonly Suspect[]> {
    const suspects: Suspect[] = []
    for (const row of run.items) {
      const { pack, position, length } = row.place
      suspects.push(...(await this.#run({ pack, position, length, items: [row] }, true)))
    }
    return suspects
  }

  /** Where nothing at all can be read, the disk is gone rather than the chunk. */
  #unreadable(run: ReadRun<ChunkRow>, error: unknown): readonly Suspect[] {
    if (this.#chunksRead === 0) throw error
    return run.items.map((row) => suspect(row, 'wrong-record'))
  }

  async #check(rows: readonly ChunkRow[], records: readonly Uint8Array[]): Promise<readonly Suspect[]> {
    const suspects: Suspect[] = []
    const sealed: SealedChunk[] = []
    const whose: { readonly row: ChunkRow; readonly record: Uint8Array }[] = []
    for (const [index, row] of rows.entries()) {
      const record = records[index] ?? new Uint8Array()
      const bytes = decodeRecord(record, row, { checksum: true })
      if (bytes === undefined) suspects.push(suspect(row, 'wrong-record', record))
      else {
        sealed.push({ id: row.id, kind: row.kind, sealed: bytes })
        whose.push({ row, record })
      }
    }
    const opened = sealed.length === 0 ? [] : await this.#parts.workshop.open(sealed)
    for (const [index, { row, record }] of whose.entries()) {
      const chunk = opened[index]
      if (chunk?.type === 'opened') continue
      const why = chunk?.why ?? 'wrong-format'
      suspects.push(suspect(row, why === 'wrong-format' ? 'wrong-record' : why, record))
    }
    giveBackOpened(this.#parts.workshop, opened)
    if (suspects.length === 0) freeRecords(records, opened)
    return suspects
  }

  /** Those that still are where they were looked for are damaged: they are kept to look at, forgotten, and told. */
  async #settle(suspects: readonly Suspect[]): Promise<void> {
    if (suspects.length === 0) return
    const { catalogue } = this.#parts
    const places = await catalogue.places(suspects.map(({ row }) => row.id))
    const damaged = suspects.filter(({ row }, index) => {
      const place = places[index]
      return place !== undefined && isSamePlace(place, row.place)
    })
    const dropped: ChunkRow[] = []
    for (const { row, why, record } of damaged) {
      const isKept = await this.#quarantine.keep(row, record)
      // A record that is intact and only lacks its key can be read again once the key is back: it is not thrown away.
      if (isKept || why !== 'unknown-key') dropped.push(row)
    }
    if (dropped.length > 0) await catalogue.commit([{ type: 'drop-chunks', chunks: dropped }])
    for (const { row, why } of damaged) this.#tell({ id: row.id, pack: row.place.pack, place: row.place, why })
  }

  #tell(damage: ChunkDamage): void {
    const { instruments, logger } = this.#parts
    this.#damaged++
    instruments.damaged(damage.why)
    logger.warn({ ...damage }, 'something that the disk holds is not what was written there')
    this.#options.onDamage(damage)
  }
}

function suspect(row: ChunkRow, why: Suspect['why'], record: Uint8Array = new Uint8Array()): Suspect {
  return { row, why, record }
}

function unknownVersion(pack: PackId, version: number): FlotillaError {
  return new FlotillaError(
    'unknown-version',
    `the pack ${pack} has version ${version}; this program knows ${packVersion}`,
    { hint: 'use the newer program that wrote it' },
  )
}
