import type { Invariant } from '@flotilla/sim'
import type { TownHall } from '../town-hall.ts'

export function boundedTables(hall: TownHall, membersMax: number): Invariant {
  return {
    sentence: 'No table grows over its limit.',
    check() {
      for (const { name, membership } of hall.observers.values()) {
        const { length } = membership.members()
        if (length > membersMax) return `${name} knows ${length} members; the limit is ${membersMax}`
      }
      return undefined
    },
  }
}
