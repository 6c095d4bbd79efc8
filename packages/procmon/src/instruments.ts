import type { Metrics } from '@flotilla/core/observe'
import type { Alert } from './contract.ts'
import type { Collection } from './sampling/sampler.ts'

/** What a monitor measures of itself. */
export interface Instruments {
  collected(collection: Collection): void
  problems(count: number): void
  alerts(raised: readonly Alert[]): void
  plugins(extra: Readonly<Record<string, number>>): void
}

/** Twice as long each: from half a millisecond to about half a minute. */
const collectionBuckets: readonly number[] = Array.from({ length: 17 }, (_, doubling) => 2 ** doubling / 2_000)
const severities: readonly Alert['severity'][] = ['notice', 'warning', 'critical']

export function instruments(metrics: Metrics): Instruments {
  const collections = metrics.counter({
    name: 'flotilla_procmon_collections_total',
    help: 'Readings of this machine, by what became of them.',
    labelNames: ['outcome'],
  })
  const seconds = metrics.histogram({
    name: 'flotilla_procmon_collection_seconds',
    help: 'How long a reading of this machine took.',
    labelNames: [],
    buckets: [...collectionBuckets],
  })
  const problems = metrics.gauge({
    name: 'flotilla_procmon_problems',
    help: 'Parts of this machine that cannot be read now.',
    labelNames: [],
  })
  const alerts = metrics.gauge({
    name: 'flotilla_procmon_alerts',
    help: 'Alerts of this machine that are raised now.',
    labelNames: ['severity'],
  })
  const plugins = metrics.gauge({
    name: 'flotilla_procmon_plugin',
    help: 'Figures of plugins.',
    labelNames: ['figure'],
  })
  let shown = new Set<string>()
  return {
    collected(collection) {
      collections.inc({ outcome: collection.type })
      seconds.observe({}, collection.tookMs / 1_000)
    },
    problems: (count) => problems.set({}, count),
    alerts(raised) {
      for (const severity of severities) {
        alerts.set({ severity }, raised.filter((alert) => alert.severity === severity).length)
      }
    },
    plugins(extra) {
      for (const figure of shown) if (!(figure in extra)) plugins.remove({ figure })
      for (const [figure, value] of Object.entries(extra)) plugins.set({ figure }, value)
      shown = new Set(Object.keys(extra))
    },
  }
}
