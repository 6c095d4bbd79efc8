import type { Index } from '../types.ts'
import type { CoreState } from './core-state.ts'
import { Leading } from './leading.ts'
import type { Progress } from './progress.ts'
import { appendEmpty } from './own-entries.ts'
import { becomeFollower, setLeader } from './roles.ts'

/** A majority has voted for this node. */
export function becomeLeader(state: CoreState): void {
  const { log, now } = state
  const leading = new Leading(state.self, state.settings, now)
  leading.follow(state.configuration, log.lastIndex, now)
  leading.undecidedBytes = log.bytesBetween((state.commit + 1) as Index, log.lastIndex)
  state.standing = undefined
  state.role = 'leader'
  state.leading = leading
  state.removed = false
  setLeader(state, state.self)
  appendEmpty(state)
}

/** Gives way before the term is over; the one that is best placed, if there is one, need not wait for a timeout. */
export function handOverAndStepDown(state: CoreState): void {
  const successor = bestPlaced(state)
  if (successor !== undefined) state.send(successor.id, { type: 'stand', term: state.term })
  becomeFollower(state, state.term, undefined)
}

/** The voter to be that has most of the log, among those that were heard of lately. */
export function bestPlaced(state: CoreState): Progress | undefined {
  const { leading, now, settings } = state
  let best: Progress | undefined
  for (const member of leading?.voters ?? []) {
    if (member.id === state.self || member.lostData || now - member.heardAt >= settings.electionTimeoutMs) continue
    if (state.unreachable.has(member.id)) continue
    if (best === undefined || member.match > best.match) best = member
  }
  return best
}
