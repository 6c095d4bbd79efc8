import type { IncomingMessage } from 'node:http'
import { FlotillaError } from '@flotilla/core/errors'
import { httpRequest, httpsRequest } from '../../http/plain-http.ts'
import type { OtlpPlace } from './otlp-place.ts'

/** One request, on a connection of its own, as there is one every few seconds. */
export function postOtlp({ url, headers }: OtlpPlace, document: string, signal: AbortSignal): Promise<void> {
  const bytes = Buffer.from(document)
  const all = { ...headers, 'content-type': 'application/json', 'content-length': bytes.length }
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', headers: all, signal, agent: false }, (answer: IncomingMessage) => {
      answer.resume()
      const status = answer.statusCode ?? 0
      if (status >= 200 && status < 300) return resolve()
      reject(
        new FlotillaError('not-taken', `the collector of traces answered ${status}`, {
          hint: 'see whether it takes OTLP over HTTP with JSON at this address',
        }),
      )
    })
    asked.on('error', reject)
    asked.end(bytes)
  })
}
