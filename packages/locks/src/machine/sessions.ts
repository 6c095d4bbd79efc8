import type { ApplyContext } from '@flotilla/raft'
import type { LockCommand, LockResult, ReleaseReason } from './commands.ts'
import { dropHold, endGrant, endWaiter } from './granting.ts'
import type { LockRequest, LockSessionId, OwnerName } from './ids.ts'
import { onHeap, refuse, type LockTable } from './lock-table.ts'
import { RequestMemory } from './request-memory.ts'
import type { Session } from './state.ts'

type OpenSession = Extract<LockCommand, { type: 'open-session' }>

export function openSession(table: LockTable, command: OpenSession, context: ApplyContext): LockResult {
  const { name, ttlMs, lockDelayMs } = command
  const key = hexadecimal(command.key)
  const known = table.sessionsByKey.get(key)
  if (known !== undefined) {
    // Its client counts its lease from when it sent this one.
    table.setExpiry(known)
    return { type: 'session-opened', session: known.id }
  }
  const { sessionsMax, requestGapsMax, ttlMsMin, ttlMsMax, lockDelayMsMax } = table.limits
  checkRange('length of the key', command.key.length, table.limits.sessionKeyBytesMin, table.limits.sessionKeyBytesMax)
  if (table.sessions.size >= sessionsMax) refuse('overloaded', `${sessionsMax} sessions are open (sessionsMax)`)
  checkRange('ttlMs', ttlMs, ttlMsMin, ttlMsMax)
  checkRange('lockDelayMs', lockDelayMs, 0, lockDelayMsMax)
  const id = context.index as number as LockSessionId
  table.addSession({ id, key, name, ttlMs, lockDelayMs }, table.now + ttlMs, new RequestMemory(requestGapsMax))
  return { type: 'session-opened', session: id }
}

function checkRange(what: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return
  refuse('wrong-request', `${what} of a session is ${value}; it may be ${least} to ${most}`)
}

function hexadecimal(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += (byte + 0x100).toString(16).slice(1)
  return text
}

export function release(
  table: LockTable,
  session: Session,
  command: { readonly request: LockRequest; readonly because: ReleaseReason },
): LockResult {
  const { request, because } = command
  const known = session.requests.get(request)
  if (known === undefined) {
    session.memory.come(request)
    return { type: 'not-held' }
  }
  if (known.type === 'grant') {
    const { hold } = known
    endGrant(table, known)
    return { type: 'released', holds: hold.grants.length, token: hold.token }
  }
  endWaiter(table, known)
  if (because === 'timeout') table.counts.timeouts++
  else table.counts.aborts++
  return { type: 'withdrawn' }
}

export function releaseAll(
  table: LockTable,
  session: Session,
  name: OwnerName,
  request: LockRequest | undefined,
): LockResult {
  if (request !== undefined) session.memory.come(request)
  const owner = session.owners.get(name)
  let granted = 0
  let waiting = 0
  if (owner?.waiter !== undefined) {
    endWaiter(table, owner.waiter)
    waiting++
  }
  for (const hold of owner?.holds.values() ?? []) {
    granted += hold.grants.length
    dropHold(table, hold)
  }
  return { type: 'all-released', granted, waiting }
}

/** Ends the session, and all that it has. What it held exclusively nobody gets before its lock delay has passed. */
export function endSession(table: LockTable, session: Session, isOrderly: boolean): void {
  table.removeSession(session)
  const { lockDelayMs } = session
  for (const owner of session.owners.values()) {
    if (owner.waiter !== undefined) endWaiter(table, owner.waiter)
    for (const hold of owner.holds.values()) {
      const { resource } = hold
      dropHold(table, hold)
      if (isOrderly || lockDelayMs === 0 || hold.mode !== 'exclusive') continue
      resource.delay = table.delays.push(onHeap(table.now + lockDelayMs), resource)
    }
  }
}

/** Lets all sessions expire and all delays pass that are due; what that frees is granted afterwards, to who is left. */
export function expire(table: LockTable, context: ApplyContext): void {
  const now = onHeap(table.now)
  for (let due = table.expiries.popDue(now); due !== undefined; due = table.expiries.popDue(now)) {
    const session = due.value
    endSession(table, session, false)
    table.counts.expiries++
    table.emitToSession(context, { type: 'session-expired', session: session.id })
  }
  for (let due = table.delays.popDue(now); due !== undefined; due = table.delays.popDue(now)) {
    due.value.delay = undefined
    table.touch(due.value, false)
  }
}
