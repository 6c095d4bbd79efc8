export { createClusterMonitor, type ClusterMonitorOptions } from './cluster-monitor.ts'
export type { Control, ControlOrder, ControlRecord } from './control.ts'
export type { Guests } from './guests.ts'
export { clusterMonitorDefaults, type ClusterMonitorLimits } from './limits.ts'
