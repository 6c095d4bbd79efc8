import type { NodeId } from '@flotilla/core/ids'
import type { Invariant } from '@flotilla/sim'
import type { Observer, TownHall } from '../town-hall.ts'

export function risingIncarnations(hall: TownHall): Invariant {
  const shown = new WeakMap<Observer, Map<NodeId, number>>()
  return {
    sentence: 'No observer ever sees the incarnation of a member go back.',
    check() {
      for (const observer of hall.observers.values()) {
        const before = shown.get(observer) ?? new Map<NodeId, number>()
        shown.set(observer, before)
        for (const { id, incarnation } of observer.membership.members()) {
          const last = before.get(id) ?? -1
          if (incarnation < last) return `${observer.name} saw ${id} go from ${last} back to ${incarnation}`
          before.set(id, incarnation)
        }
      }
      return undefined
    },
  }
}
