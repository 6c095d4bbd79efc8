import type { AuditRecord, AuditReport } from '@flotilla/core/audit'
import type { Alert, HistoryPoint, ProcessState, SummaryFigures, SystemFigures } from '@flotilla/procmon'

/**
 * What the paths of machines and processes answer. What is not known is `null`, but in figures, where it is missing.
 */
export interface NodeReference {
  readonly id: string
  /** Empty where this node has not heard it yet. */
  readonly name: string
}

export interface MachinesAnswer {
  readonly machines: readonly MachineEntry[]
}

export interface MachineEntry {
  readonly node: NodeReference
  readonly self: boolean
  /** Nothing was heard of it for a while. */
  readonly stale: boolean
  readonly secondsAgo: number
  readonly figures: SummaryFigures
  readonly alertsRaised: number
}

export interface MachineAnswer {
  readonly node: NodeReference
  readonly figures: SystemFigures
  /** Those of which there is a history on this node; none of others. */
  readonly history: readonly string[]
}

export interface HistoryAnswer {
  readonly node: NodeReference
  readonly figure: string
  readonly points: readonly HistoryPoint[]
}

export interface AlertsAnswer {
  readonly alerts: readonly (Alert & { readonly node: NodeReference })[]
}

export interface ProcessesAnswer {
  readonly processes: readonly ProcessEntry[]
  readonly matching: number
  readonly total: number
  readonly unanswered: readonly { readonly node: NodeReference; readonly why: string }[]
}

export interface ProcessEntry {
  readonly node: NodeReference
  /** The virtual machine in which it is. */
  readonly vm: string | null
  readonly bootId: string
  readonly pid: number
  readonly startTicks: number
  readonly parent: number
  readonly name: string
  readonly command: string
  readonly user: string
  readonly state: ProcessState
  /** Of one core. */
  readonly processor: number
  readonly residentBytes: number
  /** Of the machine's memory, 0 to 1. */
  readonly memory: number
  readonly privateBytes: number | null
  readonly threads: number
  readonly nice: number
  readonly startedAt: string
  readonly openFiles: number | null
  readonly readBytesPerSecond: number | null
  readonly writtenBytesPerSecond: number | null
}

/** What comes while machines are watched. */
export type MachinesEvent = { readonly event: 'beat' } | ({ readonly event: 'machines' } & MachinesAnswer)

export interface AuditAnswer extends Omit<AuditReport, 'damage'> {
  readonly damage: NonNullable<AuditReport['damage']> | null
  /** The newest first. */
  readonly newest: readonly AuditRecord[]
}
