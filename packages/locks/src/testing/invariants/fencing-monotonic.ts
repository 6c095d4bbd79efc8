import type { FencingToken, ResourceName } from '../../machine/ids.ts'
import type { HolderState, ResourceState } from '../../machine/state-view.ts'
import { ownerKey, type LockInvariant } from './lock-invariant.ts'

/**
 * Whoever begins to hold a key, or to hold it in another mode, has a higher token than all who held it before, for
 * ever; save a reader, who has that of the readers whom it joins.
 */
export function fencingMonotonic(): LockInvariant {
  const highest = new Map<ResourceName, FencingToken>()
  return {
    name: 'fencing monotonic',
    check({ before, after }) {
      for (const resource of after.resources.values()) {
        const earlier = before.resources.get(resource.name)
        const bound = highest.get(resource.name) ?? 0
        for (const holder of resource.holders) {
          const former = earlier?.holders.find((each) => ownerKey(each) === ownerKey(holder))
          const wrong = wrongToken(holder, former, bound, joinable(resource, earlier))
          if (wrong !== undefined) return `${resource.name}: ${ownerKey(holder)} ${wrong}`
          if (holder.token > (highest.get(resource.name) ?? 0)) highest.set(resource.name, holder.token)
        }
      }
      return undefined
    },
  }
}

/** The token of those who read before, or of the first one of those who begin to read together. */
function joinable({ holders }: ResourceState, earlier: ResourceState | undefined): FencingToken | undefined {
  const stayed = holders.find((holder) => {
    const former = earlier?.holders.find((each) => ownerKey(each) === ownerKey(holder))
    return former?.mode === 'shared' && former.token === holder.token
  })
  return stayed?.token
}

function wrongToken(
  { mode, token }: HolderState,
  former: HolderState | undefined,
  bound: number,
  joined: FencingToken | undefined,
): string | undefined {
  if (former !== undefined && former.mode === mode && former.token === token) return undefined
  if (token > bound || (mode === 'shared' && token === joined)) return undefined
  return `got token ${token} (${mode}), though ${bound} was given out before`
}
