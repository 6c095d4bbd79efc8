import type { Millis } from '@flotilla/core/time'
import type { CoreState } from './core-state.ts'
import type { Leading } from './leading.ts'
import { handOverAndStepDown } from './leadership.ts'
import { heardAtOf } from './progress.ts'
import { fallQuiet } from './quiet.ts'
import { beat, giveNotice } from './replication.ts'
import { becomeFollower } from './roles.ts'
import { askToStand } from './transfer.ts'

/** What a leader does because time has passed. */
export function leaderTick(state: CoreState, leading: Leading): void {
  if (state.quiet) return
  if (state.diskStalled) {
    state.tell({ type: 'disk-stalled', milliseconds: state.now - state.writes.waitingSince })
    return handOverAndStepDown(state)
  }
  if (state.now >= leading.noticeAt) giveNotice(state, leading)
  if (state.now < leading.heartbeatAt) return
  if (!hearsMajority(state, leading)) return becomeFollower(state, state.term, undefined)
  askToStand(state)
  if (fallQuiet(state, leading)) return
  beat(state, leading)
}

export function leaderDeadline(state: CoreState, leading: Leading): Millis {
  return state.quiet ? (Infinity as Millis) : (Math.min(leading.heartbeatAt, leading.noticeAt) as Millis)
}

/** A leader that hears no majority for an election timeout would only keep others from electing a better one. */
function hearsMajority(state: CoreState, leading: Leading): boolean {
  const own = leading.members.get(state.self)
  if (own !== undefined) own.heardAt = state.now
  return state.now - leading.reached(heardAtOf) < state.settings.electionTimeoutMs
}
