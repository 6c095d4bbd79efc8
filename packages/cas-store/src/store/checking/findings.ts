import type { CatalogueDamage } from '../../catalogue/contract.ts'
import type { BlobId, ChunkId } from '../../types.ts'
import type { ChunkDamage } from '../../vault/contract.ts'
import type { CheckFinding } from '../contract.ts'

interface Missing {
  readonly blobs: Set<BlobId>
  isMended: boolean
}

/** What a check has found. It is told in the end, when it is known what could be mended; what is too much, at once. */
export class Findings {
  readonly #limits: { readonly findingsMax: number; readonly blobsPerFindingMax: number }
  readonly #onFinding: ((finding: CheckFinding) => void) | undefined
  readonly #damages: ChunkDamage[] = []
  readonly #missing = new Map<ChunkId, Missing>()
  readonly #hurt = new Set<BlobId>()
  damaged = 0
  missingCount = 0
  mended = 0

  constructor(
    limits: { readonly findingsMax: number; readonly blobsPerFindingMax: number },
    onFinding: ((finding: CheckFinding) => void) | undefined,
  ) {
    this.#limits = limits
    this.#onFinding = onFinding
  }

  get blobsHurt(): readonly BlobId[] {
    return [...this.#hurt].toSorted()
  }

  catalogueDamaged(damage: CatalogueDamage, isMended: boolean): void {
    this.damaged++
    if (isMended) this.mended++
    this.#onFinding?.({ type: 'catalogue-damaged', damage, isMended })
  }

  damagedChunk(damage: ChunkDamage): void {
    this.damaged++
    if (this.#damages.length < this.#limits.findingsMax) this.#damages.push(damage)
    else this.#onFinding?.({ type: 'chunk-damaged', damage, isMended: false })
  }

  missing(id: ChunkId, blob: BlobId, isMended: boolean): void {
    const known = this.#missing.get(id)
    if (known !== undefined) {
      if (known.blobs.size < this.#limits.blobsPerFindingMax) known.blobs.add(blob)
      if (isMended && !known.isMended) this.mended++
      known.isMended ||= isMended
      return
    }
    this.missingCount++
    if (isMended) this.mended++
    if (this.#missing.size < this.#limits.findingsMax) this.#missing.set(id, { blobs: new Set([blob]), isMended })
    else this.#onFinding?.({ type: 'chunk-missing', id, blobs: [blob], isMended })
  }

  hurt(blob: BlobId): void {
    if (this.#hurt.size < this.#limits.findingsMax) this.#hurt.add(blob)
  }

  damagedIds(): readonly ChunkId[] {
    return this.#damages.flatMap(({ id }) => id ?? [])
  }

  /** `here`: those of the damaged chunks that are here again. */
  tell(here: ReadonlySet<ChunkId>): void {
    for (const damage of this.#damages) {
      const isMended = damage.id !== undefined && here.has(damage.id)
      this.#onFinding?.({ type: 'chunk-damaged', damage, isMended })
    }
    for (const [id, { blobs, isMended }] of this.#missing) {
      this.#onFinding?.({ type: 'chunk-missing', id, blobs: [...blobs].toSorted(), isMended })
    }
  }
}
