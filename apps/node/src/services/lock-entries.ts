import type { Deadlock, LockHolder, LockParty, LockState } from '@flotilla/locks'
import type { DeadlockEntry, LockEntry, LockHolderEntry, LockPartyEntry } from './lock-answers.ts'

export function lockEntry({ key, holders, waiters, waiting, capacity }: LockState): LockEntry {
  return {
    key,
    holders: holders.map(holderEntry),
    waiters: waiters.map(partyEntry),
    waiting,
    capacity: capacity ?? null,
  }
}

export function deadlockEntry({ cycle, victim }: Deadlock): DeadlockEntry {
  return {
    cycle: cycle.map(({ key, waiter, holder }) => ({ key, waiter: partyEntry(waiter), holder: partyEntry(holder) })),
    victim: partyEntry(victim),
  }
}

function holderEntry(holder: LockHolder): LockHolderEntry {
  return { ...partyEntry(holder), token: holder.token, value: holder.value ?? null }
}

function partyEntry({ client, owner, mode, permits }: LockParty): LockPartyEntry {
  return { client, owner, mode, permits }
}
