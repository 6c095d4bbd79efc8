import type { TraceContext } from './request-contexts.ts'

export type SpanKind = 'server' | 'client'

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

/** Something that took its time, and is over. */
export interface Span extends TraceContext {
  readonly parentSpanId: string | undefined
  readonly name: string
  readonly kind: SpanKind
  readonly startWallMs: number
  readonly endWallMs: number
  readonly attributes: SpanAttributes
  /** What went wrong, where something did. */
  readonly failure: string | undefined
}

/** Takes spans without ever being in the way. */
export interface SpanSink {
  take(span: Span): void
}
