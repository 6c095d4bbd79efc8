import type { LogMillis, Entry, Index } from '../types.ts'
import type { SessionLimits } from './session-limits.ts'

/**
 * Between log and machine: exactly-once sessions, the log's clock, the agreed version, snapshots of all of it. It is
 * pure; the driver feeds it decided entries in order. `createReplica` in `replica.ts` makes one.
 */
export interface Replica {
  /** Applies one decided entry and says what became of it. */
  apply(entry: Entry): Outcome
  query(query: Uint8Array): Uint8Array
  readonly applied: Index
  readonly time: LogMillis
  readonly version: number
  readonly sessions: number
  /** When the leader has to propose that time has passed; Infinity for never. */
  deadline(): LogMillis
  /** What was emitted since the last call. */
  drainEmitted(): readonly Emitted[]
  /** The content of a snapshot as of now; the pieces are pulled later, while `apply` goes on. */
  snapshot(): Iterable<Uint8Array>
}

export interface Emitted {
  readonly topic: string
  readonly payload: Uint8Array
}

export type Outcome =
  /** Nothing for anybody: an empty entry, a configuration, the passing of time. */
  | { readonly type: 'nothing' }
  /** The encoded result, perhaps of the first time that this command was applied. */
  | { readonly type: 'result'; readonly result: Uint8Array }
  /** The machine refused with a `FlotillaError`; that is as final as a result, and kept like one. */
  | { readonly type: 'refused'; readonly code: string; readonly message: string; readonly hint: string | undefined }
  | { readonly type: 'session'; readonly session: SessionId }
  /**
   * There is no such session any more, or no room was left for what is known of that command: it may have been applied
   * before, and is not applied again.
   */
  | { readonly type: 'session-expired' }

/** The index of the entry that opened it. */
export type SessionId = number & { readonly brand: 'SessionId' }

/** Numbers the commands of one session, from 1 on. */
export type CommandNumber = number & { readonly brand: 'CommandNumber' }

/** What the data of a `command` entry says. `payload-codec.ts` writes and reads it: a small fixed head, then bytes. */
export type Payload =
  | {
      readonly type: 'command'
      readonly time: LogMillis
      readonly session: SessionId
      readonly number: CommandNumber
      /** The client has the answers of all its commands below this one: they need not be kept any more. */
      readonly answeredBelow: CommandNumber
      readonly command: Uint8Array
    }
  /** Without a session: a retry may apply it twice. For machines whose commands say themselves who they are. */
  | { readonly type: 'bare-command'; readonly time: LogMillis; readonly command: Uint8Array }
  /**
   * `key`, 8 to 64 bytes, is drawn by the client, so that asking twice opens one session. `limits` are those of the
   * leader, and hold from here on for all sessions: limits that each node took from its own settings would make the
   * replicas differ.
   */
  | {
      readonly type: 'open-session'
      readonly time: LogMillis
      readonly limits: SessionLimits
      readonly key: Uint8Array
    }
  | { readonly type: 'close-session'; readonly time: LogMillis; readonly session: SessionId }
  /** Only time passes: sessions expire, `tick` is called. */
  | { readonly type: 'time'; readonly time: LogMillis }
  /** All members' programs know this version of the machine. */
  | { readonly type: 'version'; readonly time: LogMillis; readonly version: number }
