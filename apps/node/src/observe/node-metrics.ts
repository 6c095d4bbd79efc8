import { boundedMetrics, type Gauge, type Metrics } from '@flotilla/core/observe'
import type { NodeFigures } from './node-figures.ts'
import { PrometheusRegistry } from './prometheus-registry.ts'

/** What `/metrics` says: what the parts of the node count, and its figures at the moment of asking. */
export class NodeMetrics {
  readonly #registry = new PrometheusRegistry()
  /** For every part of the node that measures something. */
  readonly metrics: Metrics = boundedMetrics(this.#registry)
  readonly #info: Gauge<'name' | 'id' | 'version' | 'node_version'>
  readonly #figures: readonly (readonly [Gauge<never>, (figures: NodeFigures) => number])[]
  readonly #delay: Gauge<'quantile'>

  constructor() {
    this.#info = this.metrics.gauge({
      name: 'flotilla_node_info',
      help: 'Always 1; its labels say which node this is.',
      labelNames: ['name', 'id', 'version', 'node_version'],
    })
    this.#delay = this.metrics.gauge({
      name: 'flotilla_node_event_loop_delay_seconds',
      help: 'How late the event loop came to its timers, since the start.',
      labelNames: ['quantile'],
    })
    this.#figures = [
      this.#figure('flotilla_node_uptime_seconds', 'Since this life began.', ({ uptimeSeconds }) => uptimeSeconds),
      this.#figure('flotilla_node_life', 'How often this node was started.', ({ life }) => life),
      this.#figure('flotilla_node_resident_bytes', 'Memory of the process.', ({ memory }) => memory.residentBytes),
      this.#figure('flotilla_node_heap_used_bytes', 'JavaScript heap in use.', ({ memory }) => memory.heapUsedBytes),
      this.#figure('flotilla_node_history_rows', 'Rows of history kept.', ({ storage }) => storage.historyRows),
      this.#figure('flotilla_node_sqlite_bytes', 'Database and its log.', ({ storage }) => storage.sqliteBytes),
      this.#figure('flotilla_node_disk_free_bytes', 'Left for us on the disk.', ({ storage }) => storage.diskFreeBytes),
    ]
  }

  text(figures: NodeFigures): string {
    const { name, id, version, runtime, eventLoopDelay } = figures
    this.#info.set({ name, id, version, node_version: runtime.node }, 1)
    for (const [gauge, read] of this.#figures) gauge.set({}, read(figures))
    this.#delay.set({ quantile: '0.5' }, eventLoopDelay.medianSeconds)
    this.#delay.set({ quantile: '0.99' }, eventLoopDelay.p99Seconds)
    this.#delay.set({ quantile: '1' }, eventLoopDelay.maxSeconds)
    return this.#registry.text()
  }

  #figure(
    name: string,
    help: string,
    read: (figures: NodeFigures) => number,
  ): readonly [Gauge<never>, (figures: NodeFigures) => number] {
    return [this.metrics.gauge<never>({ name, help, labelNames: [] }), read]
  }
}
