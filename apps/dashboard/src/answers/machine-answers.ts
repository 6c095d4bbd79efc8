/** What the paths of machines answer, as far as the page shows it. What is not known is absent, or `null`. */
interface NodeReference {
  readonly id: string
  readonly name: string
}

export interface SummaryFigures {
  readonly uptimeMs?: number
  readonly processor?: number
  readonly cores?: number
  readonly load1?: number
  readonly memoryUsedBytes?: number
  readonly memoryTotalBytes?: number
  readonly diskReadBytesPerSecond?: number
  readonly diskWrittenBytesPerSecond?: number
  readonly networkReceivedBytesPerSecond?: number
  readonly networkSentBytesPerSecond?: number
  readonly fullestFileSystem?: number
  readonly processCount?: number
}

export interface MachinesAnswer {
  readonly machines: readonly MachineEntry[]
}

export interface MachineEntry {
  readonly node: NodeReference
  readonly self: boolean
  readonly stale: boolean
  readonly figures: SummaryFigures
  readonly alertsRaised: number
}

export interface MachineAnswer {
  readonly node: NodeReference
  readonly figures: SystemFigures
}

export interface SystemFigures {
  readonly wallMs: number
  readonly uptimeMs?: number
  readonly processor?: {
    readonly usage?: number
    readonly cores: readonly { readonly core: number; readonly usage?: number }[]
    readonly load?: readonly [number, number, number]
  }
  readonly memory?: {
    readonly totalBytes: number
    readonly usedBytes: number
    readonly swapTotalBytes: number
    readonly swapUsedBytes: number
  }
  readonly disks?: readonly {
    readonly name: string
    readonly readBytesPerSecond?: number
    readonly writtenBytesPerSecond?: number
    readonly busy?: number
  }[]
  readonly fileSystems?: readonly {
    readonly mount: string
    readonly type: string
    readonly isReadOnly: boolean
    readonly isHung: boolean
    readonly totalBytes?: number
    readonly usedBytes?: number
    readonly availableBytes?: number
  }[]
  readonly networks?: readonly {
    readonly name: string
    readonly isUp: boolean
    readonly receivedBytesPerSecond?: number
    readonly sentBytesPerSecond?: number
  }[]
  readonly processCount?: number
  readonly problems: readonly { readonly part: string; readonly message: string }[]
}

export interface FigureHistoryAnswer {
  readonly points: readonly { readonly atMs: number; readonly mean: number }[]
}

export interface AlertsAnswer {
  readonly alerts: readonly {
    readonly node: NodeReference
    readonly rule: string
    readonly figure: string
    readonly severity: 'notice' | 'warning' | 'critical'
    readonly state: 'raised' | 'over'
    readonly sinceMs: number
    readonly message: string
  }[]
}

export interface ProcessesAnswer {
  readonly processes: readonly ProcessEntry[]
  readonly matching: number
  readonly total: number
  readonly unanswered: readonly { readonly node: NodeReference; readonly why: string }[]
}

export interface ProcessEntry {
  readonly node: NodeReference
  readonly vm: string | null
  readonly bootId: string
  readonly pid: number
  readonly startTicks: number
  readonly name: string
  readonly command: string
  readonly user: string
  readonly state: string
  readonly processor: number
  readonly residentBytes: number
  readonly memory: number
  readonly threads: number
  readonly nice: number
  readonly startedAt: string
}

export interface VmsAnswer {
  readonly vms: readonly VmEntry[]
  readonly unanswered: readonly { readonly node: NodeReference; readonly why: string }[]
}

export type VmState = 'there' | 'silent' | 'away' | 'refused' | 'held-off'

export interface VmEntry {
  readonly node: NodeReference
  readonly vm: string
  readonly state: VmState
  readonly why: string | null
  readonly dialect: string | null
  readonly agentVersion: string | null
  readonly guest: string | null
  readonly system: string | null
  readonly since: string | null
  readonly figures: SummaryFigures
  readonly commands: readonly string[]
}

export interface VmMetricsAnswer {
  readonly vm: VmEntry
  readonly history: readonly { readonly at: string | null; readonly figures: SummaryFigures }[]
}
