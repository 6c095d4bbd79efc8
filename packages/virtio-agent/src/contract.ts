import type { SystemFigures } from '@flotilla/procmon'

/**
 * One side of a channel to the other side of a virtual machine's wall: a virtio port in the guest, a socket at the
 * host. The other side comes and goes; bytes come in order while it is there, may be torn anywhere, and a new
 * connection may begin with the rest of an old message.
 */
export interface WallChannel extends AsyncDisposable {
  /** Begins to report. At most once; nothing is reported before, nor after it was disposed. */
  begin(events: WallChannelEvents): void
  /**
   * Takes bytes, or as many of them as there is room for; how many. 0 where the other side is away. They may be reused
   * at once. After less than all, `onRoom` is called when there is room again.
   */
  write(bytes: Uint8Array): number
}

export interface WallChannelEvents {
  /** The other side is there, or away. It begins as away. What was written and not read yet is lost when it goes. */
  onPeer(isThere: boolean): void
  /** The bytes are the receiver's only until it returns. */
  onBytes(bytes: Uint8Array): void
  onRoom(): void
  /** It cannot be used for now, and is tried again; for the log. */
  onTrouble(error: unknown): void
}

/** Our own commands. Those under `unsafe` need the guest's permission and a signed request. */
export const commandNames = [
  'ping',
  'info',
  'metrics.get',
  'service.list',
  'service.start',
  'service.stop',
  'service.restart',
  'service.enable',
  'service.disable',
  'package.list',
  'package.search',
  'package.install',
  'package.remove',
  'package.update',
  'process.list',
  'process.kill',
  'process.nice',
  'file.read',
  'file.write',
  'file.list',
  'network.show',
  'disk.show',
  'user.list',
  'time.get',
  'time.set',
  'power.off',
  'power.reboot',
  'unsafe.exec',
  'unsafe.shell',
] as const

export type CommandName = (typeof commandNames)[number]

/** A command that was asked for, its arguments not looked at yet but for being plain JSON within limits. */
export interface CommandOrder {
  readonly command: CommandName
  readonly arguments: Readonly<Record<string, unknown>>
  /** Who asked, as the host says; only where the channel is protected is that proved. */
  readonly actor: string
  /** That the request carried a signature by a key that the guest trusts, over this very order. */
  readonly isSigned: boolean
  readonly timeoutMs: number
}

export interface CommandRun {
  /** The host does not want it any more, or its time is over. */
  readonly signal: AbortSignal
  /** A piece of output, or where it stands; dropped, and counted, where the host is too slow. */
  progress(piece: ProgressPiece): void
}

export type ProgressPiece =
  | { readonly type: 'output'; readonly stream: 'stdout' | 'stderr'; readonly bytes: Uint8Array }
  | { readonly type: 'note'; readonly text: string }

/** Stable, for programs at the host. */
export type RefusalCode =
  | 'unknown-command'
  | 'wrong-arguments'
  /** The guest's own configuration does not allow it. */
  | 'not-permitted'
  | 'not-signed'
  | 'wrong-signature'
  /** It was signed for another time, or used already. */
  | 'replayed'
  | 'overloaded'
  | 'not-supported'
  | 'frozen'

export type FailureCode = 'not-found' | 'failed' | 'timed-out' | 'cancelled' | 'too-large' | 'exists'

/** What became of a command. `refused`: nothing was done. */
export type CommandOutcome =
  | { readonly type: 'done'; readonly value: JsonValue; readonly usage?: ResourceUsage }
  | { readonly type: 'refused'; readonly code: RefusalCode; readonly message: string }
  | { readonly type: 'failed'; readonly code: FailureCode; readonly message: string; readonly usage?: ResourceUsage }

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue }

export interface ResourceUsage {
  readonly wallMs: number
  readonly processorMs?: number
  readonly residentBytesMax?: number
}

/** What `unsafe.exec` and `unsafe.shell` answer; `exitCode` or `signal`, never both. */
export interface ExecutedProgram {
  readonly exitCode?: number
  readonly signal?: string
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  readonly isStdoutCut: boolean
  readonly isStderrCut: boolean
  readonly usage: ResourceUsage
}

/** Does what commands ask for, on this machine. Never rejects but with a bug of ours. */
export interface GuestCommands extends AsyncDisposable {
  /** Which of them can be asked for here and now: what is installed, and what the configuration allows. */
  supported(): readonly CommandName[]
  run(order: CommandOrder, run: CommandRun): Promise<CommandOutcome>
}

/** Where the metrics come from that the agent pushes. */
export interface GuestFigures {
  /** `brief` leaves out processes and what seldom changes. */
  collect(detail: MetricsDetail, signal: AbortSignal): Promise<GuestMetrics>
}

export type MetricsDetail = 'brief' | 'full'

export interface GuestMetrics {
  readonly system: SystemFigures
  /** The busiest, where it is full. */
  readonly processes?: readonly JsonValue[]
}
