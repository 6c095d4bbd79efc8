import type { ConformanceCase } from '@flotilla/core/testing'
import { electionCases } from './election-cases.ts'
import { exclusiveCases } from './exclusive-cases.ts'
import type { LockCase, LockHarness, LockHarnessAbility } from './harness.ts'
import { semaphoreCases } from './semaphore-cases.ts'
import { sessionCases } from './session-cases.ts'
import { sharedCases } from './shared-cases.ts'
import { tokenCases } from './token-cases.ts'
import { transactionCases } from './transaction-cases.ts'
import { waitingCases } from './waiting-cases.ts'

/**
 * The cases that an implementation of `Locks` must pass, each on a harness of its own. `without` names what its harness
 * cannot do; the cases that need it are left out.
 */
export function lockConformance(
  make: () => Promise<LockHarness>,
  options: { readonly without?: readonly LockHarnessAbility[] } = {},
): readonly ConformanceCase[] {
  const { without = [] } = options
  const cases: readonly LockCase[] = [
    ...exclusiveCases,
    ...sharedCases,
    ...waitingCases,
    ...tokenCases,
    ...sessionCases,
    ...semaphoreCases,
    ...electionCases,
    ...transactionCases,
  ]
  return cases
    .filter(({ needs }) => needs === undefined || !without.includes(needs))
    .map(({ name, run }) => ({
      name,
      async run() {
        await using harness = await make()
        await run(harness)
      },
    }))
}
