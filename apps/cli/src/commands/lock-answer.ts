import type { NodeAnswer } from '../running-node/node-answer.ts'
import { columns, type Line } from '../terminal/lines.ts'

/** A key as the node says it is. */
export interface ListedLock {
  readonly key: string
  readonly holders: readonly ListedHolder[]
  readonly waiters: readonly ListedParty[]
  readonly waiting: number
  readonly capacity: number | null
}

export interface ListedParty {
  readonly client: string
  readonly owner: string
  readonly mode: string
  readonly permits: number
}

export interface ListedHolder extends ListedParty {
  readonly token: number
  readonly value: string | null
}

export function readLock(lock: NodeAnswer): ListedLock {
  return {
    key: lock.text('key'),
    holders: lock.list('holders').map((holder) => ({
      ...readParty(holder),
      token: holder.count('token'),
      value: holder.optional('value', () => holder.text('value')) ?? null,
    })),
    waiters: lock.list('waiters').map(readParty),
    waiting: lock.count('waiting'),
    capacity: lock.optional('capacity', () => lock.count('capacity')) ?? null,
  }
}

export function readParty(party: NodeAnswer): ListedParty {
  return {
    client: party.text('client'),
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
function rowsOf({ key, holders, waiting, capacity }: ListedLock): readonly (readonly string[])[] {
  const waits = waiting === 0 ? '' : String(waiting)
  if (holders.length === 0) return [[key, 'free', '', '', waits]]
  return holders.map((holder, index) => [
    index === 0 ? key : '',
    capacity === null ? holder.mode : `${holder.permits} of ${capacity}`,
    whoText(holder),
    String(holder.token),
    index === 0 ? waits : '',
  ])
}

/** Who it is, and what it says that it does. */
export function whoText({ client, value = null }: ListedParty & { readonly value?: string | null }): string {
  return value === null || value === '' ? client : `${client}: ${value}`
}
