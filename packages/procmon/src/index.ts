/** Processes and system figures of one machine, and of a cluster of them. */
export type * from './contract.ts'
export type * from './figures.ts'
export type * from './readings.ts'
export type { ProcessControl } from './control.ts'
export type { MonitorErrorCode } from './errors.ts'
export { monitorDefaults, validateMonitorSettings, type MonitorSettings } from './limits.ts'
export { createMonitor, type MonitorOptions } from './monitor.ts'
export {
  parseProcessFilter,
  processSortKeys,
  processStates,
  queryLimits,
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
