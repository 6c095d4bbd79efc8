import type { IncomingMessage } from 'node:http'
import { FlotillaError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../limits.ts'
import type { ContentClient } from '../running-node/content-client.ts'
import type { Progress } from '../terminal/progress-bar.ts'
import { blobPath } from './blob-path.ts'
import { PartialFile } from './partial-file.ts'

export interface FetchedBlob {
  readonly id: string
  /** Of the blob, or of the part that was asked for. */
  readonly size: number
  /** Of them, what an earlier attempt had fetched already. */
  readonly bytesKept: number
}

type OnProgress = (progress: Progress) => void

/** Into that file, which is complete or not there; what an earlier attempt has left is gone on with. */
export async function fetchToFile(
  client: ContentClient,
  {
    ref,
    id,
    size,
    target,
  }: { readonly ref: string; readonly id: string; readonly size: number; readonly target: string },
  onProgress: OnProgress,
): Promise<FetchedBlob> {
  await using partial = await PartialFile.open(target, id, size)
  const bytesKept = partial.size
  if (bytesKept < size) {
    // By its id, so that it is the same blob even if the name stands for another one since.
    const response = await client.fetch(blobPath(id), { Range: `bytes=${bytesKept}-` })
    await take(response, ref, async (piece) => {
      await partial.append(piece)
      onProgress({ done: partial.size, inAll: size, saved: bytesKept })
    })
  }
  if (partial.size !== size) throw brokenOff(ref)
  await partial.finish()
  return { id, size, bytesKept }
}

/** Into whatever takes it, piece by piece; all of it, or that part. */
export async function fetchTo(
  client: ContentClient,
  { ref, range }: { readonly ref: string; readonly range: string | undefined },
  into: (piece: Uint8Array) => Promise<void>,
  onProgress: OnProgress,
): Promise<FetchedBlob> {
  const response = await client.fetch(blobPath(ref), range === undefined ? {} : { Range: `bytes=${range}` })
  const size = Number(response.headers['content-length'])
  const id = /^"([0-9a-f]{64})"$/.exec(response.headers.etag ?? '')?.[1] ?? ''
  let done = 0
  await take(response, ref, async (piece) => {
    await into(piece)
    done += piece.length
    onProgress({ done, inAll: size })
  })
  if (done !== size) throw brokenOff(ref)
  return { id, size, bytesKept: 0 }
}

async function take(response: IncomingMessage, ref: string, into: (piece: Uint8Array) => Promise<void>): Promise<void> {
  const silence = (): void => void response.destroy(brokenOff(ref))
  let timer = setTimeout(silence, cliLimitsDefaults.contentSilenceMsMax)
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      // How long writing takes is not the node's.
      clearTimeout(timer)
      await into(piece)
      timer = setTimeout(silence, cliLimitsDefaults.contentSilenceMsMax)
    }
  } catch (error) {
    throw error instanceof FlotillaError ? error : brokenOff(ref, error)
  } finally {
    clearTimeout(timer)
    response.destroy()
  }
}

/** The node cuts an answer short where it finds no right bytes to go on with. */
function brokenOff(ref: string, cause?: unknown): FlotillaError {
  return new FlotillaError('blob-broken-off', `the content of ${JSON.stringify(ref)} broke off`, {
    hint: 'the log of the node says why; `flotilla blob fsck` looks for damage; fetching it again goes on',
    cause,
  })
}
