import type { NodeId } from '@flotilla/core/ids'
import type { PlacedProcess, ProcessFigures, ProcessQuery, SystemFigures } from './figures.ts'
import type { Problem, ProcessIdentity } from './readings.ts'

/** One machine, sampled as often as somebody looks. Reading it costs nothing but what it holds already. */
export interface Monitor extends AsyncDisposable {
  /** The newest; undefined until the first sample is there. */
  readonly latest: SystemFigures | undefined
  /** The processes of now, at most so old as the sampling interval: asks the machine where it must. */
  processes(query?: ProcessQuery, options?: { readonly signal?: AbortSignal }): Promise<ProcessList>
  /** One process with all who descend from it, or all of the machine's where no pid is given, parents first. */
  tree(pid?: number, options?: { readonly signal?: AbortSignal }): Promise<readonly ProcessFigures[]>
  /** Samples as they are made. As long as anybody does, the interval is the short one. */
  watch(options?: { readonly signal?: AbortSignal }): AsyncIterable<SystemFigures>
  history(query: HistoryQuery): readonly HistoryPoint[]
  /** Which figures have a history. */
  historyFigures(): readonly string[]
  alerts(): readonly Alert[]
  watchAlerts(options?: { readonly signal?: AbortSignal }): AsyncIterable<Alert>
  /** Rejects with `not-found` where that process has ended, though another has its number by now. */
  signal(process: ProcessIdentity, signal: ProcessSignal): Promise<void>
  setNice(process: ProcessIdentity, nice: number): Promise<void>
}

export type ProcessSignal = 'SIGTERM' | 'SIGKILL' | 'SIGINT' | 'SIGHUP' | 'SIGSTOP' | 'SIGCONT' | 'SIGUSR1' | 'SIGUSR2'

export interface ProcessList {
  readonly processes: readonly ProcessFigures[]
  /** That match, before the limit. */
  readonly matching: number
  readonly total: number
  readonly problems: readonly Problem[]
}

export interface HistoryQuery {
  /** As `processor.usage`, `memory.used`, `disk.sda.busy`, `network.eth0.received`. */
  readonly figure: string
  readonly resolution: '1s' | '1min' | '1h'
  readonly sinceMs?: number
}

export interface HistoryPoint {
  readonly atMs: number
  readonly mean: number
  readonly least: number
  readonly most: number
}

export interface AlertRule {
  readonly name: string
  /** With `*` for any one word: `fileSystem.*.used`. */
  readonly figure: string
  readonly direction: 'above' | 'below'
  /** Raised once it has been beyond for so long, and over once it has been within `clears` for so long. */
  readonly raises: number
  readonly clears: number
  readonly holdsMs: number
  readonly severity: 'notice' | 'warning' | 'critical'
}

export interface Alert {
  readonly rule: string
  readonly figure: string
  readonly severity: AlertRule['severity']
  readonly state: 'raised' | 'over'
  readonly value: number
  readonly sinceMs: number
  /** A sentence for people. */
  readonly message: string
}

/** What a plugin file exports as `collector`: further figures of this machine. */
export interface Collector {
  /** Letters, digits and dashes. */
  readonly name: string
  readonly intervalMs?: number
  /** Numbers by name. It is given up at the signal, and whatever it throws is a problem of its own. */
  collect(signal: AbortSignal): Promise<Readonly<Record<string, number>>> | Readonly<Record<string, number>>
}

/** All machines of a cluster, through the mesh. */
export interface ClusterMonitor extends AsyncDisposable {
  /** What is known of each node, this one included; old ones say how old. */
  nodes(): readonly NodeSummary[]
  watch(options?: { readonly signal?: AbortSignal }): AsyncIterable<readonly NodeSummary[]>
  /** The whole of one node's figures, asked of it. */
  figures(node: NodeId, options?: { readonly signal?: AbortSignal }): Promise<SystemFigures>
  /** Of the nodes that are asked, merged by the query's order. Who did not answer in time is named. */
  processes(query: ClusterProcessQuery, options?: { readonly signal?: AbortSignal }): Promise<ClusterProcessList>
  tree(node: NodeId, pid?: number, options?: { readonly signal?: AbortSignal }): Promise<readonly ProcessFigures[]>
  history(
    node: NodeId,
    query: HistoryQuery,
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly HistoryPoint[]>
  alerts(): readonly (Alert & { readonly node: NodeId })[]
  /** Refused with `not-permitted` where that node does not let this one. */
  signal(order: ProcessOrder & { readonly signal: ProcessSignal }): Promise<void>
  setNice(order: ProcessOrder & { readonly nice: number }): Promise<void>
}

export interface ProcessOrder {
  readonly node: NodeId
  readonly process: ProcessIdentity
  /** Who asked for it, as the audit log is to say. */
  readonly actor: string
}

export interface NodeSummary {
  readonly node: NodeId
  readonly isSelf: boolean
  /** When it was measured, by that node's clock, and when it came here, by ours. */
  readonly wallMs: number
  readonly receivedAtMs: number
  readonly isStale: boolean
  readonly figures: SummaryFigures
  readonly alertsRaised: number
}

/** What every node tells every other. */
export interface SummaryFigures {
  readonly uptimeMs?: number
  readonly processor?: number
  readonly cores?: number
  readonly load1?: number
  readonly memoryUsedBytes?: number
  readonly memoryTotalBytes?: number
  readonly swapUsedBytes?: number
  readonly diskReadBytesPerSecond?: number
  readonly diskWrittenBytesPerSecond?: number
  readonly networkReceivedBytesPerSecond?: number
  readonly networkSentBytesPerSecond?: number
  /** The fullest file system that can be written, 0 to 1. */
  readonly fullestFileSystem?: number
  readonly hottestCelsius?: number
  readonly processCount?: number
}

export interface ClusterProcessQuery extends ProcessQuery {
  /** Those inside virtual machines too. */
  readonly withGuests?: boolean
  /** Default: all that are connected. */
  readonly nodes?: readonly NodeId[]
  readonly timeoutMs?: number
}

export interface ClusterProcessList {
  readonly processes: readonly PlacedProcess[]
  readonly matching: number
  readonly total: number
  readonly unanswered: readonly { readonly node: NodeId; readonly why: string }[]
}
