/**
 * Looking inside a running node, as ports: packages log, measure and trace through these shapes, and apps choose what
 * stands behind them. A pino logger is a `Logger` as it is. prom-client takes our declarations as they are, and its
 * instruments are ours:
 *
 *     const metrics = boundedMetrics({
 *       counter: (declaration) => new Counter(declaration),
 *       gauge: (declaration) => new Gauge(declaration),
 *       histogram: (declaration) => new Histogram(declaration),
 *     })
 *
 * A `TraceContext` is a `SpanContext` of OpenTelemetry. It travels from node to node in `traceHeaders`, beside the
 * message.
 */
export {
  boundedMetrics,
  boundedMetricsLimits,
  overflowLabelValue,
  type BoundedMetricsSettings,
} from './bounded-metrics.ts'
export { silentLogger, type LogFields, type Logger, type LogLevel } from './logger.ts'
export {
  silentMetrics,
  type Counter,
  type Gauge,
  type Histogram,
  type HistogramDeclaration,
  type Labels,
  type MetricDeclaration,
  type Metrics,
} from './metrics.ts'
export {
  childSpan,
  formatTraceparent,
  newTrace,
  parseTraceparent,
  traceFlags,
  type TraceContext,
} from './trace-context.ts'
export { readTraceHeaders, traceHeaders, type TraceHeaders } from './trace-headers.ts'
export {
  formatTraceState,
  parseTraceState,
  traceStateLimits,
  type TraceState,
  type TraceStateEntry,
} from './trace-state.ts'
