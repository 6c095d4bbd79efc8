import type { BlobContent, GetOptions } from '../../blobs.ts'
import type { LocalStore } from '../../store/contract.ts'
import { blobError, codeOf } from '../../store/errors.ts'
import { checkRange } from '../../store/ranges.ts'
import { readBlob } from '../../tree/blob-reader.ts'
import type { ChunkSource, WantedChunk } from '../../tree/contract.ts'
import type { RemoteSource } from '../../transfer/contract.ts'
import type { BlobId, ByteRange } from '../../types.ts'
import type { Vault } from '../../vault/contract.ts'
import type { BlobSaid } from '../statements/statement.ts'

export interface ContentOptions {
  readonly local: LocalStore
  /** A source of those who have that blob now. */
  readonly remote: () => Promise<RemoteSource>
}

/**
 * The content of a blob: from here if it is here, and where that turns out to be damaged, from there on with what
 * others have; otherwise chunk by chunk, what is here from here and the rest from others.
 */
export async function contentOf(
  blob: BlobSaid,
  options: ContentOptions & { readonly get: GetOptions; readonly isHere: boolean },
): Promise<BlobContent> {
  const { get, isHere, local } = options
  const range = checkRange(get.range, blob.descriptor.size)
  const here = isHere ? await local.get(blob.id, get).catch(unlessMissing) : undefined
  return new ReplicatedContent(blob, range, here, options)
}

class ReplicatedContent implements BlobContent {
  readonly id: BlobId
  readonly size: number
  readonly range: ByteRange
  readonly #blob: BlobSaid
  readonly #here: BlobContent | undefined
  readonly #options: ContentOptions & { readonly get: GetOptions }
  #isTaken = false

  constructor(
    blob: BlobSaid,
    range: ByteRange,
    here: BlobContent | undefined,
    options: ContentOptions & { readonly get: GetOptions },
  ) {
    this.id = blob.id
    this.size = blob.descriptor.size
    this.range = range
    this.#blob = blob
    this.#here = here
    this.#options = options
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    if (this.#isTaken) {
      throw blobError('wrong-request', 'the content of a blob may be iterated once', { hint: 'get it again' })
    }
    this.#isTaken = true
    return this.#pieces()
  }

  async *#pieces(): AsyncGenerator<Uint8Array, undefined> {
    let given = 0
    if (this.#here !== undefined) {
      try {
        for await (const piece of this.#here) {
          given += piece.length
          yield piece
        }
        return
      } catch (error) {
        unlessMissing(error)
      }
    }
    yield* this.#mixed({ start: this.range.start + given, length: this.range.length - given })
  }

  async *#mixed(range: ByteRange): AsyncGenerator<Uint8Array, undefined> {
    const { local, remote, get } = this.#options
    const { signal } = get
    await using far = await remote()
    const source = nearFirst(local.vault, far)
    yield* readBlob(this.#blob.descriptor, { source, range, ...(signal === undefined ? {} : { signal }) })
  }
}

type ReadOptions = Parameters<ChunkSource['read']>[1]

/** What is here is read from here; what is not, or is damaged, comes from others. */
function nearFirst(near: Vault, far: ChunkSource): ChunkSource {
  const origins = new WeakMap<Uint8Array, ChunkSource>()
  const readFrom = async (source: ChunkSource, wanted: readonly WantedChunk[], options: ReadOptions) => {
    if (wanted.length === 0) return []
    const read = await source.read(wanted, options)
    for (const chunk of read) origins.set(chunk, source)
    return read
  }
  return {
    async read(wanted, options) {
      const places = await near.catalogue.places(wanted.map(({ id }) => id))
      const found = new Map<number, Uint8Array>()
      const here = [...wanted.keys()].filter((index) => places[index] !== undefined)
      const chosen = here.map((index) => wanted[index] as WantedChunk)
      try {
        const read = await readFrom(near, chosen, options)
        for (const [at, index] of here.entries()) found.set(index, read[at] as Uint8Array)
      } catch (error) {
        unlessMissing(error)
      }
      const missing = [...wanted.keys()].filter((index) => !found.has(index))
      const asked = missing.map((index) => wanted[index] as WantedChunk)
      const fetched = await readFrom(far, asked, options)
      for (const [at, index] of missing.entries()) found.set(index, fetched[at] as Uint8Array)
      return Array.from(wanted.keys(), (index) => found.get(index) as Uint8Array)
    },
    letGo(chunks) {
      for (const chunk of chunks) origins.get(chunk)?.letGo?.([chunk])
    },
  }
}

/** Undefined where others may help; throws everything else. */
function unlessMissing(error: unknown): undefined {
  const code = codeOf(error)
  if (code === 'not-found' || code === 'corrupt' || code === 'unavailable') return undefined
  throw error
}
