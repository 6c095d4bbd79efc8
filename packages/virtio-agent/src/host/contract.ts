import type { ProcessFigures, ProcessQuery, SummaryFigures } from '@flotilla/procmon'
import type { CommandName, GuestMetrics, JsonValue, MetricsDetail, ProgressPiece } from '../contract.ts'
import type { ExactObject } from '../lines/index.ts'
import type { OrderEnding } from '../own/index.ts'
import type { QgaEnding } from '../qga/client/index.ts'
import type { Dialect } from '../ports/port-names.ts'
import type { ChannelPattern } from './channel-patterns.ts'

/** The virtual machines of this host, as far as they have a channel. What one of them does costs the others nothing. */
export interface GuestHost extends AsyncDisposable {
  /** By name. */
  list(): readonly VmSummary[]
  /** The list whenever something about it has changed; who is slow gets the newest. */
  watch(options?: { readonly signal?: AbortSignal }): AsyncIterable<readonly VmSummary[]>
  /** What is known of it already. Throws `no-such-vm`. */
  metrics(vm: string): VmMetrics
  /** From now on, where the guest speaks our own dialect. Throws `no-such-vm`. */
  configure(vm: string, metrics: { readonly intervalMs: number; readonly detail: MetricsDetail }): void
  /** Rejects with `no-such-vm`; what becomes of the order is in the outcome. Aborting the signal cancels it. */
  order(vm: string, order: VmOrder): Promise<VmOutcome>
  /** Asks the guest's agent in the QEMU dialect, whatever else it speaks. Rejects with `no-such-vm`. */
  qga(vm: string, call: VmQgaCall): Promise<QgaEnding>
  /** Of all that can tell: whoever does not in time is left out. */
  processes(
    query: ProcessQuery,
    options: { readonly signal: AbortSignal },
  ): Promise<
    readonly {
      readonly vm: string
      readonly processes: readonly ProcessFigures[]
      readonly matching: number
      readonly total: number
    }[]
  >
  /** From the next look on, channels are where these say. What none of them leads to any more is let go. */
  usePatterns(patterns: readonly ChannelPattern[]): void
}

/**
 * `away`: its channel cannot be connected now. `silent`: it is connected, and no agent answers, because there is none,
 * or the machine is paused. `there`: an agent answers. `refused`: one answers that does not want us. `held-off`: it
 * sent more than is listened to, and is not listened to for a while.
 */
export type VmState = 'away' | 'silent' | 'there' | 'refused' | 'held-off'

export interface VmSummary {
  readonly vm: string
  readonly state: VmState
  /** Why, where it is not `there`; as half a sentence. */
  readonly why?: string
  /** By which it is looked into now. */
  readonly dialect?: Dialect
  readonly agentVersion?: string
  /** The guest's name for itself. */
  readonly guest?: string
  /** As `Debian GNU/Linux 12`. */
  readonly system?: string
  readonly commands: readonly string[]
  /** When the state became what it is, by the calendar. */
  readonly sinceMs: number
  readonly metricsAtMs?: number
  readonly figures: SummaryFigures
  readonly counters: VmCounters
}

/** Since it was found. */
export interface VmCounters {
  /** How often an agent began to answer. */
  readonly sessions: number
  readonly metrics: number
  readonly orders: number
  /** Lines that were none, too many or forged, told once in a while. */
  readonly troubles: number
  /** How often it was not listened to for a while. */
  readonly cuts: number
}

export interface VmMetrics {
  readonly summary: VmSummary
  /** Absent until there are some. */
  readonly newest?: GuestMetrics
  /** The oldest first. */
  readonly history: readonly VmPoint[]
}

export interface VmPoint {
  readonly atMs: number
  readonly figures: SummaryFigures
}

export interface VmOrder {
  readonly command: CommandName
  readonly arguments: Readonly<Record<string, JsonValue>>
  readonly actor: string
  readonly timeoutMs: number
  /** Default: those that are unsafe are signed where there is a key for it. */
  readonly isSigned?: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (piece: ProgressPiece) => void
}

export interface VmOutcome {
  readonly ending: OrderEnding
  /** Pieces of progress that were dropped on their way. */
  readonly dropped: number
}

export interface VmQgaCall {
  /** As `guest-get-osinfo`. */
  readonly command: string
  readonly arguments?: ExactObject
  readonly timeoutMs: number
  /** That nothing is answered where all goes well, as by `guest-shutdown`. */
  readonly isSilent?: boolean
}

/** A virtual machine, and a socket that leads to it. */
export interface FoundChannel {
  readonly vm: string
  readonly dialect: Dialect
  readonly path: string
  /** Of several for one machine and dialect the one with the highest: libvirt numbers each start. */
  readonly rank: number
}
