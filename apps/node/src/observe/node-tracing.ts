import type { Logger, Metrics } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import type { RequestContexts } from './following/request-contexts.ts'
import { Tracing } from './following/tracing.ts'
import { OtlpExporter } from './otlp/otlp-exporter.ts'
import { otlpPlace } from './otlp/otlp-place.ts'
import { postOtlp } from './otlp/otlp-post.ts'

export interface NodeTracingOptions {
  readonly contexts: RequestContexts
  readonly endpoint: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly node: { readonly id: string; readonly name: string; readonly version: string }
  readonly entropy: Entropy
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Follows requests; where somebody has named a collector, it is told of each. */
export function nodeTracing(options: NodeTracingOptions, parts: AsyncDisposableStack): Tracing {
  const { contexts, endpoint, environment, node, entropy, clock, logger, metrics } = options
  const place = otlpPlace(endpoint, environment)
  if (place === undefined) return new Tracing({ contexts, entropy, clock, sink: undefined })
  const resource = {
    'service.name': environment['OTEL_SERVICE_NAME'] ?? 'flotilla',
    'service.version': node.version,
    'service.instance.id': node.id,
    'flotilla.node.name': node.name,
  }
  const source = { resource, version: node.version }
  const sink = parts.use(new OtlpExporter({ place, source, clock, logger, metrics, post: postOtlp }))
  logger.info({ url: place.url.origin }, 'traces are told')
  return new Tracing({ contexts, entropy, clock, sink })
}
