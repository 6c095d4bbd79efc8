/** Where spans are sent, and with which headers. */
export interface OtlpPlace {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
}

type Environment = Readonly<Record<string, string | undefined>>

const schemes: ReadonlySet<string> = new Set(['http:', 'https:'])

/**
 * The setting, or else what the specification of OpenTelemetry's exporters calls it; undefined where nobody says
 * anything, or what it says is no address.
 */
export function otlpPlace(setting: string, environment: Environment): OtlpPlace | undefined {
  const text = setting || tracesEndpoint(environment)
  if (text === undefined || !URL.canParse(text)) return undefined
  const url = new URL(text)
  return schemes.has(url.protocol) ? { url, headers: headersOf(environment) } : undefined
}

function tracesEndpoint(environment: Environment): string | undefined {
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: exact, OTEL_EXPORTER_OTLP_ENDPOINT: base } = environment
  if (exact) return exact
  return base ? `${base.replace(/\/$/, '')}/v1/traces` : undefined
}

/** As `key=value,key=value`, the values percent-encoded. */
function headersOf(environment: Environment): Readonly<Record<string, string>> {
  const text = environment['OTEL_EXPORTER_OTLP_TRACES_HEADERS'] ?? environment['OTEL_EXPORTER_OTLP_HEADERS'] ?? ''
  const pairs = text.split(',').flatMap((pair): (readonly [string, string])[] => {
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim().toLowerCase()
    return at > 0 && /^[\w-]+$/.test(name) ? [[name, decoded(pair.slice(at + 1).trim())]] : []
  })
  return Object.fromEntries(pairs)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // It was not encoded.
  }
}
