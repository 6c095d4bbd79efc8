import type { Logger } from '@flotilla/core/observe'
import type { BlobRow, Catalogue } from '../../catalogue/contract.ts'
import { walkBlob } from '../../tree/blob-walk.ts'
import type { WantedChunk } from '../../tree/contract.ts'
import type { BlobId, ChunkId } from '../../types.ts'
import type { Vault } from '../../vault/contract.ts'
import type { CheckOptions, CheckReport } from '../contract.ts'
import type { Holds } from '../holds.ts'
import { Findings } from './findings.ts'
import { Mender } from './mender.ts'

export interface CheckParts {
  readonly vault: Vault
  readonly holds: Holds
  readonly keys: { rewrite(): Promise<void> }
  readonly logger: Logger
  readonly limits: { readonly pageRows: number; readonly findingsMax: number; readonly blobsPerFindingMax: number }
}

/**
 * Reads the catalogue, every chunk, and every blob's tree. What is damaged the vault forgets, so that the walk over the
 * trees misses it: there it is brought from elsewhere, and there it shows which blobs are hurt.
 */
export async function check(parts: CheckParts, options: CheckOptions, signal: AbortSignal): Promise<CheckReport> {
  const { logger, vault, limits } = parts
  const findings = new Findings(limits, options.onFinding)
  await checkCatalogue(parts, findings, options)
  const { onProgress } = options
  const scrubbed = await vault.scrub({
    bytesPerSecond: options.bytesPerSecond ?? Number.MAX_SAFE_INTEGER,
    signal,
    onDamage: (damage) => {
      logger.warn({ ...damage, place: undefined }, 'a chunk is damaged')
      findings.damagedChunk(damage)
    },
    ...(onProgress === undefined ? {} : { onProgress }),
  })
  const mender = new Mender(vault, options.bring, signal, logger)
  const blobsRead = await new TreeCheck(parts, findings, mender, signal).run()
  findings.tell(await hereAgain(vault.catalogue, findings.damagedIds()))
  const { damaged, missingCount: missing, mended, blobsHurt } = findings
  const { bytesRead, chunksRead } = scrubbed
  return { bytesRead, chunksRead, blobsRead, damaged, missing, mended, blobsHurt }
}

/** Others may have brought them meanwhile. */
async function hereAgain(catalogue: Catalogue, ids: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>> {
  const places = ids.length === 0 ? [] : await catalogue.places(ids)
  return new Set(ids.filter((_id, index) => places[index] !== undefined))
}

async function checkCatalogue(
  { vault: { catalogue }, keys, limits }: CheckParts,
  findings: Findings,
  { mendCatalogue = true }: CheckOptions,
): Promise<void> {
  const damages = await catalogue.verify(limits.findingsMax)
  if (damages.length > 0 && mendCatalogue) {
    await catalogue.mend()
    // A key is never lost with its row: everything that is sealed with it would be.
    await keys.rewrite()
  }
  for (const damage of damages) findings.catalogueDamaged(damage, mendCatalogue)
}

class TreeCheck {
  readonly #parts: CheckParts
  readonly #findings: Findings
  readonly #mender: Mender
  readonly #signal: AbortSignal

  constructor(parts: CheckParts, findings: Findings, mender: Mender, signal: AbortSignal) {
    this.#parts = parts
    this.#findings = findings
    this.#mender = mender
    this.#signal = signal
  }

  /** How many blobs there are. What is deleted meanwhile is held until its page is done: it is not missing. */
  async run(): Promise<number> {
    const { vault, holds, limits } = this.#parts
    let blobs = 0
    let after: BlobId | undefined
    for (;;) {
      this.#signal.throwIfAborted()
      const page = after === undefined ? { limit: limits.pageRows } : { after, limit: limits.pageRows }
      const found = await holds.look(() => vault.catalogue.blobs(page))
      if (found === undefined) return blobs
      using hold = found.hold
      await hold.use(() => this.#page(found.roots))
      blobs += found.roots.length
      after = found.roots.at(-1)?.id
      if (found.roots.length < limits.pageRows) return blobs
    }
  }

  /** Most blobs are one chunk: those are looked for together. */
  async #page(rows: readonly BlobRow[]): Promise<void> {
    const small = rows.filter(({ depth }) => depth === 0)
    const chunks = small.map(({ root, size }): WantedChunk => ({ id: root, kind: 'data', size }))
    await this.#look(chunks, (index) => small[index]?.id)
    for (const row of rows) if (row.depth > 0) await this.#tree(row)
  }

  async #tree(row: BlobRow): Promise<void> {
    this.#signal.throwIfAborted()
    await walkBlob(row, {
      source: { read: (wanted) => this.#mender.read(wanted, (chunk, isMended) => this.#miss(chunk, row.id, isMended)) },
      signal: this.#signal,
      visit: async (chunks) => {
        const data = chunks.filter(({ kind }) => kind === 'data')
        await this.#look(data, () => row.id)
        return chunks.map(({ id }) => id)
      },
      // It was told by the source, which knows whether it could be mended.
      onUnreadable: () => this.#findings.hurt(row.id),
    })
  }

  async #look(chunks: readonly WantedChunk[], blobOf: (index: number) => BlobId | undefined): Promise<void> {
    if (chunks.length === 0) return
    const places = await this.#parts.vault.catalogue.places(chunks.map(({ id }) => id))
    for (const [index, chunk] of chunks.entries()) {
      const blob = blobOf(index)
      if (places[index] !== undefined || blob === undefined) continue
      this.#miss(chunk, blob, await this.#mender.mend(chunk))
    }
  }

  #miss(chunk: WantedChunk, blob: BlobId, isMended: boolean): void {
    this.#findings.missing(chunk.id, blob, isMended)
    if (!isMended) this.#findings.hurt(blob)
  }
}
