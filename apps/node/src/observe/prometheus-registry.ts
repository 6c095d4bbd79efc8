import { assert } from '@flotilla/core/errors'
import type { HistogramDeclaration, Labels, MetricDeclaration, Metrics } from '@flotilla/core/observe'

/** One line of the exposition: the suffix and labels after the metric's name, and its value. */
type Sample = readonly [suffix: string, labels: Readonly<Record<string, string>>, value: number]

interface Family {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly declaration: MetricDeclaration
  readonly samples: () => readonly Sample[]
}

/**
 * Keeps measurements and writes them in Prometheus' text format, version 0.0.4. How many series there can be is bounded
 * by `boundedMetrics` of core, which stands before it.
 */
export class PrometheusRegistry implements Metrics {
  readonly #families: Family[] = []

  counter<Label extends string>(
    declaration: MetricDeclaration<Label>,
  ): { inc: (labels: Labels<Label>, by?: number) => void } {
    const series = new Series(declaration, () => ({ value: 0 }))
    this.#families.push({ type: 'counter', declaration, samples: () => series.values().map(plainSample) })
    return { inc: (labels, by = 1) => void (series.of(labels).value += by) }
  }

  gauge<Label extends string>(
    declaration: MetricDeclaration<Label>,
  ): { set: (labels: Labels<Label>, value: number) => void; remove: (labels: Labels<Label>) => void } {
    const series = new Series(declaration, () => ({ value: 0 }))
    this.#families.push({ type: 'gauge', declaration, samples: () => series.values().map(plainSample) })
    return {
      set: (labels, value) => void (series.of(labels).value = value),
      remove: (labels) => series.forget(labels),
    }
  }

  histogram<Label extends string>(
    declaration: HistogramDeclaration<Label>,
  ): { observe: (labels: Labels<Label>, value: number) => void } {
    const { buckets } = declaration
    assert(
      buckets.every((bound, index) => index === 0 || bound > (buckets[index - 1] ?? 0)),
      'buckets ascend',
    )
    const series = new Series(declaration, () => ({ counts: buckets.map(() => 0), count: 0, sum: 0 }))
    const samples = (): readonly Sample[] =>
      series
        .values()
        .flatMap(([labels, { counts, count, sum }]): readonly Sample[] => [
          ...buckets.map((bound, index): Sample => ['_bucket', { ...labels, le: String(bound) }, counts[index] ?? 0]),
          ['_bucket', { ...labels, le: '+Inf' }, count],
          ['_sum', labels, sum],
          ['_count', labels, count],
        ])
    this.#families.push({ type: 'histogram', declaration, samples })
    return {
      observe(labels, value) {
        const measured = series.of(labels)
        // Each bucket counts everything up to its bound, as the format wants it.
        for (const [index, bound] of buckets.entries()) {
          if (value <= bound) measured.counts[index] = (measured.counts[index] ?? 0) + 1
        }
        measured.count++
        measured.sum += value
      },
    }
  }

  text(): string {
    const lines = this.#families.flatMap(({ type, declaration: { name, help }, samples }) => [
      `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
      `# TYPE ${name} ${type}`,
      ...samples().map(([suffix, labels, value]) => `${name}${suffix}${labelsText(labels)} ${value}`),
    ])
    return `${lines.join('\n')}\n`
  }
}

/** One value for each set of label values. */
class Series<Label extends string, Value> {
  readonly #names: readonly Label[]
  readonly #make: () => Value
  readonly #entries = new Map<string, readonly [Labels<Label>, Value]>()

  constructor({ labelNames }: MetricDeclaration<Label>, make: () => Value) {
    this.#names = labelNames
    this.#make = make
    // A metric without labels is there from the start, so that a rate can be taken from its first change.
    if (labelNames.length === 0) this.of({} as Labels<Label>)
  }

  forget(labels: Labels<Label>): void {
    this.#entries.delete(this.#key(labels))
  }

  of(labels: Labels<Label>): Value {
    const key = this.#key(labels)
    const [, value] = this.#entries.get(key) ?? [labels, this.#make()]
    this.#entries.set(key, [labels, value])
    return value
  }

  values(): readonly (readonly [Labels<Label>, Value])[] {
    return [...this.#entries.values()]
  }

  #key(labels: Labels<Label>): string {
    return JSON.stringify(this.#names.map((name) => labels[name]))
  }
}

function plainSample([labels, { value }]: readonly [
  Readonly<Record<string, string>>,
  { readonly value: number },
]): Sample {
  return ['', labels, value]
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
