import { assert, FlotillaError } from '@flotilla/core/errors'
import { walkBlob } from '../../tree/blob-walk.ts'
import type { ChunkSource, WantedChunk } from '../../tree/contract.ts'
import type { ChunkId } from '../../types.ts'
import type { VaultSession } from '../../vault/contract.ts'
import type { IdentifiedBlob, PullOptions, PullReport, TransferErrorCode } from '../contract.ts'
import { expectedBytes } from '../limits.ts'
import { Pace } from '../pace.ts'
import { bySize, inBatches } from '../batches.ts'
import { checkBlobId, DifferentLists } from '../serving/blob-check.ts'
import { arrival } from '../serving/push-receiving.ts'
import type { TransferContext } from '../transfer-context.ts'
import { handledElsewhere } from '../waiting.ts'
import type { AcceptChunks, ChunkFetcher } from './chunk-fetcher.ts'
import { acceptById } from './remote-source.ts'

export interface PullingOptions {
  readonly context: TransferContext
  readonly session: VaultSession
  readonly fetcher: ChunkFetcher
  readonly options: PullOptions
  readonly signal: AbortSignal
}

/** Keeps chunks as they come; the vault verifies them, so nothing is hashed twice unless somebody lies. */
export function acceptByTaking(context: TransferContext, session: VaultSession): AcceptChunks {
  return async (kind, chunks) => {
    try {
      await session.take(kind, chunks)
      return chunks.map(() => true)
    } catch (error) {
      if (!(error instanceof FlotillaError) || error.code !== 'wrong-chunk') throw error
    }
    const verdicts = await acceptById(context)(kind, chunks)
    await session.take(
      kind,
      chunks.filter((_, index) => verdicts[index] === true),
    )
    return verdicts
  }
}

/** Groups of chunks that are fetched at the same time; the fetcher bounds how much of them is under way. */
const groupsAtOnce = 8

/** Brings a whole blob here. */
export class Pulling {
  readonly #context: TransferContext
  readonly #session: VaultSession
  readonly #fetcher: ChunkFetcher
  readonly #options: PullOptions
  readonly #signal: AbortSignal
  readonly #pace: Pace
  /** Lists that this pull has brought can be read only once they are committed, so it keeps them until then. */
  readonly #freshLists = new Map<ChunkId, Uint8Array>()
  readonly #underWay = new Set<Promise<void>>()
  #bytesHere = 0
  #bytesFetched = 0
  #chunksFetched = 0
  #bytesSinceCommit = 0

  constructor({ context, session, fetcher, options, signal }: PullingOptions) {
    this.#context = context
    this.#session = session
    this.#fetcher = fetcher
    this.#options = options
    this.#signal = signal
    this.#pace = new Pace(context.clock, options.bytesPerSecond)
  }

  async run(blob: IdentifiedBlob): Promise<PullReport> {
    const { vault, clock, settings, hooks } = this.#context
    await checkBlobId(this.#context, blob)
    if ((await vault.catalogue.blob(blob.id)) !== undefined) return this.#report()
    await this.#checkRoom(blob)
    const untilMs = Math.ceil(clock.wallNow() + settings.partialKeptMs)
    await this.#session.commit([{ type: 'set-partial', partial: { ...blob, untilMs } }])
    try {
      await this.#walk(blob)
    } catch (error) {
      await this.#keepForLater()
      throw error
    }
    const changes = (await hooks.beforeCommit?.(blob, undefined)) ?? []
    await this.#session.commit([...arrival(blob, Math.trunc(clock.wallNow())), ...changes])
    return this.#report()
  }

  /** What has come is of use to the next attempt. */
  async #keepForLater(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    try {
      await this.#session.commit([])
    } catch (error) {
      this.#context.logger.warn({ err: error }, 'what has come of a blob could not be kept')
    }
  }

  async #walk(blob: IdentifiedBlob): Promise<void> {
    const lists = new DifferentLists(this.#context.settings.listsMax)
    await walkBlob(blob, {
      source: this.#lists,
      signal: this.#signal,
      visit: async (chunks) => {
        for (const batch of inBatches(chunks, this.#context.settings.batchChunksMax)) await this.#bring(batch, blob)
        return lists.unseen(chunks)
      },
    })
    await Promise.all(this.#underWay)
  }

  readonly #lists: ChunkSource = {
    letGo: (chunks) => this.#fetcher.letGo(chunks),
    read: async (wanted, options) => {
      const old = wanted.filter(({ id }) => !this.#freshLists.has(id))
      const found = old.length === 0 ? [] : await this.#context.vault.read(old, options)
      const known = new Map(old.map(({ id }, index) => [id, found[index] as Uint8Array]))
      return wanted.map(({ id }) => {
        const bytes = known.get(id) ?? this.#freshLists.get(id)
        assert(bytes !== undefined, 'a list is fetched before it is read')
        this.#freshLists.delete(id)
        return bytes
      })
    },
  }

  async #bring(chunks: readonly WantedChunk[], blob: IdentifiedBlob): Promise<void> {
    const missing = new Set(await this.#session.missing(chunks.map(({ id }) => id)))
    const lacked = chunks.filter(({ id }) => missing.has(id))
    this.#progress(
      chunks.filter(({ id }) => !missing.has(id)),
      blob,
    )
    const { settings } = this.#context
    for (const group of bySize(lacked, settings.batchBytesMax, (chunk) => expectedBytes(chunk, settings))) {
      await this.#pace.pass(
        group.reduce((sum, chunk) => sum + expectedBytes(chunk, settings), 0),
        { signal: this.#signal },
      )
      const fetching = this.#fetch(group, blob)
      handledElsewhere(fetching)
      // The lists are needed before the walk can go on.
      if (group[0]?.kind === 'list') {
        await fetching
        continue
      }
      this.#underWay.add(fetching)
      handledElsewhere(fetching.then(() => this.#underWay.delete(fetching)))
      if (this.#underWay.size >= groupsAtOnce) await Promise.race(this.#underWay)
    }
  }

  async #fetch(group: readonly WantedChunk[], blob: IdentifiedBlob): Promise<void> {
    const found = await this.#fetcher.fetch(group, this.#signal)
    for (const [index, { id, kind, size }] of group.entries()) {
      const list = found[index] as Uint8Array
      if (kind === 'list') this.#freshLists.set(id, list)
      const bytes = kind === 'list' ? list.length : size
      this.#bytesFetched += bytes
      this.#bytesSinceCommit += bytes
    }
    this.#chunksFetched += group.length
    this.#progress(group, blob)
    if (this.#bytesSinceCommit < this.#context.settings.checkpointBytes) return
    this.#bytesSinceCommit = 0
    await this.#session.commit([])
  }

  #progress(chunks: readonly WantedChunk[], blob: IdentifiedBlob): void {
    for (const { kind, size } of chunks) if (kind === 'data') this.#bytesHere += size
    this.#options.onProgress?.({ bytesHere: Math.min(this.#bytesHere, blob.size), bytesInAll: blob.size })
  }

  async #checkRoom(blob: IdentifiedBlob): Promise<void> {
    const { hooks, settings } = this.#context
    const free = await hooks.freeBytes()
    if (free >= settings.freeBytesReserve) return
    throw new FlotillaError<TransferErrorCode>(
      'disk-full',
      `there is no room for blob ${blob.id}: ${free} bytes are free`,
      {
        hint: `nothing more is taken while less than ${settings.freeBytesReserve} bytes are free (freeBytesReserve)`,
      },
    )
  }

  #report(): PullReport {
    return { ...this.#fetcher.report, bytesFetched: this.#bytesFetched, chunksFetched: this.#chunksFetched }
  }
}
