/** What locks are called by the machine: numbers and names that only rise or never change their meaning. */

/** A client that shows life: the index of the entry that opened it, so it is never used again. */
export type LockSessionId = number & { readonly brand: 'LockSessionId' }

/** Numbers what one session asks for, whoever its owner is: drawn by the client, from 1 on, each one once. */
export type LockRequest = number & { readonly brand: 'LockRequest' }

/**
 * Who holds, within one session: a transaction, or a task that may acquire again what it has. What one owner holds
 * never stands in its own way.
 */
export type OwnerName = string & { readonly brand: 'OwnerName' }

/** The key of a lock, a semaphore or an election. */
export type ResourceName = string & { readonly brand: 'ResourceName' }

/**
 * One counter for the whole machine, which never goes back, so a key that was forgotten and comes back goes on above
 * what it had. Every exclusive grant draws a new one. A shared grant draws a new one too if nobody else held the lock
 * in that moment, else it gets that of the readers whom it joins: so a resource that refuses whatever is below the
 * highest token it has seen lets all present readers through, and nobody from before. Whoever turns from writer to
 * reader draws a new one, so that a late write of its own is refused. Permits of a semaphore draw one each, which tells
 * grants apart but fences nothing: several are valid at once.
 */
export type FencingToken = number & { readonly brand: 'FencingToken' }

/** How old a transaction is: the index of its first request since it had nothing; the greater, the younger. */
export type OwnerAge = number & { readonly brand: 'OwnerAge' }

/** What the events of one session are emitted under. */
export function sessionTopic(session: LockSessionId): string {
  return `session/${session}`
}

/** What changes of holders, and of their values, are emitted under. */
export function resourceTopic(resource: ResourceName): string {
  return `key/${resource}`
}

/** Where changes of all keys come together. */
export const allResourcesTopic = 'keys'
