import type { ResourceState } from '../../machine/state-view.ts'
import { ownerKey, type LockInvariant } from './lock-invariant.ts'

/** Who stands first and could be granted is not waiting. */
export function noStuckWaiter(): LockInvariant {
  return {
    name: 'no stuck waiter',
    check({ after }) {
      for (const resource of after.resources.values()) {
        const [first] = resource.waiters
        if (first === undefined || resource.delayedUntil > after.now || isBlocked(resource)) continue
        return `${ownerKey(first)} waits for ${resource.name}, and nothing is in its way`
      }
      return undefined
    },
  }
}

function isBlocked({ capacity, holders, waiters: [first] }: ResourceState): boolean {
  if (first === undefined) return false
  const others = holders.filter((holder) => ownerKey(holder) !== ownerKey(first))
  if (first.mode === 'exclusive') return others.length > 0
  if (first.mode === 'shared') return others.some(({ mode }) => mode === 'exclusive')
  return holders.reduce((sum, { permits }) => sum + permits, 0) + first.permits > capacity
}
