import { BoundedQueue } from '@flotilla/core/machines'
import type { Counter, Logger, Metrics } from '@flotilla/core/observe'
import { after, type Clock } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../../limits.ts'
import type { Span, SpanSink } from '../following/span.ts'
import { otlpDocument, type OtlpSource } from './otlp-document.ts'
import type { OtlpPlace } from './otlp-place.ts'

export interface OtlpExporterOptions {
  readonly place: OtlpPlace
  readonly source: OtlpSource
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** Resolves when it was taken; rejects otherwise, in `traceSendMsMax` at most. */
  readonly post: (place: OtlpPlace, document: string, signal: AbortSignal) => Promise<void>
}

/**
 * Sends spans to a collector, some at a time, and never waits for it: what does not fit, and what was sent and not
 * taken, is counted and gone.
 */
export class OtlpExporter implements SpanSink, AsyncDisposable {
  readonly #options: OtlpExporterOptions
  readonly #spans: BoundedQueue<Span> = new BoundedQueue({
    capacity: nodeLimitsDefaults.traceSpansQueuedMax,
    whenFull: 'drop-oldest',
  })
  readonly #told: Counter<'outcome'>
  readonly #closed = new AbortController()
  #timer: Disposable | undefined
  #sending: Promise<void> | undefined
  #failedBefore = false

  constructor(options: OtlpExporterOptions) {
    this.#options = options
    this.#told = options.metrics.counter({
      name: 'flotilla_node_trace_spans_total',
      help: 'Spans by what became of them: sent, failed, or dropped because too many waited.',
      labelNames: ['outcome'],
    })
  }

  take(span: Span): void {
    if (this.#closed.signal.aborted) return
    if (this.#spans.size >= nodeLimitsDefaults.traceSpansQueuedMax) this.#told.inc({ outcome: 'dropped' })
    this.#spans.push(span)
    if (this.#spans.size >= nodeLimitsDefaults.traceBatchSpansMax) this.#sendNow()
    else this.#sendLater()
  }

  /** What waits is sent once more, within the time that sending takes at most. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]()
    await this.#sending
    if (this.#spans.size > 0) await this.#send(this.#batch())
    this.#closed.abort()
  }

  #sendLater(): void {
    const { clock } = this.#options
    this.#timer ??= clock.wakeAt(after(clock.now(), nodeLimitsDefaults.traceSendEveryMs), () => this.#sendNow())
  }

  #sendNow(): void {
    if (this.#sending !== undefined) return
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#sending = this.#send(this.#batch()).finally(() => {
      this.#sending = undefined
      if (this.#spans.size > 0) this.#sendLater()
    })
  }

  #batch(): readonly Span[] {
    const batch: Span[] = []
    while (batch.length < nodeLimitsDefaults.traceBatchSpansMax) {
      const span = this.#spans.shift()
      if (span === undefined) break
      batch.push(span)
    }
    return batch
  }

  async #send(batch: readonly Span[]): Promise<void> {
    const { place, source, post, logger, clock } = this.#options
    const late = new AbortController()
    const signal = AbortSignal.any([late.signal, this.#closed.signal])
    using _timeout = clock.wakeAt(after(clock.now(), nodeLimitsDefaults.traceSendMsMax), () => late.abort())
    try {
      await post(place, JSON.stringify(otlpDocument(source, batch)), signal)
      this.#told.inc({ outcome: 'sent' }, batch.length)
      this.#failedBefore = false
    } catch (error) {
      this.#told.inc({ outcome: 'failed' }, batch.length)
      // Once, until it works again: a collector that is down for a day is one line.
      if (!this.#failedBefore) logger.warn({ err: error, url: place.url.origin }, 'traces cannot be sent')
      this.#failedBefore = true
    }
  }
}
