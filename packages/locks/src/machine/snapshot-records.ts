import { array, createCodec, integer, literal, object, optional, string, union } from '@flotilla/core/codec'
import type { Codec, Schema } from '@flotilla/core/codec'
import type { LogMillis } from '@flotilla/raft'
import {
  deadlockCycle,
  fencingToken,
  heldMode,
  lockParty,
  ownerAge,
  ownerName,
  requestNumber,
  resourceName,
  sessionId,
  sessionName,
  sharedValue,
} from './codecs.ts'
import type { DeadlockCycle, HeldMode } from './commands.ts'
import type { FencingToken, LockRequest, LockSessionId, OwnerAge, OwnerName, ResourceName } from './ids.ts'
import { lockLimits as limits } from './limits.ts'
import type { Gap } from './request-memory.ts'
import type { Counts, Deadlock } from './state.ts'

/** A snapshot is one record after the other, each with its length before it. */
export type SnapshotRecord =
  /** The first one. */
  | {
      readonly type: 'head'
      readonly format: 'locks-1'
      readonly now: LogMillis
      readonly lastToken: FencingToken
      readonly counts: Counts
    }
  | SessionRecord
  /** Of the session before it. */
  | { readonly type: 'owner'; readonly name: OwnerName; readonly age: OwnerAge; readonly doom?: DeadlockCycle }
  /** After all sessions. */
  | {
      readonly type: 'resource'
      readonly name: ResourceName
      readonly capacity: number
      readonly token: FencingToken
      readonly delayedUntil?: LogMillis
    }
  /** Of the resource before it, in the order of its holders. */
  | HoldRecord
  /** Of the resource before it, in the order of its queue; those that wait for an upgrade come first. */
  | WaiterRecord
  | DeadlockRecord
  /** The last one: how many came before it. */
  | { readonly type: 'end'; readonly records: number }

export interface SessionRecord {
  readonly type: 'session'
  readonly id: LockSessionId
  readonly key: string
  readonly name: string
  readonly ttlMs: number
  readonly lockDelayMs: number
  readonly expiresAt: LogMillis
  readonly highestRequest: number
  readonly requestGaps: readonly Gap[]
}

export interface HoldRecord {
  readonly type: 'hold'
  readonly session: LockSessionId
  readonly owner: OwnerName
  readonly mode: HeldMode
  readonly token: FencingToken
  readonly value: string
  readonly since: LogMillis
  readonly grants: readonly GrantRecord[]
}

interface GrantRecord {
  readonly request: LockRequest
  readonly mode: HeldMode
  readonly permits: number
}

export interface WaiterRecord extends GrantRecord {
  readonly type: 'waiter'
  readonly place: 'upgrade' | 'queue'
  readonly session: LockSessionId
  readonly owner: OwnerName
  readonly since: LogMillis
  readonly value?: string
}

interface DeadlockRecord extends Deadlock {
  readonly type: 'deadlock'
}

const time = integer<LogMillis>()
const grantFields = { request: requestNumber, mode: heldMode, permits: integer() } as const

const record: Schema<SnapshotRecord> = union({
  hold: object({
    session: sessionId,
    owner: ownerName,
    mode: heldMode,
    token: fencingToken,
    value: sharedValue,
    since: time,
    // One more than may be asked for: a grant that waited may come on top.
    grants: array(object(grantFields), { countMax: limits.grantsPerHoldMax + 1 }),
  }),
  owner: object({ name: ownerName, age: ownerAge, doom: optional(deadlockCycle) }),
  resource: object({
    name: resourceName,
    capacity: integer(),
    token: fencingToken,
    delayedUntil: optional(time),
  }),
  waiter: object({
    ...grantFields,
    place: literal('upgrade', 'queue'),
    session: sessionId,
    owner: ownerName,
    since: time,
    value: optional(sharedValue),
  }),
  session: object({
    id: sessionId,
    key: string({ bytesMax: 2 * limits.sessionKeyBytesMax }),
    name: sessionName,
    ttlMs: integer(),
    lockDelayMs: integer(),
    expiresAt: time,
    highestRequest: integer(),
    requestGaps: array(object({ from: integer(), to: integer() }), { countMax: limits.requestGapsMax }),
  }),
  deadlock: object({
    number: integer(),
    time,
    victim: lockParty,
    age: ownerAge,
    request: requestNumber,
    resource: resourceName,
    cycle: deadlockCycle,
  }),
  head: object({
    format: literal('locks-1'),
    now: time,
    lastToken: fencingToken,
    counts: object({
      acquisitions: integer(),
      waits: integer(),
      refusals: integer(),
      deadlocks: integer(),
      timeouts: integer(),
      aborts: integer(),
      expiries: integer(),
    }),
  }),
  end: object({ records: integer() }),
})

export const snapshotRecordCodec: Codec<SnapshotRecord> = createCodec({ name: 'lock snapshot record', schema: record })
