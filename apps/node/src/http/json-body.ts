import type { IncomingMessage } from 'node:http'
import { ProtocolError } from '@flotilla/core/errors'
import { nodeLimitsDefaults } from '../limits.ts'

/** What somebody has posted, of which nothing is known but that it is JSON. */
export async function readJson(
  request: IncomingMessage,
  documentBytesMax: number = nodeLimitsDefaults.documentBytesMax,
): Promise<unknown> {
  const isTooLong = (size: number): boolean => size > documentBytesMax
  if (isTooLong(Number(request.headers['content-length'] ?? 0))) throw tooLong(documentBytesMax)
  const parts: Buffer[] = []
  let size = 0
  // What is left over of one that is too long is read and dropped by the server, so that the answer can be sent.
  const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  for await (const part of body) {
    size += part.length
    if (isTooLong(size)) throw tooLong(documentBytesMax)
    parts.push(part)
  }
  return parsed(Buffer.concat(parts).toString('utf8'))
}

function tooLong(documentBytesMax: number): ProtocolError {
  return new ProtocolError('long-document', 'the document is too long', {
    hint: `send at most ${documentBytesMax} bytes`,
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ProtocolError('wrong-document', 'what was posted is not JSON', { hint: 'send an object', cause: error })
  }
}
