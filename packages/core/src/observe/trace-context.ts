import { assert } from '../errors/index.ts'
import type { Entropy } from '../random/index.ts'
import type { TraceState } from './trace-state.ts'

/**
 * Where in a trace we are (W3C Trace Context). `traceId`, `spanId` and `traceFlags` have the shape of OpenTelemetry's
 * `SpanContext`.
 */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits, not all zero. */
  readonly traceId: string
  /** 16 lower-case hexadecimal digits, not all zero: the span that is the parent of whatever comes next. */
  readonly spanId: string
  /** A sum of `traceFlags`. */
  readonly traceFlags: number
  /** What other tracing systems carry along. */
  readonly state: TraceState
}

export const traceFlags = {
  /** The caller may have recorded this trace. */
  sampled: 0b01,
  /** The trace id is random in its last 7 bytes at least (Trace Context Level 2). */
  random: 0b10,
} as const

/** All other flags are reserved: the standard has them read as nothing and sent as zero. */
const flagsKnown = traceFlags.sampled | traceFlags.random

/** Version, trace id, parent id, flags, and after a dash whatever a later version adds. */
const traceparentForm = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** Longer than any version is likely to need; what is longer still is not looked at. */
const traceparentLengthMax = 512

/** Begins a trace. */
export function newTrace(entropy: Entropy, options: { readonly sampled: boolean }): TraceContext {
  return {
    traceId: drawId(entropy, 16),
    spanId: drawId(entropy, 8),
    traceFlags: traceFlags.random | (options.sampled ? traceFlags.sampled : 0),
    state: [],
  }
}

/** A new span of the same trace, whose parent is the span of `parent`. */
export function childSpan(parent: TraceContext, entropy: Entropy): TraceContext {
  return { ...parent, spanId: drawId(entropy, 8) }
}

/** In version 00, the highest that we know. */
export function formatTraceparent(context: TraceContext): string {
  const flags = (context.traceFlags & flagsKnown).toString(16).padStart(2, '0')
  return `00-${context.traceId}-${context.spanId}-${flags}`
}

/** Undefined where it breaks the standard's rules: the caller then begins a new trace. Never throws. */
export function parseTraceparent(text: string): Omit<TraceContext, 'state'> | undefined {
  if (text.length > traceparentLengthMax) return undefined
  const [, version, traceId, spanId, flags, more] = traceparentForm.exec(text) ?? []
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined) return undefined
  if (version === 'ff' || isZero(traceId) || isZero(spanId)) return undefined
  if (version === '00' && more !== undefined) return undefined
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & flagsKnown }
}

function isZero(id: string): boolean {
  return /^0+$/.test(id)
}

/** Bytes that are not all zero, in hexadecimal. */
function drawId(entropy: Entropy, length: number): string {
  const bytes = entropy.bytes(length)
  // Zeros come once in 2^64 draws at most; a source that gives them twice in a row is broken.
  const drawn = bytes.some((byte) => byte !== 0) ? bytes : entropy.bytes(length)
  assert(
    drawn.some((byte) => byte !== 0),
    'a source of randomness gives something else than zeros',
  )
  return Array.from(drawn, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
