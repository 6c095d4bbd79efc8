import { assert } from '../errors/index.ts'
import { wholeSetting } from '../machines/setting.ts'
import type { Counter, Gauge, Histogram, HistogramDeclaration, Labels, MetricDeclaration, Metrics } from './metrics.ts'

export interface BoundedMetricsSettings {
  /** Different sets of label values that one metric keeps apart. 1,000 by default. */
  readonly seriesMax?: number
}

export const boundedMetricsLimits = {
  seriesMaxDefault: 1_000,
  seriesMaxMax: 100_000,
  /** Metrics of one process; declaring more is a bug. */
  metricsMax: 10_000,
  /** A longer label value is cut. */
  labelValueLengthMax: 128,
} as const

/** What every label says in the one series that takes in whatever `seriesMax` leaves no room for. */
export const overflowLabelValue = 'other'

const metricName = /^[a-z][a-zA-Z0-9_]{0,127}$/

/**
 * Puts a bound on what a metrics library must hold, whatever label values peers and users make up: from the
 * `seriesMax`th set of label values of a metric on, new sets are counted together as `other`. So that sums stay true,
 * nothing is thrown away; a gauge named `other` holds the last value only.
 *
 * Declaring one metric several times, as the groups of a node do, gives the same instrument. It is an invariant that
 * equal names have equal declarations, and that measurements have the declared labels and finite values.
 */
export function boundedMetrics(inner: Metrics, settings: BoundedMetricsSettings = {}): Metrics {
  const { seriesMaxDefault, seriesMaxMax, metricsMax } = boundedMetricsLimits
  const seriesMax = wholeSetting('metrics', 'seriesMax', settings.seriesMax ?? seriesMaxDefault, 1, seriesMaxMax)
  const declared = new Map<string, { readonly shape: string; readonly instrument: unknown }>()

  /** The instrument that this name already has, or a new one; equal shapes have instruments of the same type. */
  const once = <Instrument>(type: string, declaration: MetricDeclaration, make: () => Instrument): Instrument => {
    const shape = JSON.stringify([type, declaration.labelNames, (declaration as Partial<HistogramDeclaration>).buckets])
    const known = declared.get(declaration.name)
    if (known !== undefined) {
      assert(known.shape === shape, `the metric ${declaration.name} is declared in one way only`)
      return known.instrument as Instrument
    }
    assert(metricName.test(declaration.name), `${declaration.name} is a metric name: letters, 0-9 and _, at most 128`)
    assert(declared.size < metricsMax, `a process has at most ${metricsMax} metrics`)
    const instrument = make()
    declared.set(declaration.name, { shape, instrument })
    return instrument
  }

  return {
    counter: (declaration) =>
      once('counter', declaration, (): Counter => {
        const [counter, series] = [inner.counter(declaration), new SeriesLimit(declaration, seriesMax)]
        return {
          inc: (labels, amount = 1) => {
            assert(amount >= 0 && amount < Infinity, `the counter ${declaration.name} only rises`)
            counter.inc(series.admit(labels), amount)
          },
        }
      }),
    gauge: (declaration) =>
      once('gauge', declaration, (): Gauge => {
        const [gauge, series] = [inner.gauge(declaration), new SeriesLimit(declaration, seriesMax)]
        return {
          set: (labels, value) => {
            assert(Number.isFinite(value), `the gauge ${declaration.name} is set to a finite number`)
            gauge.set(series.admit(labels), value)
          },
          remove: (labels) => {
            const dropped = series.drop(labels)
            if (dropped !== undefined) gauge.remove(dropped)
          },
        }
      }),
    histogram: (declaration) =>
      once('histogram', declaration, (): Histogram => {
        const [histogram, series] = [inner.histogram(declaration), new SeriesLimit(declaration, seriesMax)]
        return {
          observe: (labels, value) => {
            assert(Number.isFinite(value), `the histogram ${declaration.name} observes finite numbers`)
            histogram.observe(series.admit(labels), value)
          },
        }
      }),
  }
}

/** Which sets of label values one metric keeps apart. */
class SeriesLimit<Label extends string> {
  readonly #declaration: MetricDeclaration<Label>
  readonly #seriesMax: number
  /** `size < seriesMax`: the last place is kept for `other`. */
  readonly #admitted = new Set<string>()

  constructor(declaration: MetricDeclaration<Label>, seriesMax: number) {
    this.#declaration = declaration
    this.#seriesMax = seriesMax
  }

  /** These labels with values cut to length, or those of `other`. */
  admit(labels: Labels<Label>): Labels<Label> {
    const values = this.#values(labels)
    const series = JSON.stringify(values)
    if (!this.#admitted.has(series)) {
      if (this.#admitted.size >= this.#seriesMax - 1) values.fill(overflowLabelValue)
      else this.#admitted.add(series)
    }
    return this.#labelled(values)
  }

  /** Makes room for another set; undefined where these were not kept apart. */
  drop(labels: Labels<Label>): Labels<Label> | undefined {
    const values = this.#values(labels)
    return this.#admitted.delete(JSON.stringify(values)) ? this.#labelled(values) : undefined
  }

  #values(labels: Labels<Label>): string[] {
    const { name, labelNames } = this.#declaration
    const { labelValueLengthMax } = boundedMetricsLimits
    const given = Object.keys(labels).length
    assert(given === labelNames.length, `${name} is measured with the labels ${labelNames.join(', ')} and no others`)
    return labelNames.map((label) => {
      const value = labels[label]
      assert(typeof value === 'string', `${name} is measured with the label ${label}, a text`)
      return value.slice(0, labelValueLengthMax)
    })
  }

  #labelled(values: readonly string[]): Labels<Label> {
    const { labelNames } = this.#declaration
    return Object.fromEntries(labelNames.map((label, index) => [label, values[index]])) as Labels<Label>
  }
}
