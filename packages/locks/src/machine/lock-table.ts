import { assert, FlotillaError } from '@flotilla/core/errors'
import { DeadlineHeap } from '@flotilla/core/machines'
import type { Millis } from '@flotilla/core/time'
import type { ApplyContext, LogMillis } from '@flotilla/raft'
import { lockEventCodec } from './codecs.ts'
import type { LockEvent, LockRefusalCode } from './commands.ts'
import {
  allResourcesTopic,
  resourceTopic,
  sessionTopic,
  type FencingToken,
  type LockSessionId,
  type OwnerAge,
  type OwnerName,
  type ResourceName,
} from './ids.ts'
import type { LockLimits } from './limits.ts'
import { NameTable } from './name-table.ts'
import type { RequestMemory } from './request-memory.ts'
import type { Counts, Deadlock, Owner, Resource, Session, Waiter } from './state.ts'

type SessionStart = Pick<Session, 'id' | 'key' | 'name' | 'ttlMs' | 'lockDelayMs'>

/** The whole state of a machine, and what all of its parts do to it. What the commands do stands in files beside. */
export class LockTable {
  readonly limits: LockLimits
  readonly sessions: Map<LockSessionId, Session> = new Map()
  readonly sessionsByKey: Map<string, Session> = new Map()
  readonly resources: NameTable<ResourceName, Resource> = new NameTable()
  readonly expiries: DeadlineHeap<Session> = new DeadlineHeap()
  readonly delays: DeadlineHeap<Resource> = new DeadlineHeap()
  /** The last ones, the latest last; at most `deadlocksKept`. */
  readonly deadlocks: Deadlock[] = []
  readonly counts: Counts = {
    acquisitions: 0,
    waits: 0,
    refusals: 0,
    deadlocks: 0,
    timeouts: 0,
    aborts: 0,
    expiries: 0,
  }
  /** What the log's clock said last; it never goes back. */
  now: LogMillis = 0 as LogMillis
  lastToken: FencingToken = 0 as FencingToken
  /** Requests that wait, of all resources. */
  waiting = 0
  /** Resources at which something was given up or granted by the present command, and whether their holders changed. */
  readonly touched: Map<Resource, boolean> = new Map()

  constructor(limits: LockLimits) {
    this.limits = limits
  }

  passTo(time: LogMillis): void {
    assert(time >= this.now, "the log's clock never goes back")
    this.now = time
  }

  drawToken(): FencingToken {
    this.lastToken = (this.lastToken + 1) as FencingToken
    return this.lastToken
  }

  touch(resource: Resource, haveHoldersChanged: boolean): void {
    if (haveHoldersChanged || !this.touched.has(resource)) this.touched.set(resource, haveHoldersChanged)
  }

  /** It comes into the table when somebody holds it. */
  newResource(name: ResourceName, capacity: number): Resource {
    const { keysMax } = this.limits
    if (this.resources.size >= keysMax) refuse('overloaded', `${keysMax} keys are in use (keysMax)`)
    return {
      name,
      capacity,
      used: 0,
      holders: new Set(),
      writer: undefined,
      upgrades: [],
      waiters: new Set(),
      token: 0 as FencingToken,
      delay: undefined,
    }
  }

  newOwner(session: Session, name: OwnerName, age: OwnerAge): Owner {
    const owner: Owner = { session, name, age, holds: new Map(), waiter: undefined, doom: undefined }
    session.owners.add(name, owner)
    return owner
  }

  /** Puts a new waiter where it belongs. */
  enqueue(waiter: Waiter): void {
    const { owner, resource, mode, request } = waiter
    owner.waiter = waiter
    if (mode === 'exclusive' && owner.holds.has(resource)) resource.upgrades.push(waiter)
    else resource.waiters.add(waiter)
    owner.session.requests.set(request, waiter)
    this.waiting++
  }

  forgetIfIdle(owner: Owner): void {
    if (owner.holds.size === 0 && owner.waiter === undefined) owner.session.owners.delete(owner.name)
  }

  forgetIfUnused(resource: Resource): void {
    const { holders, waiters, upgrades, delay } = resource
    if (holders.size + waiters.size + upgrades.length > 0 || delay !== undefined) return
    this.resources.delete(resource.name)
  }

  addSession(about: SessionStart, expiresAt: number, memory: RequestMemory): Session {
    const session: Session = {
      ...about,
      expiry: undefined,
      owners: new NameTable(),
      requests: new Map(),
      granted: 0,
      memory,
    }
    session.expiry = this.expiries.push(onHeap(expiresAt), session)
    this.sessions.set(session.id, session)
    this.sessionsByKey.set(session.key, session)
    return session
  }

  removeSession(session: Session): void {
    if (session.expiry !== undefined) this.expiries.remove(session.expiry)
    this.sessions.delete(session.id)
    this.sessionsByKey.delete(session.key)
  }

  setExpiry(session: Session): void {
    if (session.expiry !== undefined) this.expiries.remove(session.expiry)
    session.expiry = this.expiries.push(onHeap(this.now + session.ttlMs), session)
  }

  /** How much of its lock delay is left; 0 if it is not delayed. */
  delayedMs(resource: Resource): number {
    return resource.delay === undefined ? 0 : Math.max(0, resource.delay.at - this.now)
  }

  emitToSession(context: ApplyContext, event: Exclude<LockEvent, { type: 'changed' }>): void {
    context.emit(sessionTopic(event.session), lockEventCodec.encode(event))
  }

  emitChanged(context: ApplyContext, resource: ResourceName): void {
    const payload = lockEventCodec.encode({ type: 'changed', resource })
    context.emit(resourceTopic(resource), payload)
    context.emit(allResourcesTopic, payload)
  }
}

/** The heaps of core count on any clock; here they count on the log's. */
export function onHeap(time: number): Millis {
  return time as Millis
}

export function refuse(code: LockRefusalCode, message: string, hint?: string): never {
  throw new FlotillaError(code, `locks: ${message}`, hint === undefined ? {} : { hint })
}
