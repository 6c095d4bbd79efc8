import type { IncomingMessage } from 'node:http'
import type { Refusal } from './reply.ts'

const form = /^application\/json *(;|$)/i

/**
 * Undefined for a request that says that it carries JSON. Pages of other origins cannot make a browser send that
 * without asking first, and they are not answered.
 */
export function jsonRefusal(request: IncomingMessage): Refusal | undefined {
  return form.test(request.headers['content-type'] ?? '') ? undefined : notJson
}

const notJson: Refusal = {
  status: 415,
  code: 'not-json',
  message: 'only JSON documents can be posted',
  hint: 'send one, and `Content-Type: application/json`',
}
