import type { Invariant } from '@flotilla/sim'
import type { TownHall } from '../town-hall.ts'

export function ownMetadata(hall: TownHall): Invariant {
  return {
    sentence: 'Whatever is shown as what a member says of itself, it has said.',
    check() {
      for (const { name, membership } of hall.observers.values()) {
        for (const member of membership.members()) {
          if (!hall.hasPublished(member)) return `${name} shows ${JSON.stringify(member)}`
        }
      }
      return undefined
    },
  }
}
