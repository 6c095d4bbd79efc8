import type { TraceContext } from './request-contexts.ts'

/** W3C Trace Context, level 1, section 3.2: version, trace, parent, flags. */
const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const [noTrace, noSpan] = ['0'.repeat(32), '0'.repeat(16)]

/** Undefined where there is none, where it is not well formed, and where the asker wants nothing recorded. */
export function readTraceparent(header: string | string[] | undefined): TraceContext | undefined {
  const [, version, traceId, spanId, flags, more] = (typeof header === 'string' && form.exec(header)) || []
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined) return undefined
  // What follows is for later versions only, and ff is none.
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (traceId === noTrace || spanId === noSpan) return undefined
  const isSampled = (Number.parseInt(flags, 16) & 1) === 1
  return isSampled ? { traceId, spanId } : undefined
}

export function traceparent({ traceId, spanId }: TraceContext): string {
  return `00-${traceId}-${spanId}-01`
}
