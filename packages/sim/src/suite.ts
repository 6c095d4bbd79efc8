import type { Disk } from '@flotilla/core/disk'
import type { NodeId } from '@flotilla/core/ids'
import type { Network, NetworkLimits } from '@flotilla/core/network'
import type { Entropy, Prng } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import type { FaultKind } from './faults/fault-plan.ts'

/** A kind of world to live through, seed by seed: who is in it, what may go wrong, and what must hold. */
export interface Suite {
  /** Lower case with dashes: what `pnpm sim NAME` takes. */
  readonly name: string
  /** One sentence for `pnpm sim --list`. */
  readonly summary: string
  /** The kinds of fault that a seed may draw. Leave out what the code under test does not claim to survive. */
  readonly faults: readonly FaultKind[]
  /** How many seeds, from 1 on, are lived where nobody says which: by `pnpm verify`. Default 50. */
  readonly seeds?: number
  /** Virtual time under faults, in which the invariants must hold. Default 30 s. */
  readonly safetyMs?: number
  /** Virtual time after everything was mended, in which progress must be seen. Default 30 s. */
  readonly healMs?: number
  /** Hosts whose disks may rot or fail to sync, at most, in one run. Default: fewer than half of the mortal ones. */
  readonly brokenDisksMax?: number
  /** The limits of every host's network; the defaults of `@flotilla/core/network` unless told. */
  readonly networkLimits?: Partial<NetworkLimits>
  /** Makes one run: the hosts, and the state that the invariants look at. */
  begin(world: WorldView): Run
}

/** What a suite may know of the world. */
export interface WorldView {
  readonly seed: number
  /** For the suite's own draws: how many hosts, which workload. */
  readonly random: Prng
  /** Virtual milliseconds since the world began. */
  nowMs(): number
  /** The same for every run of a host of this name. */
  idOf(hostName: string): NodeId
  /** Whether the faults are over and everything is mended. */
  isMended(): boolean
  /** Adds a line to the trace. */
  note(what: string, detail?: string): void
  /** Ends the run as failed at once: for what a suite sees outside its invariants. */
  fail(sentence: string, detail?: string): void
}

export interface Run {
  readonly hosts: readonly HostSpec[]
  /** Checked after every step. */
  readonly invariants: readonly Invariant[]
  /** Each must be seen true once during the heal phase. */
  readonly progress: readonly Progress[]
  /** Called once at the end, after every host has stopped: for checks of the whole history. */
  finish?(): Violation | undefined
}

export interface HostSpec {
  readonly name: string
  /** Whether crashes, pauses and disk faults may hit it. Clients that only ask are often spared. Default true. */
  readonly mortal?: boolean
  /**
   * Starts the production code on this host's ports: at the beginning and after each restart. What it returns is
   * disposed for a clean stop. A rejection ends the run as failed, unless the host has crashed meanwhile.
   */
  start(host: Host): Promise<AsyncDisposable>
}

/** One incarnation of a simulated machine. Everything on it dies with it. */
export interface Host {
  readonly name: string
  readonly id: NodeId
  /** 1 at first, one more with each restart. */
  readonly incarnation: number
  readonly clock: Clock
  readonly network: Network
  /** What it held at the last stop or crash, less what the crash took. */
  readonly disk: Disk
  readonly entropy: Entropy
  /** For the host's own draws; differs by host and incarnation. */
  readonly random: Prng
  /** Adds a line to the trace. */
  note(what: string, detail?: string): void
  /**
   * Ends this process at once, as code does that cannot go on: nothing of it runs any more, the machine stays up, and
   * the process is started again a little later.
   */
  exit(why: string): void
  /** Ends the run as failed at once: for what only the host's own code can see. */
  fail(sentence: string, detail?: string): void
}

/** Something that must be true after every step. One idea, one file. */
export interface Invariant {
  /** The rule, as one sentence. */
  readonly sentence: string
  /** What breaks it now, or undefined. */
  check(): string | undefined
}

export interface Progress {
  /** What must be seen, as one sentence. */
  readonly sentence: string
  seen(): boolean
}

export interface Violation {
  readonly sentence: string
  readonly detail: string
}
