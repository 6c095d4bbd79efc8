import type { Progress } from '@flotilla/sim'
import type { TownHall } from '../town-hall.ts'

/** `isSettled`: everybody agrees by now. */
export function rightDegraded(hall: TownHall, isSettled: () => boolean): Progress {
  return {
    sentence: 'Once all agree, a member is degraded exactly when it sees less than a majority.',
    seen() {
      if (!isSettled()) return false
      for (const { membership } of hall.observers.values()) {
        const known = membership.members().filter(({ status }) => status !== 'left')
        const seen = known.filter(({ status }) => status === 'alive')
        if (membership.degraded() !== seen.length * 2 <= known.length) return false
      }
      return true
    },
  }
}
