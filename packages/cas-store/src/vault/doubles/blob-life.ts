import { assert } from '@flotilla/core/errors'
import type { Prng } from '@flotilla/core/random'
import { codeOf } from '../../store/errors.ts'
import type { AddedChunk } from '../../tree/contract.ts'
import type { ChunkId } from '../../types.ts'
import type { Vault } from '../contract.ts'
import type { BlobsTwin, TwinBlob } from './blobs-twin.ts'
import type { PlainCatalogue, PlainTables } from './plain-catalogue.ts'

export interface BlobLifeOptions {
  readonly prng: Prng
  readonly vault: Vault
  readonly catalogue: PlainCatalogue
  readonly tables: PlainTables
  readonly twin: BlobsTwin
  readonly rotate: () => void
}

/** What a store does with a vault, in few lines: blobs of one list and its chunks. Each says what came of it. */
export class BlobLife {
  readonly #options: BlobLifeOptions
  /** Each blob that is being read keeps its chunks from being collected. */
  readonly #reading = new Set<TwinBlob>()
  #isResealing = false

  constructor(options: BlobLifeOptions) {
    this.#options = options
  }

  async put(): Promise<string> {
    const { prng, vault, twin } = this.#options
    const contents = Array.from({ length: prng.between(1, 6) }, () => prng.below(twin.contents.length))
    const cut = prng.between(0, contents.length)
    const commitsBetween = prng.chance(1, 4)
    const givesUp = prng.chance(1, 8)
    await using session = vault.session()
    const parts = [contents.slice(0, cut), contents.slice(cut)]
    const adding = parts.map((part) =>
      session.add(
        'data',
        part.map((index) => twin.content(index)),
      ),
    )
    const outcomes = await Promise.allSettled(adding)
    const added: AddedChunk[] = []
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason
      added.push(...outcome.value)
    }
    if (commitsBetween) await session.commit([])
    const [root] = await session.add('list', [encodeList(added.map(({ id }) => id))])
    assert(root !== undefined, 'one was added')
    if (givesUp) return 'gave up'
    const blob = twin.begin(contents)
    const row = { id: blob.id, size: 0, depth: 1, root: root.id, putAtMs: 0 }
    await session.commit([{ type: 'add-blob', blob: row }])
    // A deletion cannot have begun: it takes what is here.
    blob.state = 'here'
    return added.some(({ isKnown }) => isKnown) ? 'shared' : 'put'
  }

  /** As a download does that finds a list here: what is below the list it has not asked for yet. */
  async touchRoot(): Promise<string> {
    const { prng, vault, twin, tables } = this.#options
    const blobs = twin.here()
    if (blobs.length === 0) return 'nothing to touch'
    const row = tables.blobs.get(prng.pick(blobs).id)
    if (row === undefined) return 'nothing to touch'
    await using session = vault.session()
    const missing = await session.missing([row.root])
    return missing.length === 0 ? 'touched' : 'nothing to touch'
  }

  async delete(): Promise<string> {
    const { prng, catalogue, twin } = this.#options
    const blobs = twin.here()
    if (blobs.length === 0) return 'nothing to delete'
    const blob = prng.pick(blobs)
    blob.state = 'deleting'
    await catalogue.commit([{ type: 'remove-blob', id: blob.id }])
    blob.state = 'gone'
    return 'deleted'
  }

  async collect(): Promise<string> {
    const { vault, catalogue, prng } = this.#options
    await using collection = await vault.collection()
    const roots = (await catalogue.blobs({ limit: 10_000 })).map(({ root }) => root)
    await this.#mark(roots, (ids) => collection.mark(ids))
    if (prng.chance(1, 8)) return 'collection given up'
    const reading = [...this.#reading].flatMap(({ id }) => {
      const row = this.#options.tables.blobs.get(id)
      return row === undefined ? [] : [row.root]
    })
    await this.#mark(reading, (ids) => collection.mark(ids))
    const report = await collection.finish({})
    if (report.packsRemoved > 0) return 'packs removed'
    return report.chunksForgotten > 0 ? 'collected' : 'nothing to collect'
  }

  async read(): Promise<string> {
    const { prng, twin } = this.#options
    const blobs = twin.here()
    if (blobs.length === 0) return 'nothing to read'
    const blob = prng.pick(blobs)
    try {
      await this.#readBlob(blob)
    } catch (error) {
      // Whoever reads without holding the blob may lose it to a deletion, and to nothing else.
      const isDeleted = blob.state === 'gone' || blob.state === 'deleting'
      if (isDeleted && codeOf(error) === 'not-found') return 'read too late'
      throw error
    }
    return 'read'
  }

  /** Whatever blob is here can be read wholly. */
  async readAll(): Promise<void> {
    for (const blob of this.#options.twin.here()) {
      try {
        await this.#readBlob(blob)
      } catch (error) {
        if (codeOf(error) !== 'io-failed') throw error
      }
    }
  }

  async scrub(): Promise<string> {
    const report = await this.#options.vault.scrub({
      bytesPerSecond: Infinity,
      onDamage: (damage) => assert(false, `nothing is damaged, yet ${JSON.stringify(damage)}`),
    })
    return report.chunksRead > 0 ? 'scrubbed' : 'nothing to scrub'
  }

  async reseal(): Promise<string> {
    if (this.#isResealing) return 'nothing to reseal'
    this.#isResealing = true
    try {
      this.#options.rotate()
      const count = await this.#options.vault.reseal({ bytesPerSecond: Infinity })
      return count > 0 ? 'resealed' : 'nothing to reseal'
    } finally {
      this.#isResealing = false
    }
  }

  async #readBlob(blob: TwinBlob): Promise<void> {
    const { vault, twin, tables } = this.#options
    const row = tables.blobs.get(blob.id)
    if (row === undefined) return
    const [list] = await vault.read([{ id: row.root, kind: 'list', size: 0 }], {})
    assert(list !== undefined, 'one was asked for')
    const ids = decodeList(list)
    assert(ids.length === blob.contents.length, 'the list is that of the blob')
    const wanted = ids.map((id, index) => {
      const size = twin.content(blob.contents[index] ?? -1).length
      return { id, kind: 'data' as const, size }
    })
    const found = await vault.read(wanted, {})
    for (const [index, bytes] of found.entries()) {
      const isRight = isSame(bytes, twin.content(blob.contents[index] ?? -1))
      assert(isRight, `chunk ${index} of the blob ${blob.id} is what was put`)
    }
  }

  async #mark(
    roots: readonly ChunkId[],
    mark: (ids: readonly ChunkId[]) => Promise<readonly ChunkId[]>,
  ): Promise<void> {
    for (const id of await mark(roots)) {
      const [list] = await this.#options.vault.read([{ id, kind: 'list', size: 0 }], {})
      assert(list !== undefined, 'one was asked for')
      await mark(decodeList(list))
    }
  }
}

function encodeList(ids: readonly ChunkId[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(ids))
}

function decodeList(bytes: Uint8Array): readonly ChunkId[] {
  return JSON.parse(new TextDecoder().decode(bytes)) as ChunkId[]
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}
