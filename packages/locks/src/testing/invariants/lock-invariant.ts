import type { ApplyContext } from '@flotilla/raft'
import type { LockCommand, LockResult } from '../../machine/commands.ts'
import type { LockStateView, OwnerState } from '../../machine/state-view.ts'

/** What one machine did: a command, or only the passing of time. */
export interface LockStep {
  readonly before: LockStateView
  readonly after: LockStateView
  /** Undefined where only time passed, which comes as a step of its own before each command. */
  readonly command: LockCommand | undefined
  /** Undefined where the machine refused. */
  readonly result: LockResult | undefined
  readonly context: ApplyContext
}

/** Something that has to hold after every step of one machine; it may remember the steps before. */
export interface LockInvariant {
  readonly name: string
  /** Returns what is wrong. */
  check(step: LockStep): string | undefined
}

/** Names an owner among all sessions. */
export function ownerKey({ session, owner }: Pick<OwnerState, 'session' | 'owner'>): string {
  return `${session}/${owner}`
}
