/** What a metric is called, what it means, and by what it is broken down. */
export interface MetricDeclaration<Label extends string = string> {
  /**
   * Lower case with underscores and the unit last: `flotilla_raft_append_seconds`. Others' names as they write them.
   */
  readonly name: string
  /** One sentence. */
  readonly help: string
  /** The labels that every measurement carries, all of them. Their values must come from small sets, never from ids. */
  readonly labelNames: readonly Label[]
}

export interface HistogramDeclaration<Label extends string = string> extends MetricDeclaration<Label> {
  /**
   * The upper bounds of the buckets, ascending; the last bucket, without a bound, goes without saying. Mutable because
   * prom-client's type is.
   */
  readonly buckets: number[]
}

export type Labels<Label extends string> = Readonly<Record<Label, string>>

/** Only rises. */
export interface Counter<Label extends string = string> {
  inc(labels: Labels<Label>, amount?: number): void
}

/** Goes up and down. */
export interface Gauge<Label extends string = string> {
  set(labels: Labels<Label>, value: number): void
  /** What these labels stood for is no more; setting it again begins anew. */
  remove(labels: Labels<Label>): void
}

/** Counts measurements by size. */
export interface Histogram<Label extends string = string> {
  observe(labels: Labels<Label>, value: number): void
}

/**
 * Where measurements go. A declaration has the shape of prom-client's configuration and an instrument that of its
 * instruments. Packages declare what they measure when they are constructed.
 */
export interface Metrics {
  counter<Label extends string>(declaration: MetricDeclaration<Label>): Counter<Label>
  gauge<Label extends string>(declaration: MetricDeclaration<Label>): Gauge<Label>
  histogram<Label extends string>(declaration: HistogramDeclaration<Label>): Histogram<Label>
}

/** Measures nothing. */
export const silentMetrics: Metrics = Object.freeze({
  counter: () => ({ inc: () => {} }),
  gauge: () => ({ set: () => {}, remove: () => {} }),
  histogram: () => ({ observe: () => {} }),
})
