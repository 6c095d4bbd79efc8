import type { NodeId } from '@flotilla/core/ids'
import type { Invariant } from '@flotilla/sim'
import type { MembershipEvent } from '../../../src/member.ts'
import type { Observer, TownHall } from '../town-hall.ts'

type Standing = 'absent' | 'alive' | 'suspect'
type Type = MembershipEvent['type']

/** From which standing an event may come, and to which it leads. */
const steps: { readonly [Event in Type]?: readonly (readonly [from: Standing, to: Standing])[] } = {
  joined: [['absent', 'alive']],
  suspected: [['alive', 'suspect']],
  refuted: [['suspect', 'alive']],
  changed: [
    ['alive', 'alive'],
    ['suspect', 'suspect'],
  ],
  failed: [['suspect', 'absent']],
  left: [
    ['alive', 'absent'],
    ['suspect', 'absent'],
  ],
}

/** Who only reads the events knows the same as who asks for the members. */
export function legalEvents(hall: TownHall): Invariant {
  const standings = new WeakMap<Observer, Map<NodeId, Standing>>()
  const follow = (observer: Observer): string | undefined => {
    const told = standings.get(observer) ?? new Map<NodeId, Standing>()
    standings.set(observer, told)
    for (const event of observer.events.splice(0)) {
      if (!('member' in event)) continue
      const { id } = event.member
      const from = told.get(id) ?? 'absent'
      const step = steps[event.type]?.find(([allowed]) => allowed === from)
      if (step === undefined) return `${observer.name} was told "${event.type}" of ${id}, which was ${from}`
      told.set(id, step[1])
    }
    for (const { id, status } of observer.membership.members()) {
      const expected = status === 'alive' || status === 'suspect' ? status : 'absent'
      const standing = id === observer.id ? expected : (told.get(id) ?? 'absent')
      if (standing !== expected) return `${observer.name} was told that ${id} is ${standing}, and shows it as ${status}`
    }
    return undefined
  }
  return {
    sentence: 'Events are a legal sequence for each member, and say what the list of members says.',
    check() {
      for (const observer of hall.observers.values()) {
        const broken = follow(observer)
        if (broken !== undefined) return broken
      }
      return undefined
    },
  }
}
