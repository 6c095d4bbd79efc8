import type { NodeId } from '@flotilla/core/ids'
import type { Progress } from '@flotilla/sim'
import type { MemberStatus } from '../../../src/member.ts'
import type { TownHall } from '../town-hall.ts'

/** What everybody must come to see of everybody, once the world is whole. */
export interface Expected {
  readonly id: NodeId
  readonly statuses: readonly (MemberStatus | 'unknown')[]
}

/** No living member stays dead for anybody, and none that is gone stays alive. */
export function agreement(hall: TownHall, sentence: string, expected: () => readonly Expected[]): Progress {
  return {
    sentence,
    seen() {
      const wanted = expected()
      if (wanted.length === 0) return false
      for (const { membership } of hall.observers.values()) {
        const statuses = new Map(membership.members().map(({ id, status }) => [id, status]))
        for (const one of wanted) if (!one.statuses.includes(statuses.get(one.id) ?? 'unknown')) return false
      }
      return true
    },
  }
}
