import { FlotillaError } from '@flotilla/core/errors'
import type { ContentClient } from '../running-node/content-client.ts'
import type { Progress } from '../terminal/progress-bar.ts'
import { blobPath } from './blob-path.ts'
import { openSource } from './file-source.ts'
import { readPutBlob, type PutBlob } from './put-blob.ts'

export interface UploadWish {
  /** A path, or `-` for standard input. */
  readonly from: string
  readonly name: string | undefined
  readonly copies: string | undefined
}

export interface UploadedBlob {
  readonly put: PutBlob
  /** Of the file when it was opened; undefined where it is no plain one. */
  readonly signature: string | undefined
}

/** Puts a file into the store, and tells how far that has come. */
export async function uploadFile(
  client: ContentClient,
  wish: UploadWish,
  onProgress: (progress: Progress) => void,
): Promise<UploadedBlob> {
  await using source = await openSource(wish.from)
  const { readable, size, signature, failure } = source
  const path = wish.name === undefined ? '/v1/blobs' : blobPath(wish.name)
  const query = wish.copies === undefined ? '' : `?copies=${encodeURIComponent(wish.copies)}`
  try {
    using events = await client.upload(`${path}${query}`, { source: readable, size })
    for await (const event of events) {
      const type = event.text('event')
      if (type === 'done') return { put: readPutBlob(event.object('done')), signature }
      if (type !== 'progress') continue
      const progress = event.object('progress')
      onProgress({ done: progress.count('bytesRead'), inAll: size, saved: progress.count('bytesKnown') })
    }
  } catch (error) {
    throw failure() ?? error
  }
  throw new FlotillaError('no-answer', 'the node stopped before it had taken everything', { hint: 'try again' })
}
