import type { NodeId } from '@flotilla/core/ids'
import type { PressureReading, Problem, ProcessIdentity, ProcessState } from './readings.ts'

/** What people look at: shares from 0 to 1, rates by the second. Rates are absent until there are two readings. */
export interface SystemFigures {
  readonly wallMs: number
  readonly bootId: string
  readonly uptimeMs?: number
  readonly processor?: ProcessorFigures
  readonly memory?: MemoryFigures
  readonly disks?: readonly DiskFigures[]
  readonly fileSystems?: readonly FileSystemFigures[]
  readonly networks?: readonly NetworkFigures[]
  readonly temperatures?: readonly {
    readonly name: string
    readonly celsius: number
    readonly criticalCelsius?: number
  }[]
  readonly power?: readonly PowerFigures[]
  readonly pressure?: PressureReading
  readonly container?: ContainerFigures
  /** Of plugins, by `plugin.figure`. */
  readonly extra?: Readonly<Record<string, number>>
  readonly processCount?: number
  readonly problems: readonly Problem[]
}

export interface ProcessorFigures {
  /** All but idle and waiting for disks, of all cores together. */
  readonly usage?: number
  readonly user?: number
  readonly system?: number
  readonly ioWait?: number
  readonly steal?: number
  readonly cores: readonly { readonly core: number; readonly usage?: number }[]
  readonly load?: readonly [number, number, number]
  readonly contextSwitchesPerSecond?: number
}

export interface MemoryFigures {
  readonly totalBytes: number
  readonly usedBytes: number
  readonly availableBytes: number
  readonly cachedBytes?: number
  readonly swapTotalBytes: number
  readonly swapUsedBytes: number
}

export interface DiskFigures {
  readonly name: string
  readonly readBytesPerSecond?: number
  readonly writtenBytesPerSecond?: number
  readonly readsPerSecond?: number
  readonly writesPerSecond?: number
  readonly busy?: number
}

export interface FileSystemFigures {
  readonly mount: string
  readonly device: string
  readonly type: string
  readonly isReadOnly: boolean
  /** Its mount does not answer; the sizes are absent. */
  readonly isHung: boolean
  readonly totalBytes?: number
  readonly usedBytes?: number
  readonly availableBytes?: number
  readonly filesUsed?: number
  readonly files?: number
}

export interface NetworkFigures {
  readonly name: string
  readonly isUp: boolean
  readonly receivedBytesPerSecond?: number
  readonly sentBytesPerSecond?: number
  readonly receivedPacketsPerSecond?: number
  readonly sentPacketsPerSecond?: number
  readonly errorsPerSecond?: number
  readonly dropsPerSecond?: number
  readonly bitsPerSecond?: number
}

export interface PowerFigures {
  readonly name: string
  readonly watts?: number
  readonly batteryPercent?: number
  readonly isCharging?: boolean
}

export interface ContainerFigures {
  readonly cores?: number
  readonly memoryLimitBytes?: number
  readonly memoryBytes?: number
  /** Which share of the time it was held back. */
  readonly throttled?: number
}

export interface ProcessFigures extends ProcessIdentity {
  readonly parent: number
  readonly name: string
  readonly command: string
  readonly user: string
  readonly state: ProcessState
  /** Of one core: 2 is two cores. Over its life, where it was seen for the first time. */
  readonly processor: number
  readonly residentBytes: number
  /** Of the machine's memory, 0 to 1. */
  readonly memory: number
  readonly privateBytes?: number
  readonly threads: number
  readonly nice: number
  readonly startedAtMs: number
  readonly openFiles?: number
  readonly readBytesPerSecond?: number
  readonly writtenBytesPerSecond?: number
}

/** A process, and where it is: a node, or a virtual machine of a node. */
export interface PlacedProcess extends ProcessFigures {
  readonly node: NodeId
  /** The virtual machine in which it is, by its name on that node. */
  readonly vm?: string
}

export type ProcessSortKey = 'cpu' | 'memory' | 'private' | 'pid' | 'name' | 'user' | 'threads' | 'files' | 'io' | 'age'

/** Applied where the processes are, so that only what is asked for travels. All conditions hold together. */
export interface ProcessQuery {
  /** In the name or the command, whatever the case. */
  readonly text?: string
  readonly user?: string
  readonly states?: readonly ProcessState[]
  readonly pids?: readonly number[]
  readonly processorMin?: number
  readonly residentBytesMin?: number
  /** Of the machine's memory, 0 to 1. */
  readonly memoryMin?: number
  /** Also what is dearer to read: open files, bytes read and written. Sorting by `files` or `io` implies it. */
  readonly withDetail?: boolean
  /** Default `cpu`; largest first, names and users from A on, `pid` from 1 on. */
  readonly sort?: ProcessSortKey
  readonly isReversed?: boolean
  /** Default and greatest: see the limits. */
  readonly limit?: number
}
