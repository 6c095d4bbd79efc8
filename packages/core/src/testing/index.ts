/**
 * For tests, of Flotilla and of whoever implements its ports: implementations in memory that do as they are told, and
 * for each port the conformance suite that every implementation passes. A suite is a list of named cases for any test
 * runner:
 *
 *     for (const { name, run } of clockConformance(() => subject)) test(name, run)
 */
export type { Bench, Curve, Duration, Figure, Peer, Place, Running, Start, TimedPeer, Timing } from './bench.ts'
export { clockConformance, type ClockSubject } from './clock-conformance.ts'
export type { ConformanceCase } from './conformance-case.ts'
export { ManualClock, type ManualClockSettings } from './manual-clock.ts'
export { RecordingLogger, type LogEntry } from './recording-logger.ts'
export { RecordingMetrics } from './recording-metrics.ts'
export {
  directWire,
  memoryHub,
  type HandlerFailure,
  type JoinOptions,
  type MemoryHub,
  type MemoryHubOptions,
  type MemoryNode,
  type Wire,
  type WireFrame,
  type WireFrameKind,
} from './memory-network/index.ts'
export {
  conformanceLimits as networkConformanceLimits,
  networkConformance,
  type HarnessAbility as NetworkHarnessAbility,
  type NetworkHarness,
} from './network-conformance/index.ts'
export { diskConformance, type DiskUnderTest, type MakeDisk } from './disk-conformance/index.ts'
export {
  memoryDisk,
  type DiskFailure,
  type DiskFaults,
  type DiskOperation,
  type MemoryDisk,
  type MemoryDiskOptions,
} from './memory-disk/index.ts'
export { cryptoConformance, type CryptoCase } from '../crypto/conformance/index.ts'
