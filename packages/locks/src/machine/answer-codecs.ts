import { array, boolean, createCodec, integer, literal, object, optional, string, union } from '@flotilla/core/codec'
import type { Codec, Schema } from '@flotilla/core/codec'
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
  waitEdge,
} from './codecs.ts'
import { lockLimits as limits } from './limits.ts'
import type { DeadlockView, LockAnswer, LockQuery, ResourceView, SessionView } from './queries.ts'

const limit = integer({ min: 1, max: limits.answerItemsMax })
const prefix = string({ bytesMax: limits.resourceBytesMax })

const query: Schema<LockQuery> = union({
  resource: object({ resource: resourceName }),
  list: object({ prefix, after: optional(prefix), limit }),
  session: object({ session: sessionId }),
  'waits-for': object({ limit }),
  deadlocks: object({ limit }),
  counters: object({}),
})

const party = {
  session: sessionId,
  name: sessionName,
  owner: ownerName,
  mode: heldMode,
  permits: integer(),
} as const

const resourceView: Schema<ResourceView> = object({
  resource: resourceName,
  capacity: integer(),
  holding: integer(),
  waiting: integer(),
  token: fencingToken,
  delayedMs: integer(),
  holders: array(
    object({
      ...party,
      token: fencingToken,
      requests: array(requestNumber, { countMax: limits.grantsPerHoldMax }),
      value: sharedValue,
      heldMs: integer(),
    }),
    { countMax: limits.partiesViewedMax },
  ),
  waiters: array(object({ ...party, request: requestNumber, waitedMs: integer() }), {
    countMax: limits.partiesViewedMax,
  }),
})

const deadlockView: Schema<DeadlockView> = object({
  number: integer(),
  victim: lockParty,
  request: requestNumber,
  resource: resourceName,
  cycle: deadlockCycle,
  agoMs: integer(),
})

const sessionView: Schema<SessionView> = object({
  session: sessionId,
  name: sessionName,
  ttlMs: integer(),
  lockDelayMs: integer(),
  leftMs: integer(),
  requests: array(
    object({
      request: requestNumber,
      owner: ownerName,
      resource: resourceName,
      mode: heldMode,
      state: literal('granted', 'waiting'),
      token: fencingToken,
      age: ownerAge,
    }),
    { countMax: limits.requestsPerSessionMax },
  ),
  deadlocks: array(deadlockView, { countMax: limits.deadlocksKept }),
})

const countMax = limits.answerItemsMax

const answer: Schema<LockAnswer> = union({
  resource: object({ found: resourceView }),
  free: object({}),
  list: object({ resources: array(resourceView, { countMax }), more: boolean() }),
  session: object({ found: sessionView }),
  'session-expired': object({}),
  'waits-for': object({ edges: array(waitEdge, { countMax }), more: boolean() }),
  deadlocks: object({ deadlocks: array(deadlockView, { countMax }) }),
  counters: object({
    counters: object({
      acquisitions: integer(),
      waits: integer(),
      refusals: integer(),
      deadlocks: integer(),
      timeouts: integer(),
      aborts: integer(),
      expiries: integer(),
      sessions: integer(),
      keys: integer(),
      waiting: integer(),
    }),
  }),
})

export const lockQueryCodec: Codec<LockQuery> = createCodec({ name: 'lock query', schema: query })
export const lockAnswerCodec: Codec<LockAnswer> = createCodec({
  name: 'lock answer',
  schema: answer,
})
