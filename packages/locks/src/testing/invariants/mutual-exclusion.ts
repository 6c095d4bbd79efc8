import type { LockInvariant } from './lock-invariant.ts'
import { ownerKey } from './lock-invariant.ts'

/** A lock that one owner holds exclusively nobody else holds; no more permits are held than there are. */
export function mutualExclusion(): LockInvariant {
  return {
    name: 'mutual exclusion',
    check({ after }) {
      for (const { name, capacity, holders } of after.resources.values()) {
        const who = holders.map(ownerKey).join(', ')
        const isExclusive = holders.some(({ mode }) => mode === 'exclusive')
        if (isExclusive && holders.length > 1) return `${name} is held exclusively, by ${who}`
        if (new Set(holders.map(ownerKey)).size < holders.length) return `${name} is held twice by one: ${who}`
        const permits = holders.reduce((sum, holder) => sum + holder.permits, 0)
        if (permits > capacity) return `${permits} of ${capacity} permits of ${name} are held, by ${who}`
      }
      return undefined
    },
  }
}
