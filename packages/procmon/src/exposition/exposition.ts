import type { Counter, Gauge, Labels, Metrics } from '@flotilla/core/observe'
import type { SystemReading } from '../readings.ts'
import { counterFamilies } from './counters.ts'
import type { Family, Series } from './families.ts'
import { gaugeFamilies } from './gauges.ts'

/** A counter that fell by less than this wavers, as the kernel's idle times do; by more, and it was set to zero. */
const wavers = 0.01

/** Tells a metrics library what a machine's counters and gauges say, under node_exporter's names. */
export class Exposition {
  readonly #counters: readonly CounterSeries[]
  readonly #gauges: readonly GaugeSeries[]

  constructor(metrics: Metrics) {
    this.#counters = counterFamilies.map((family) => new CounterSeries(family, metrics.counter(family)))
    this.#gauges = gaugeFamilies.map((family) => new GaugeSeries(family, metrics.gauge(family)))
  }

  show(reading: SystemReading): void {
    for (const counter of this.#counters) counter.show(reading)
    for (const gauge of this.#gauges) gauge.show(reading)
  }
}

/**
 * A counter of the library only rises, by what ours has risen: so it is the same number as the kernel's, and goes on
 * from there when the kernel's begins anew.
 */
class CounterSeries {
  readonly #family: Family
  readonly #counter: Counter
  /** What each series said last; those of things that are gone are kept, as they may come back. */
  readonly #last = new Map<string, number>()

  constructor(family: Family, counter: Counter) {
    this.#family = family
    this.#counter = counter
  }

  show(reading: SystemReading): void {
    for (const [labels, value] of shownSeries(this.#family, reading)) {
      const key = labels.join('\n')
      const last = this.#last.get(key)
      if (last === undefined && this.#last.size >= rememberedMax) continue
      if (last !== undefined && value < last && value > last * (1 - wavers)) continue
      this.#last.set(key, value)
      const risen = value - (last ?? 0)
      if (risen >= 0) this.#counter.inc(labelled(this.#family, labels), risen)
    }
  }
}

/** Forgets what is gone: a file system that was unmounted must not look full for ever. */
class GaugeSeries {
  readonly #family: Family
  readonly #gauge: Gauge
  #shown = new Map<string, readonly string[]>()

  constructor(family: Family, gauge: Gauge) {
    this.#family = family
    this.#gauge = gauge
  }

  show(reading: SystemReading): void {
    const shown = new Map<string, readonly string[]>()
    for (const [labels, value] of shownSeries(this.#family, reading)) {
      shown.set(labels.join('\n'), labels)
      this.#gauge.set(labelled(this.#family, labels), value)
    }
    for (const [key, labels] of this.#shown) {
      if (!shown.has(key)) this.#gauge.remove(labelled(this.#family, labels))
    }
    this.#shown = shown
  }
}

/** Series of one counter that are remembered: of so many that came and went, none more is told. */
const rememberedMax = 2_048

function shownSeries(family: Family, reading: SystemReading): readonly (readonly [readonly string[], number])[] {
  return family.series(reading).filter((series): series is readonly [readonly string[], number] => isShown(series))
}

function isShown([, value]: Series): boolean {
  return value !== undefined && Number.isFinite(value)
}

function labelled({ labelNames }: Family, labels: readonly string[]): Labels<string> {
  return Object.fromEntries(labelNames.map((name, index) => [name, labels[index] ?? '']))
}
