import { formatTraceparent, parseTraceparent, type TraceContext } from './trace-context.ts'
import { formatTraceState, parseTraceState } from './trace-state.ts'

/** The headers of a message or of an HTTP request that carry a trace, by their names in lower case. */
export interface TraceHeaders {
  readonly traceparent: string
  readonly tracestate?: string
}

/** What to send along so that the receiver goes on with this trace. */
export function traceHeaders(context: TraceContext): TraceHeaders {
  const traceparent = formatTraceparent(context)
  return context.state.length === 0 ? { traceparent } : { traceparent, tracestate: formatTraceState(context.state) }
}

/**
 * The trace that a peer's headers carry, or undefined where they carry none that is valid: a new trace begins then. A
 * `tracestate` that is not valid is dropped and the trace goes on. Takes what Node's HTTP gives (names in lower case,
 * repeated headers as arrays), and anything else without throwing.
 */
export function readTraceHeaders(headers: {
  readonly traceparent?: unknown
  readonly tracestate?: unknown
}): TraceContext | undefined {
  const traceparent = singleText(headers.traceparent)
  const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent)
  if (parent === undefined) return undefined
  const tracestate = joinedText(headers.tracestate)
  return { ...parent, state: (tracestate === undefined ? undefined : parseTraceState(tracestate)) ?? [] }
}

/** There must be exactly one `traceparent`. */
function singleText(header: unknown): string | undefined {
  const [only, ...others] = Array.isArray(header) ? (header as unknown[]) : [header]
  return typeof only === 'string' && others.length === 0 ? only : undefined
}

/** Several `tracestate` headers mean the same as one that joins them with commas (RFC 9110 §5.3). */
function joinedText(header: unknown): string | undefined {
  const parts = Array.isArray(header) ? (header as unknown[]) : [header]
  return parts.every((part) => typeof part === 'string') ? parts.join(',') : undefined
}
