import type { Deadlock, LockHolder, LockParty, LockState, LockWait, LockWaiter } from './locks.ts'
import {
  cycleText,
  type DeadlockView,
  type LockParty as PartyView,
  type ResourceView,
  type WaitEdge,
} from './machine/index.ts'

/** What nobody holds or waits for. */
export function freeState(key: string): LockState {
  return { key, capacity: 0, holding: 0, waiting: 0, token: 0, delayedMs: 0, holders: [], waiters: [] }
}

export function stateOf(view: ResourceView): LockState {
  const { resource, capacity, holding, waiting, token, delayedMs, holders, waiters } = view
  return {
    key: resource,
    capacity,
    holding,
    waiting,
    token,
    delayedMs,
    holders: holders.map((holder): LockHolder => ({
      ...partyOf(holder),
      token: holder.token,
      value: holder.value,
      heldMs: holder.heldMs,
    })),
    waiters: waiters.map((waiter): LockWaiter => ({ ...partyOf(waiter), waitedMs: waiter.waitedMs })),
  }
}

export function deadlockOf(view: DeadlockView): Deadlock {
  return {
    key: view.resource,
    victim: partyOf(view.victim),
    cycle: view.cycle.edges.map(waitOf),
    text: cycleText(view.cycle),
    agoMs: view.agoMs,
  }
}

export function waitOf({ resource, waiter, blocker, blockerHolds }: WaitEdge): LockWait {
  return { key: resource, waiter: partyOf(waiter), blocker: partyOf(blocker), blockerHolds }
}

function partyOf({ session, name, owner, mode, permits }: PartyView): LockParty {
  return { session, name, owner, mode, permits }
}
