/**
 * Processes and system figures of one machine, and of a cluster of them.
 *
 * What a machine says goes one way:
 *
 *     MachineSource ──► SystemReading ──► SystemFigures ──► watch(), latest
 *     (readings.ts)     counters as the   shares and    ├─► History      3 resolutions
 *                       kernel has them   rates         ├─► AlertMachine rules with hysteresis
 *                                                       └─► Metrics      node_exporter's names
 *
 * - `createMonitor` is one machine: it samples as often as somebody looks, keeps a history, judges rules, and reads the
 *   processes when somebody asks. `MachineSource` and `ProcessControl` are its ports; `/node` has those of this one.
 * - `createClusterMonitor` is all machines of a cluster, over core's `Network`.
 * - A part that could not be read is absent, and a problem says why; nothing is ever a zero that was not measured.
 *
 * `sampling/` makes figures of readings and drives the source, `history/`, `alerts/` and `exposition/` are what becomes
 * of them, `querying/` is which processes in which order, `plugins/` are figures of others, `cluster/` is what nodes
 * tell each other, `linux/` and `portable/` are sources.
 */
export { alertDefaults, type AlertLimits } from './alerts/limits.ts'
export { defaultAlertRules, validateAlertRules } from './alerts/rules.ts'
export type * from './contract.ts'
export type * from './figures.ts'
export type * from './readings.ts'
export type { ProcessControl } from './control.ts'
export type { MonitorErrorCode } from './errors.ts'
export { monitorDefaults, validateMonitorSettings, type MonitorSettings } from './limits.ts'
export type { History } from './history/history.ts'
export {
  openKeptHistory,
  type HistoryStore,
  type KeptHistory,
  type KeptHistoryOptions,
} from './history/kept-history-driver.ts'
export { historyDefaults, keptHistoryDefaults, type HistoryLimits, type KeptHistoryLimits } from './history/limits.ts'
export { createMonitor, type MonitorOptions } from './monitor.ts'
export { pluginDefaults, type PluginLimits } from './plugins/limits.ts'
export { processSignals } from './process-orders.ts'
export {
  parseProcessFilter,
  processSortKeys,
  processStates,
  queryLimits,
  selectProcesses,
  validateProcessQuery,
} from './querying/index.ts'
export {
  clusterMonitorDefaults,
  createClusterMonitor,
  type ClusterMonitorLimits,
  type ClusterMonitorOptions,
  type Control,
  type ControlOrder,
  type ControlRecord,
  type Guests,
} from './cluster/index.ts'
export { processFigures, type ProcessFiguresOptions } from './sampling/process-figures.ts'
export { systemFigures } from './sampling/system-figures.ts'
export { summaryNames, summaryOf as summaryFigures } from './cluster/summary.ts'
export { Watchers, type WatcherLimits } from './watching/watchers.ts'
