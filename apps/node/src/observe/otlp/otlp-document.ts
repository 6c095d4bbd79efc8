import type { Span, SpanAttributes } from '../following/span.ts'

/** OTLP 1.x in its JSON form: ids as hexadecimal digits, numbers of 64 bits as text. */
export interface OtlpDocument {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] }
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string; readonly version: string }
      readonly spans: readonly OtlpSpan[]
    }[]
  }[]
}

interface OtlpAttribute {
  readonly key: string
  readonly value: OtlpValue
}

type OtlpValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number }

interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly OtlpAttribute[]
  readonly status: { readonly code?: number; readonly message?: string }
}

export interface OtlpSource {
  /** What this process is: `service.name` and the like. */
  readonly resource: SpanAttributes
  readonly version: string
}

/** `SPAN_KIND_SERVER` and `SPAN_KIND_CLIENT`. */
const kinds = { server: 2, client: 3 } as const
/** `STATUS_CODE_ERROR`. */
const failedCode = 2

export function otlpDocument({ resource, version }: OtlpSource, spans: readonly Span[]): OtlpDocument {
  const scope = { name: '@flotilla/node', version }
  return {
    resourceSpans: [
      { resource: { attributes: attributesOf(resource) }, scopeSpans: [{ scope, spans: spans.map(spanOf) }] },
    ],
  }
}

function spanOf(span: Span): OtlpSpan {
  const { traceId, spanId, parentSpanId, name, kind, startWallMs, endWallMs, attributes, failure } = span
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    kind: kinds[kind],
    startTimeUnixNano: nanoseconds(startWallMs),
    endTimeUnixNano: nanoseconds(endWallMs),
    attributes: attributesOf(attributes),
    status: failure === undefined ? {} : { code: failedCode, message: failure },
  }
}

/** Microseconds are all that a number of this size can tell. */
function nanoseconds(wallMs: number): string {
  return `${Math.round(wallMs * 1_000)}000`
}

function attributesOf(attributes: SpanAttributes): readonly OtlpAttribute[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }))
}

function valueOf(value: string | number | boolean): OtlpValue {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}
