import type { IncomingMessage } from 'node:http'
import { ProtocolError } from '@flotilla/core/errors'
import type { BodyDeadline } from './body-deadline.ts'

/** What a client sends, however much that is, as quickly as it is taken. Nothing is read before it is iterated. */
export async function* bodyOf(request: IncomingMessage, deadline: BodyDeadline): AsyncGenerator<Uint8Array, void> {
  // What is left over of one that is refused meanwhile is read and dropped by the server, so that the answer is read.
  const pieces = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  deadline.goesOn()
  try {
    for await (const piece of pieces) {
      deadline.goesOn()
      yield piece
    }
  } catch (error) {
    throw new ProtocolError('upload-broken', 'the connection broke before everything had come', {
      hint: 'nothing of it was kept: send it again',
      cause: error,
    })
  }
  if (request.complete) return
  throw new ProtocolError('upload-broken', 'what was sent ends too early', { hint: 'send it again' })
}
