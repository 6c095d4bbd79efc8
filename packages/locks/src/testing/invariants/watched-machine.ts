import type { ApplyContext, MachineKind, StateMachine } from '@flotilla/raft'
import type { LockCommand, LockResult } from '../../machine/commands.ts'
import type { LockMachine, LockMachineKind } from '../../machine/lock-machine.ts'
import type { LockAnswer, LockQuery } from '../../machine/queries.ts'
import { stateView, type LockStateView } from '../../machine/state-view.ts'
import { deadlockCompleteness } from './deadlock-completeness.ts'
import { deadlockSoundness } from './deadlock-soundness.ts'
import { delayKept } from './delay-kept.ts'
import { fencingMonotonic } from './fencing-monotonic.ts'
import { firstComeFirstServed } from './first-come-first-served.ts'
import type { LockInvariant, LockStep } from './lock-invariant.ts'
import { mutualExclusion } from './mutual-exclusion.ts'
import { noGrantToTheExpired } from './no-grant-to-the-expired.ts'
import { noStuckWaiter } from './no-stuck-waiter.ts'

/** All of them, each with an empty memory: one set for each machine. */
function lockInvariants(): readonly LockInvariant[] {
  return [
    mutualExclusion(),
    fencingMonotonic(),
    firstComeFirstServed(),
    noStuckWaiter(),
    deadlockSoundness(),
    deadlockCompleteness(),
    noGrantToTheExpired(),
    delayKept(),
  ]
}

type Watched = StateMachine<LockCommand, LockResult, LockQuery, LockAnswer>

/** The same machine, held against its invariants at each step; what is broken is told, with the step before it. */
export function watchedMachine(machine: LockMachine, report: (broken: string) => void): Watched {
  const invariants = lockInvariants()
  const check = (before: LockStateView, about: Omit<LockStep, 'before' | 'after'>): void => {
    const step = { before, after: stateView(machine.table), ...about }
    for (const invariant of invariants) {
      const wrong = invariant.check(step)
      if (wrong !== undefined) report(`${invariant.name}, at ${about.context.index}: ${wrong}`)
    }
  }
  const tick = (context: ApplyContext): void => {
    const before = stateView(machine.table)
    machine.tick(context)
    check(before, { command: undefined, result: undefined, context })
  }
  return {
    codecs: machine.codecs,
    apply(command, context) {
      tick(context)
      const before = stateView(machine.table)
      let result: LockResult | undefined
      try {
        result = machine.apply(command, context)
        return result
      } finally {
        check(before, { command, result, context })
      }
    },
    tick,
    query: (query, context) => machine.query(query, context),
    deadline: () => machine.deadline(),
    snapshot: () => machine.snapshot(),
  }
}

/** Makes machines that watch themselves. */
export function watchedKind(kind: LockMachineKind, report: (broken: string) => void): WatchedKind {
  return {
    version: kind.version,
    create: () => watchedMachine(kind.create(), report),
    restore: async (pieces, version) => watchedMachine(await kind.restore(pieces, version), report),
  }
}

type WatchedKind = MachineKind<LockCommand, LockResult, LockQuery, LockAnswer>
