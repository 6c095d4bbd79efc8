import type { LockInvariant } from './lock-invariant.ts'
import { stuckOwners } from './stuck-owners.ts'

/** After each step nobody waits for ever for others who wait. */
export function deadlockCompleteness(): LockInvariant {
  return {
    name: 'deadlock completeness',
    check({ after }) {
      const stuck = stuckOwners(after.resources)
      return stuck.size === 0 ? undefined : `these wait for each other for ever: ${[...stuck].join(', ')}`
    },
  }
}
