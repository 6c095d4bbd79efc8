import {
  array,
  boolean,
  bytes,
  createCodec,
  integer,
  literal,
  object,
  optional,
  refined,
  string,
  union,
  type Codec,
  type Schema,
} from '@flotilla/core/codec'
import { FlotillaError } from '@flotilla/core/errors'
import type { DeadlockCycle, LockCommand, LockEvent, LockParty, LockResult, WaitEdge } from './commands.ts'
import type { FencingToken, LockRequest, LockSessionId, OwnerAge, OwnerName, ResourceName } from './ids.ts'
import { lockLimits as limits } from './limits.ts'

export const sessionId: Schema<LockSessionId> = integer<LockSessionId>({ min: 1 })
export const requestNumber: Schema<LockRequest> = integer<LockRequest>({ min: 1 })
export const fencingToken: Schema<FencingToken> = integer<FencingToken>()
export const ownerAge: Schema<OwnerAge> = integer<OwnerAge>()
export const ownerName: Schema<OwnerName> = refined(string({ bytesMax: limits.ownerBytesMax }), parseOwnerName)
export const resourceName: Schema<ResourceName> = refined(
  string({ bytesMax: limits.resourceBytesMax }),
  parseResourceName,
)
export const sessionName: Schema<string> = string({ bytesMax: limits.sessionNameBytesMax })
export const sharedValue: Schema<string> = string({ bytesMax: limits.valueBytesMax })
export const heldMode: Schema<'shared' | 'exclusive' | 'permits'> = literal('shared', 'exclusive', 'permits')

/** Returns the text as the key of a lock, or throws `wrong-name`. */
function parseResourceName(text: string): ResourceName {
  checkName('the key of a lock', text, limits.resourceBytesMax)
  return text as ResourceName
}

/** Returns the text as the name of an owner, or throws `wrong-name`. */
function parseOwnerName(text: string): OwnerName {
  checkName('the owner of a lock', text, limits.ownerBytesMax)
  return text as OwnerName
}

function checkName(what: string, text: string, bytesMax: number): void {
  // No text has fewer bytes than UTF-16 units, and none has more than thrice as many.
  const isShort = text.length * 3 <= bytesMax || (text.length <= bytesMax && utf8Length(text) <= bytesMax)
  if (text !== '' && isShort && text.isWellFormed()) return
  throw new FlotillaError('wrong-name', `${what} has 1 to ${bytesMax} bytes of well-formed UTF-8`)
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length
}

const asking = {
  session: sessionId,
  owner: ownerName,
  request: requestNumber,
  resource: resourceName,
  wait: boolean(),
  value: optional(sharedValue),
  age: optional(ownerAge),
} as const
const permits = integer({ min: 1, max: limits.permitsMax })

const command: Schema<LockCommand> = union({
  acquire: object({ ...asking, mode: literal('shared', 'exclusive') }),
  release: object({ session: sessionId, request: requestNumber, because: literal('done', 'timeout', 'abort') }),
  renew: object({ session: sessionId }),
  'acquire-permits': object({ ...asking, permits, capacity: permits }),
  'release-all': object({ session: sessionId, owner: ownerName, request: optional(requestNumber) }),
  'set-value': object({ session: sessionId, request: requestNumber, value: sharedValue }),
  'open-session': object({
    key: bytes({ bytesMax: limits.sessionKeyBytesMax }),
    name: sessionName,
    ttlMs: integer({ min: limits.ttlMsMin, max: limits.ttlMsMax }),
    lockDelayMs: integer({ max: limits.lockDelayMsMax }),
  }),
  'close-session': object({ session: sessionId, orderly: boolean() }),
})

export const lockParty: Schema<LockParty> = object({
  session: sessionId,
  name: sessionName,
  owner: ownerName,
  mode: heldMode,
  permits: integer(),
})
export const waitEdge: Schema<WaitEdge> = object({
  resource: resourceName,
  waiter: lockParty,
  blocker: lockParty,
  blockerHolds: boolean(),
})
export const deadlockCycle: Schema<DeadlockCycle> = object({
  edges: array(waitEdge, { countMax: limits.cycleEdgesMax }),
  more: integer(),
})

const result: Schema<LockResult> = union({
  granted: object({ token: fencingToken, holds: integer(), age: ownerAge }),
  released: object({ holds: integer(), token: fencingToken }),
  renewed: object({ granted: integer(), waiting: integer() }),
  waiting: object({ ahead: integer(), age: ownerAge }),
  busy: object({
    holders: array(lockParty, { countMax: limits.partiesListedMax }),
    waiting: integer(),
    delayedMs: integer(),
  }),
  deadlock: object({ cycle: deadlockCycle, age: ownerAge }),
  ended: object({}),
  withdrawn: object({}),
  'not-held': object({}),
  'all-released': object({ granted: integer(), waiting: integer() }),
  'value-set': object({}),
  'session-opened': object({ session: sessionId }),
  'session-closed': object({}),
  'session-expired': object({}),
})

const concerning = { session: sessionId, owner: ownerName, request: requestNumber, resource: resourceName } as const

const event: Schema<LockEvent> = union({
  changed: object({ resource: resourceName }),
  granted: object({ ...concerning, token: fencingToken }),
  deadlock: object({ ...concerning, cycle: deadlockCycle }),
  'session-expired': object({ session: sessionId }),
})

export const lockCommandCodec: Codec<LockCommand> = createCodec({ name: 'lock command', schema: command })
export const lockResultCodec: Codec<LockResult> = createCodec({ name: 'lock result', schema: result })
/** The payload of what is emitted. */
export const lockEventCodec: Codec<LockEvent> = createCodec({ name: 'lock event', schema: event })
