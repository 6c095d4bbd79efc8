import type { NodeId } from '@flotilla/core/ids'
import type { WantedChunk } from '../../tree/contract.ts'
import type { FetchReport, RemoteSource } from '../contract.ts'
import type { TransferContext } from '../transfer-context.ts'
import { ChunkFetcher, type AcceptChunks } from './chunk-fetcher.ts'

/** Verifies chunks by their ids; keeps nothing. */
export function acceptById({ workshop }: TransferContext): AcceptChunks {
  return async (kind, chunks) => {
    const ids = await workshop.identify(
      kind,
      chunks.map(({ bytes }) => bytes),
    )
    return chunks.map(({ id }, index) => ids[index] === id)
  }
}

/** A source of chunks that are elsewhere. */
export class FetchingSource implements RemoteSource {
  readonly fetcher: ChunkFetcher

  readonly #onClosed: (fetcher: ChunkFetcher) => void

  constructor(context: TransferContext, holders: () => readonly NodeId[], onClosed: (fetcher: ChunkFetcher) => void) {
    this.#onClosed = onClosed
    this.fetcher = new ChunkFetcher({ context, holders, accept: acceptById(context), gives: 'everything' })
  }

  get report(): FetchReport {
    return this.fetcher.report
  }

  read(
    wanted: readonly WantedChunk[],
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<readonly Uint8Array[]> {
    return this.fetcher.fetch(wanted, signal)
  }

  letGo(chunks: readonly Uint8Array[]): void {
    this.fetcher.letGo(chunks)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#onClosed(this.fetcher)
    return this.fetcher[Symbol.asyncDispose]()
  }
}
