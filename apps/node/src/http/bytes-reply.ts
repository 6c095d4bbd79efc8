import type { ServerResponse } from 'node:http'
import { FlotillaError } from '@flotilla/core/errors'
import { after, type Clock } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../limits.ts'
import { securityHeaders } from './security-headers.ts'

/** An answer of many bytes, of which nobody has to have all at once. */
export interface BytesReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | number>>
  /** As many as `Content-Length` says; undefined in the answer to HEAD. */
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
      if (!response.write(piece)) await drained(response, clock)
    }
    response.end()
  } catch (error) {
    response.destroy()
    throw error
  }
}

/** Resolves when there is room for more, or nobody reads any more; a reader that sleeps for too long is cut off. */
function drained(response: ServerResponse, clock: Clock): Promise<void> {
  if (response.destroyed) return Promise.resolve()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = clock.wakeAt(after(clock.now(), nodeLimitsDefaults.downloadSilenceMsMax), () =>
    reject(
      new FlotillaError('reader-asleep', 'who asked for this has not read on for too long', { hint: 'ask again' }),
    ),
  )
  response.once('drain', resolve)
  response.once('close', resolve)
  return promise.finally(() => {
    timer[Symbol.dispose]()
    response.off('drain', resolve)
    response.off('close', resolve)
  })
}
