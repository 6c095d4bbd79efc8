import { assert } from '../errors/index.ts'
import type {
  Counter,
  Gauge,
  Histogram,
  HistogramDeclaration,
  Labels,
  MetricDeclaration,
  Metrics,
} from '../observe/index.ts'

/** Measurements of one histogram in one series that are kept; more are a test's mistake. */
const observationsMax = 100_000

/** Metrics that remember, for tests. A series is named by its metric and its labels in alphabetical order. */
export class RecordingMetrics implements Metrics {
  readonly #declared = new Set<string>()
  /** By series. A counter's sum or a gauge's last value is a list of one number. */
  readonly #series = new Map<string, number[]>()

  counter<Label extends string>(declaration: MetricDeclaration<Label>): Counter<Label> {
    this.#declare(declaration)
    return {
      inc: (labels, amount = 1) => {
        const series = this.#measured(declaration, labels)
        series[0] = (series[0] ?? 0) + amount
      },
    }
  }

  gauge<Label extends string>(declaration: MetricDeclaration<Label>): Gauge<Label> {
    this.#declare(declaration)
    return {
      set: (labels, value) => {
        this.#measured(declaration, labels)[0] = value
      },
      remove: (labels) => void this.#series.delete(seriesName(declaration.name, labels)),
    }
  }

  histogram<Label extends string>(declaration: HistogramDeclaration<Label>): Histogram<Label> {
    this.#declare(declaration)
    return {
      observe: (labels, value) => {
        const series = this.#measured(declaration, labels)
        assert(series.length < observationsMax, `a test observes at most ${observationsMax} values in one series`)
        series.push(value)
      },
    }
  }

  /** A counter's sum or a gauge's last value; undefined where nothing was measured. */
  value(name: string, labels: Labels<string> = {}): number | undefined {
    return this.#series.get(seriesName(name, labels))?.[0]
  }

  /** What a histogram observed, in order. */
  observations(name: string, labels: Labels<string> = {}): readonly number[] {
    return [...(this.#series.get(seriesName(name, labels)) ?? [])]
  }

  /** The name of every series that was measured, like `requests_total{peer="a"}`. */
  get seriesNames(): readonly string[] {
    return [...this.#series.keys()]
  }

  #declare(declaration: MetricDeclaration): void {
    assert(!this.#declared.has(declaration.name), `the metric ${declaration.name} is declared once`)
    this.#declared.add(declaration.name)
  }

  #measured({ name, labelNames }: MetricDeclaration, labels: Labels<string>): number[] {
    assert(
      Object.keys(labels).toSorted().join() === labelNames.toSorted().join(),
      `${name} is measured with the labels that it declares: ${labelNames.join(', ')}`,
    )
    const series = seriesName(name, labels)
    const measured = this.#series.get(series) ?? []
    this.#series.set(series, measured)
    return measured
  }
}

function seriesName(name: string, labels: Labels<string>): string {
  const sorted = Object.keys(labels).toSorted()
  return `${name}{${sorted.map((label) => `${label}=${JSON.stringify(labels[label])}`).join(',')}}`
}
