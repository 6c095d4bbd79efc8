import { ProtocolError } from '@flotilla/core/errors'
import type { LockSessionId, OwnerName } from './ids.ts'
import type { LockLimits } from './limits.ts'
import { LockTable, onHeap } from './lock-table.ts'
import { RequestMemory } from './request-memory.ts'
import type { HoldRecord, SessionRecord, SnapshotRecord, WaiterRecord } from './snapshot-records.ts'
import type { Grant, Hold, Owner, Resource, Session, Waiter } from './state.ts'

type Head = Extract<SnapshotRecord, { type: 'head' }>

/** Builds a table from the records of a snapshot, and refuses what no table ever wrote. */
export class Restoring {
  readonly #table: LockTable
  #session: Session | undefined
  #resource: Resource | undefined
  #taken = 0
  #hasEnded = false

  constructor(limits: LockLimits) {
    this.#table = new LockTable(limits)
  }

  take(record: SnapshotRecord): void {
    check(!this.#hasEnded, 'a record comes after the last one')
    check((record.type === 'head') === (this.#taken === 0), 'it does not begin with its one head')
    switch (record.type) {
      case 'head':
        this.#takeHead(record)
        break
      case 'session':
        this.#takeSession(record)
        break
      case 'owner':
        this.#takeOwner(record)
        break
      case 'resource':
        this.#takeResource(record)
        break
      case 'hold':
        this.#takeHold(record)
        break
      case 'waiter':
        this.#takeWaiter(record)
        break
      case 'deadlock':
        this.#table.deadlocks.push(record)
        break
      case 'end':
        check(record.records === this.#taken, `it has ${this.#taken} records, where ${record.records} were written`)
        this.#hasEnded = true
    }
    this.#taken++
  }

  finish(): LockTable {
    check(this.#hasEnded, 'it ends before its last record')
    for (const { owners } of this.#table.sessions.values()) {
      for (const owner of owners.values()) {
        check(owner.waiter !== undefined || owner.holds.size > 0, `${owner.name} neither holds nor waits`)
      }
    }
    return this.#table
  }

  #takeHead({ now, lastToken, counts }: Head): void {
    this.#table.passTo(now)
    this.#table.lastToken = lastToken
    Object.assign(this.#table.counts, counts)
  }

  #takeSession(record: SessionRecord): void {
    const { sessions, sessionsByKey, limits } = this.#table
    check(!sessions.has(record.id) && !sessionsByKey.has(record.key), `session ${record.id} comes twice`)
    const memory = new RequestMemory(limits.requestGapsMax, record.highestRequest, record.requestGaps)
    const { id, key, name, ttlMs, lockDelayMs } = record
    this.#session = this.#table.addSession({ id, key, name, ttlMs, lockDelayMs }, record.expiresAt, memory)
  }

  #takeOwner({ name, age, doom }: Extract<SnapshotRecord, { type: 'owner' }>): void {
    const session = this.#session
    check(session !== undefined && !session.owners.has(name), `the owner ${name} comes twice, or without a session`)
    this.#table.newOwner(session, name, age).doom = doom
  }

  #takeResource({ name, capacity, token, delayedUntil }: Extract<SnapshotRecord, { type: 'resource' }>): void {
    const { resources, delays } = this.#table
    check(!resources.has(name), `${name} comes twice`)
    const resource = this.#table.newResource(name, capacity)
    resource.token = token
    if (delayedUntil !== undefined) resource.delay = delays.push(onHeap(delayedUntil), resource)
    resources.add(name, resource)
    this.#resource = resource
  }

  #takeHold({ session, owner: name, mode, token, value, since, grants }: HoldRecord): void {
    const resource = this.#currentResource()
    const owner = this.#owner(session, name)
    check(!owner.holds.has(resource) && grants.length > 0, `${name} holds ${resource.name} twice, or without a grant`)
    const hold: Hold = { owner, resource, mode, token, permits: 0, value, since, grants: [] }
    for (const each of grants) {
      const grant: Grant = { type: 'grant', hold, ...each }
      hold.grants.push(grant)
      hold.permits += grant.permits
      this.#takeRequest(owner.session, grant)
      owner.session.granted++
    }
    owner.holds.set(resource, hold)
    resource.holders.add(hold)
    resource.used += hold.permits
    if (mode === 'exclusive') resource.writer = hold
    check(
      resource.writer === undefined || resource.holders.size === 1,
      `${resource.name} is held by a writer and others`,
    )
    check(resource.used <= resource.capacity, `more permits of ${resource.name} are held than there are`)
  }

  #takeWaiter(record: WaiterRecord): void {
    const resource = this.#currentResource()
    const owner = this.#owner(record.session, record.owner)
    check(owner.waiter === undefined, `${owner.name} waits twice`)
    const { request, mode, permits, since, value } = record
    const waiter: Waiter = { type: 'waiter', request, owner, resource, mode, permits, value, since }
    this.#takeRequest(owner.session, waiter)
    this.#table.enqueue(waiter)
    const isUpgrade = resource.upgrades.includes(waiter)
    check(isUpgrade === (record.place === 'upgrade'), `${owner.name} waits for ${resource.name} in the wrong place`)
  }

  #takeRequest(session: Session, standing: Grant | Waiter): void {
    check(!session.requests.has(standing.request), `request ${standing.request} comes twice in session ${session.id}`)
    session.requests.set(standing.request, standing)
  }

  #currentResource(): Resource {
    const resource = this.#resource
    check(resource !== undefined, 'somebody holds or waits before there is a key')
    return resource
  }

  #owner(id: LockSessionId, name: OwnerName): Owner {
    const owner = this.#table.sessions.get(id)?.owners.get(name)
    check(owner !== undefined, `the owner ${name} of session ${id} is not there`)
    return owner
  }
}

function check(condition: unknown, what: string): asserts condition {
  if (!condition) throw new ProtocolError('malformed', `a snapshot of locks is refused: ${what}`)
}
