import { ProtocolError } from '@flotilla/core/errors'
import { isRequestId } from './request-id.ts'
import type { RequestContext, TraceContext } from './request-contexts.ts'

/**
 * What stands before a followed request: one byte for its own length, then text, `ID` or `ID TRACE SPAN`. Version 1 is
 * in the name of the channel that carries it.
 */
const traceForm = /^[0-9a-f]{32} [0-9a-f]{16}$/

export function withHeader({ id, trace }: RequestContext, payload: Uint8Array): Uint8Array {
  const text = trace === undefined ? id : `${id} ${trace.traceId} ${trace.spanId}`
  const bytes = new Uint8Array(1 + text.length + payload.length)
  bytes[0] = text.length
  for (let index = 0; index < text.length; index++) bytes[1 + index] = text.charCodeAt(index)
  bytes.set(payload, 1 + text.length)
  return bytes
}

export interface Followed {
  readonly id: string
  /** Of who asked. */
  readonly trace: TraceContext | undefined
  readonly payload: Uint8Array
}

/** Throws a `ProtocolError` where it is none. */
export function withoutHeader(bytes: Uint8Array): Followed {
  const length = bytes[0] ?? 0
  const text = String.fromCharCode(...bytes.subarray(1, 1 + length))
  const end = text.indexOf(' ')
  const id = end === -1 ? text : text.slice(0, end)
  const trace = end === -1 ? undefined : text.slice(end + 1)
  if (text.length !== length || !isRequestId(id) || (trace !== undefined && !traceForm.test(trace))) {
    throw new ProtocolError('malformed', 'a followed request has no header that could be one')
  }
  const [traceId = '', spanId = ''] = trace?.split(' ') ?? []
  return { id, trace: trace === undefined ? undefined : { traceId, spanId }, payload: bytes.subarray(1 + length) }
}
