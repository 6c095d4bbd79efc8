import type { ChunkRow } from '../catalogue/contract.ts'
import { decodeRecord, readRuns, type ReadRun } from '../packs/index.ts'
import type { ChunkToSeal, SealedChunk } from '../sealing/contract.ts'
import { codeOf } from '../store/errors.ts'
import type { ChunkId, KeyEpoch } from '../types.ts'
import { giveBackOpened } from './opened-memory.ts'
import { RateLimit } from './rate-limit.ts'
import { RecordMove } from './record-moving.ts'
import type { VaultParts } from './vault-parts.ts'
import type { Session } from './vault-session.ts'

/**
 * Seals again what has an older key than the newest. How far it has come is in the catalogue: each row says which key
 * its chunk has, so after a restart it begins with what is left.
 */
export class Resealing {
  readonly #parts: VaultParts
  readonly #rate: RateLimit
  readonly #signal: AbortSignal | undefined

  constructor(parts: VaultParts, options: { readonly bytesPerSecond: number; readonly signal?: AbortSignal }) {
    this.#parts = parts
    this.#rate = new RateLimit(parts.clock, options.bytesPerSecond)
    this.#signal = options.signal
  }

  /** How many it has sealed again. `sessions` may have sealed with an older key, and not yet have committed that. */
  async run(sessions: readonly Session[]): Promise<number> {
    let resealed = await this.#passes()
    await this.#unlessAborted(Promise.all(sessions.map(({ over }) => over)))
    resealed += await this.#passes()
    return resealed
  }

  /** Again and again, because chunks are moved by others, until there is nothing that can be done. */
  async #passes(): Promise<number> {
    let resealed = 0
    for (;;) {
      const count = await this.#pass(this.#parts.workshop.epoch)
      if (count === 0) return resealed
      resealed += count
    }
  }

  async #pass(newest: KeyEpoch): Promise<number> {
    const { catalogue, limits } = this.#parts
    let resealed = 0
    let after: ChunkId | undefined
    for (;;) {
      const page = after === undefined ? { limit: limits.pageRows } : { after, limit: limits.pageRows }
      const rows = await catalogue.chunksBefore(newest, page)
      using move = new RecordMove(this.#parts)
      for (const run of readRuns(rows, limits)) {
        await this.#rate.pass(run.length, this.#signal)
        await this.#run(run, move)
      }
      await move.commit()
      resealed += move.count
      after = rows.at(-1)?.id
      if (rows.length < limits.pageRows) return resealed
    }
  }

  /** What cannot be opened stays as it is, for a scrub to tell. */
  async #run(run: ReadRun<ChunkRow>, move: RecordMove): Promise<void> {
    const { reader, workshop } = this.#parts
    try {
      await reader.read(
        run,
        async (records) => {
          const sealed: SealedChunk[] = []
          const rows: ChunkRow[] = []
          for (const [index, row] of run.items.entries()) {
            const bytes = decodeRecord(records[index] ?? new Uint8Array(), row, { checksum: false })
            if (bytes === undefined) continue
            sealed.push({ id: row.id, kind: row.kind, sealed: bytes })
            rows.push(row)
          }
          const opened = sealed.length === 0 ? [] : await workshop.open(sealed)
          const toSeal: ChunkToSeal[] = []
          const whose: ChunkRow[] = []
          for (const [index, row] of rows.entries()) {
            const chunk = opened[index]
            if (chunk?.type !== 'opened') continue
            toSeal.push({ id: row.id, kind: row.kind, bytes: chunk.bytes })
            whose.push(row)
          }
          if (toSeal.length === 0) return
          const anew = await workshop.seal(toSeal)
          giveBackOpened(workshop, opened)
          await move.add(whose.flatMap((row, index) => (anew[index] ? [{ row, sealed: anew[index] }] : [])))
          workshop.giveBack?.(anew)
        },
        this.#signal,
      )
    } catch (error) {
      if (codeOf(error) !== 'not-found') throw error
    }
  }

  async #unlessAborted(promise: Promise<unknown>): Promise<void> {
    const signal = this.#signal
    if (signal === undefined) return void (await promise)
    signal.throwIfAborted()
    let abort = (): void => {}
    const aborted = new Promise<never>((_resolve, reject) => {
      abort = () => reject(signal.reason as Error)
      signal.addEventListener('abort', abort, { once: true })
    })
    try {
      await Promise.race([promise, aborted])
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }
}
