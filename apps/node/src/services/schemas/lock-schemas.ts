import type { DeadlockReport, LockState } from '@flotilla/locks'
import { count, either, figure, flag, list, named, nullable, object, oneOf, text } from '../../schema/building.ts'
import type { Schema } from '../../schema/schema.ts'
import type { GroupEntry, HoldEvent, LockAnswer, LocksAnswer, RaftAnswer, WatchEvent } from '../lock-answers.ts'
import { nodeId } from './cluster-schemas.ts'

const key = text({ description: 'of a lock' })

const party = {
  session: count(),
  name: text({ description: 'of the node through which it asks' }),
  owner: text(),
  mode: oneOf(['exclusive', 'shared', 'permits']),
  permits: count({ description: '0 of a lock' }),
} as const

const lockParty = named('LockParty', object(party))

const lockState: Schema<LockState> = named(
  'Lock',
  object({
    key,
    capacity: count({ description: 'of a semaphore; 0 of a lock' }),
    holding: count(),
    waiting: count(),
    token: count({ description: 'the last fencing token that was granted; 0 where that is not remembered' }),
    delayedMs: figure({ description: 'its holder was lost; nobody is granted it before so much has passed' }),
    holders: list(object({ ...party, token: count(), value: text(), heldMs: figure() }), {
      description: 'the first ones of `holding`, in the order of their grants',
    }),
    waiters: list(object({ ...party, waitedMs: figure() }), {
      description: 'the first ones of `waiting`, the next one first',
    }),
  }),
)

export const locksAnswer: Schema<LocksAnswer> = named(
  'Locks',
  object({
    locks: list(lockState),
    next: nullable(text(), { description: 'ask for what comes after this key; null at the end' }),
  }),
)

export const lockAnswer: Schema<LockAnswer> = object({ lock: lockState })

const lockWait = named(
  'LockWait',
  object({
    key,
    waiter: lockParty,
    blocker: lockParty,
    blockerHolds: flag({ description: 'otherwise it waits as well, before the waiter' }),
  }),
)

export const deadlocksAnswer: Schema<DeadlockReport> = named(
  'Deadlocks',
  object({
    deadlocks: list(
      object({
        key,
        victim: lockParty,
        cycle: list(lockWait),
        text: text({ description: 'the cycle in words' }),
        agoMs: figure(),
      }),
      { description: 'those that were found and broken, the latest first' },
    ),
    waits: list(lockWait, { description: 'who waits for whom now' }),
  }),
)

export const releasedAnswer: Schema<{ readonly released: boolean }> = object({ released: flag() })

const beat = object({ event: oneOf(['beat']) })

export const holdEvent: Schema<HoldEvent> = named(
  'LockHoldEvent',
  either([
    beat,
    object({ event: oneOf(['waiting']), lock: lockState }),
    object({
      event: oneOf(['granted']),
      hold: text({ description: 'what releases it' }),
      key,
      token: count({ description: 'the fencing token' }),
    }),
    object({ event: oneOf(['lost']), code: text(), message: text() }),
    object({ event: oneOf(['stopping']) }, { description: 'the node stops: whoever holds has to end, soon' }),
    object({ event: oneOf(['released']) }),
  ]),
)

export const watchEvent: Schema<WatchEvent> = named(
  'LockEvent',
  either([beat, object({ event: oneOf(['lock']), lock: lockState })]),
)

const groupEntry: Schema<GroupEntry> = named(
  'RaftGroup',
  object({
    name: text(),
    role: oneOf(['leader', 'follower', 'pre-candidate', 'candidate']),
    term: count(),
    leader: nullable(object({ id: nodeId, name: text() })),
    quiet: flag({ description: 'nothing has happened for a while, so even heartbeats have stopped' }),
    commit: count(),
    applied: count(),
    lastIndex: count(),
    snapshotIndex: count(),
    logBytes: count(),
    sessions: count(),
    version: count(),
    members: list(
      object({
        id: nodeId,
        name: text(),
        self: flag(),
        part: oneOf(['voter', 'learner', 'leaving']),
        leads: flag(),
        entriesBehind: nullable(count(), { description: 'null where this node does not lead, and of itself' }),
        answers: nullable(flag()),
      }),
    ),
    autopilot: object({ state: text(), reason: text() }),
  }),
)

export const raftAnswer: Schema<RaftAnswer> = named(
  'Raft',
  object({
    state: oneOf(['none', 'member', 'client', 'failed']),
    notice: nullable(text(), { description: 'something that somebody should do about it' }),
    groups: list(groupEntry),
  }),
)
