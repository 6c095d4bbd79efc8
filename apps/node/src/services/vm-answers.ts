import type { SummaryFigures } from '@flotilla/procmon'
import type { GuestMetrics, OrderEnding, VmCounters, VmState } from '@flotilla/virtio-agent'
import type { NodeReference } from './machine-answers.ts'

/** What the paths of virtual machines answer. What is not known is `null`, but in figures, where it is missing. */
export interface VmsAnswer {
  readonly vms: readonly VmEntry[]
  readonly unanswered: readonly { readonly node: NodeReference; readonly why: string }[]
}

export interface VmEntry {
  readonly node: NodeReference
  readonly vm: string
  readonly state: VmState
  readonly why: string | null
  readonly dialect: 'own' | 'qga' | null
  readonly agentVersion: string | null
  /** Its name for itself. */
  readonly guest: string | null
  readonly system: string | null
  readonly since: string | null
  readonly metricsAt: string | null
  readonly figures: SummaryFigures
  readonly counters: VmCounters
  readonly commands: readonly string[]
}

export interface VmMetricsAnswer {
  readonly vm: VmEntry
  readonly newest: GuestMetrics | null
  readonly history: readonly { readonly at: string | null; readonly figures: SummaryFigures }[]
}

/** What comes while a virtual machine does something. */
export type VmOrderEvent =
  | { readonly event: 'beat' }
  | { readonly event: 'output'; readonly stream: 'stdout' | 'stderr'; readonly bytes: string }
  | { readonly event: 'note'; readonly text: string }
  | { readonly event: 'ended'; readonly ending: OrderEnding; readonly dropped: number }

/** What comes while the virtual machines of this node are watched. */
export type VmsEvent = { readonly event: 'beat' } | { readonly event: 'vms'; readonly vms: readonly VmEntry[] }
