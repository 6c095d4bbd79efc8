import type { ServerResponse } from 'node:http'
import { FlotillaError } from '@flotilla/core/errors'
import { after, type Clock } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../limits.ts'
import { securityHeaders } from './security-headers.ts'

/** An answer of many bytes, of which nobody has to have all at once. */
export interface BytesReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | number>>
  /**
   * As many as `Content-Length` says; undefined in the answer to HEAD. Pieces may be lent: each has been handed to the
   * system when the next one is asked for.
   */
  readonly bytes: AsyncIterable<Uint8Array> | undefined
}

/**
 * What has begun can only be broken off: whoever reads sees that it is shorter than was said. Rejects with why it
 * broke, unless the reader itself has gone.
 */
export async function sendBytes(
  response: ServerResponse,
  { status, headers, bytes }: BytesReply,
  clock: Clock,
): Promise<void> {
  response.writeHead(status, { ...securityHeaders, ...headers })
  try {
    for await (const piece of bytes ?? []) {
      if (response.destroyed) break
      await written(response, piece, clock)
    }
    response.end()
  } catch (error) {
    response.destroy()
    throw error
  }
}

/**
 * Resolves when nothing reads the piece any more: it has been written, or nobody reads the answer. A reader that sleeps
 * for too long is cut off.
 */
async function written(response: ServerResponse, piece: Uint8Array, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let isAsleep = false
  const timer = clock.wakeAt(after(clock.now(), nodeLimitsDefaults.downloadSilenceMsMax), () => {
    isAsleep = true
    // Before whoever lent the piece has it back: nothing of what he writes there may go out.
    response.destroy()
  })
  // A write that fails says so here as well, and what becomes of the answer is seen there.
  response.once('close', resolve)
  response.write(piece, () => resolve())
  try {
    await promise
  } finally {
    timer[Symbol.dispose]()
    response.off('close', resolve)
  }
  if (!isAsleep) return
  throw new FlotillaError('reader-asleep', 'who asked for this has not read on for too long', { hint: 'ask again' })
}
