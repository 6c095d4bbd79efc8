import type { NodeAnswer } from '../running-node/node-answer.ts'
import { columns, type Line } from '../terminal/lines.ts'

/** A key as the node says it is. */
export interface ListedLock {
  readonly key: string
  /** Of a semaphore; 0 of a lock. */
  readonly capacity: number
  readonly holding: number
  readonly waiting: number
  readonly token: number
  /** Its holder was lost, and nobody is granted it before so much has passed. */
  readonly delayedMs: number
  readonly holders: readonly ListedHolder[]
  readonly waiters: readonly ListedWaiter[]
}

export interface ListedParty {
  /** Of the node that asked. */
  readonly name: string
  readonly session: number
  readonly owner: string
  readonly mode: string
  readonly permits: number
}

export interface ListedHolder extends ListedParty {
  readonly token: number
  readonly value: string
  readonly heldMs: number
}

interface ListedWaiter extends ListedParty {
  readonly waitedMs: number
}

export function readLock(lock: NodeAnswer): ListedLock {
  return {
    key: lock.text('key'),
    capacity: lock.count('capacity'),
    holding: lock.count('holding'),
    waiting: lock.count('waiting'),
    token: lock.count('token'),
    delayedMs: lock.amount('delayedMs'),
    holders: lock.list('holders').map((holder) => ({
      ...readParty(holder),
      token: holder.count('token'),
      value: holder.text('value'),
      heldMs: holder.amount('heldMs'),
    })),
    waiters: lock.list('waiters').map((waiter) => ({ ...readParty(waiter), waitedMs: waiter.amount('waitedMs') })),
  }
}

export function readParty(party: NodeAnswer): ListedParty {
  return {
    name: party.text('name'),
    session: party.count('session'),
    owner: party.text('owner'),
    mode: party.text('mode'),
    permits: party.count('permits'),
  }
}

export function lockRows(locks: readonly ListedLock[]): readonly Line[] {
  if (locks.length === 0) return ['Nobody holds anything, or waits for it.']
  return columns([['key', 'mode', 'held by', 'token', 'waiting'], ...locks.flatMap(rowsOf)])
}

/** One row for each holder; a key that is only waited for has one as well. */
function rowsOf({ key, capacity, holders, waiting }: ListedLock): readonly (readonly string[])[] {
  const waits = waiting === 0 ? '' : String(waiting)
  if (holders.length === 0) return [[key, 'free', '', '', waits]]
  return holders.map((holder, index) => [
    index === 0 ? key : '',
    modeText(holder, capacity),
    whoText(holder),
    String(holder.token),
    index === 0 ? waits : '',
  ])
}

export function modeText({ mode, permits }: ListedParty, capacity: number): string {
  return mode === 'permits' ? `${permits} of ${capacity}` : mode
}

/** Who it is, and what it says that it does. */
export function whoText({ name, value }: Pick<ListedHolder, 'name' | 'value'>): string {
  return value === '' ? name : `${name}: ${value}`
}
