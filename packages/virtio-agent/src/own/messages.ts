import type { CommandName, CommandOutcome, MetricsDetail } from '../contract.ts'
import type { ExactJson, ExactObject } from '../lines/index.ts'

/** Both sides say it first; a host of another version is told which this one is. */
export const ownVersion = 1

/** What travels from the host to its guest. `session` is what the guest's `welcome` said. */
export type HostLine =
  /** The first thing, again until it is answered. `host` is drawn anew for each connection. */
  | { readonly type: 'hello'; readonly version: number; readonly host: string; readonly isSealed: boolean }
  | {
      readonly type: 'configure'
      readonly session: string
      readonly intervalMs: number
      readonly detail: MetricsDetail
    }
  /** Metrics now, once. */
  | { readonly type: 'collect'; readonly session: string }
  | CommandLine
  | { readonly type: 'cancel'; readonly session: string; readonly id: number }
  | { readonly type: 'beat'; readonly session: string; readonly number: number }

export interface CommandLine {
  readonly type: 'command'
  readonly session: string
  /** Rises by one with each command of a session. */
  readonly id: number
  /** Not looked at yet: it may be unknown here. */
  readonly command: string
  readonly arguments: ExactObject
  readonly actor: string
  readonly timeoutMs: number
  readonly signature?: OrderSignature
}

/** All in hexadecimal. */
export interface OrderSignature {
  readonly key: string
  readonly atMs: number
  readonly signature: string
}

export type GuestLine =
  /** Answers a `hello`, whose `host` it repeats: all that came before it belongs to an older session. */
  | {
      readonly type: 'welcome'
      readonly version: number
      readonly host: string
      readonly session: string
      readonly isSealed: boolean
    }
  /** There is no session with that host. */
  | { readonly type: 'refused'; readonly host: string; readonly code: HelloRefusal; readonly message: string }
  /** Follows the welcome: the first line that is sealed, where lines are. */
  | { readonly type: 'about'; readonly session: string; readonly about: GuestAbout }
  | {
      readonly type: 'metrics'
      readonly session: string
      readonly number: number
      readonly detail: MetricsDetail
      readonly figures?: ExactJson
      readonly packed?: PackedText
    }
  | {
      readonly type: 'progress'
      readonly session: string
      readonly id: number
      /** Pieces of this command that were dropped before this one, all together. */
      readonly dropped: number
      readonly note?: string
      readonly stream?: 'stdout' | 'stderr'
      readonly bytes?: string
    }
  | {
      readonly type: 'result'
      readonly session: string
      readonly id: number
      readonly dropped: number
      readonly outcome: CommandOutcome
    }
  | { readonly type: 'beat'; readonly session: string; readonly number: number }
  /** Something of the host's was dropped. */
  | { readonly type: 'notice'; readonly session: string; readonly code: NoticeCode; readonly count: number }
  /** A line came for a session that is over: begin a new one. */
  | { readonly type: 'ended'; readonly session: string }

export type HelloRefusal = 'wrong-version' | 'needs-key' | 'has-no-key'

export type NoticeCode = 'line-too-long' | 'wrong-line' | 'answers-dropped'

export const helloRefusals = ['wrong-version', 'needs-key', 'has-no-key'] as const
export const noticeCodes = ['line-too-long', 'wrong-line', 'answers-dropped'] as const

/** Which guest this is, and what it can do. */
export interface GuestAbout {
  /** Its name for itself, which signatures are over. */
  readonly guest: string
  readonly agentVersion: string
  readonly commands: readonly CommandName[]
  readonly concurrentMax: number
  readonly queuedMax: number
  readonly lineBytesMax: number
  readonly intervalMs: number
  readonly detail: MetricsDetail
}

export interface PackedText {
  readonly encoding: string
  /** In base64. */
  readonly bytes: string
}
