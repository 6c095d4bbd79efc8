/** What the paths of raft and locks answer, as far as the page shows it. */
export interface RaftAnswer {
  readonly state: 'none' | 'member' | 'client' | 'failed'
  readonly notice: string | null
  readonly groups: readonly GroupEntry[]
}

interface GroupEntry {
  readonly name: string
  readonly role: string
  readonly term: number
  readonly leader: { readonly id: string; readonly name: string } | null
  readonly commit: number
  readonly applied: number
  readonly logBytes: number
  readonly sessions: number
  readonly members: readonly GroupMember[]
}

export interface GroupMember {
  readonly id: string
  readonly name: string
  readonly self: boolean
  readonly part: 'voter' | 'learner' | 'leaving'
  readonly leads: boolean
  readonly entriesBehind: number | null
  readonly answers: boolean | null
}

export interface LocksAnswer {
  readonly locks: readonly LockState[]
  readonly next: string | null
}

export interface LockState {
  readonly key: string
  readonly capacity: number
  readonly holding: number
  readonly waiting: number
  readonly token: number
  readonly delayedMs: number
  readonly holders: readonly LockHolder[]
  readonly waiters: readonly LockParty[]
}

export interface LockParty {
  readonly name: string
  readonly owner: string
  readonly mode?: string
}

export interface LockHolder extends LockParty {
  readonly mode: string
  readonly permits: number
  readonly token: number
  readonly value: string
}

export interface LockWait {
  readonly key: string
  readonly waiter: LockParty
  readonly blocker: LockParty
  readonly blockerHolds: boolean
}

export interface DeadlocksAnswer {
  readonly deadlocks: readonly {
    readonly key: string
    readonly text: string
    readonly agoMs: number
    readonly cycle: readonly LockWait[]
  }[]
  readonly waits: readonly LockWait[]
}
