import type { NodeId } from '@flotilla/core/ids'
import type { Configuration } from '../types.ts'
import { configurationFault, membersOf, sameConfiguration, sorted, stepTowards } from './configuration.ts'
import type { CoreState } from './core-state.ts'
import type { Accepted, ChangeRefusal } from './inputs.ts'
import { appendConfiguration } from './own-entries.ts'

/**
 * One change at a time (Raft §6), and none before an entry of this term is decided: until then another change, begun
 * by an earlier leader, might be decided without this node knowing, and their majorities need not meet.
 */
export function changeMembers(
  state: CoreState,
  asked: Pick<Configuration, 'voters' | 'learners'>,
): Accepted | ChangeRefusal {
  const { log, term, commit, configuration } = state
  if (state.leading === undefined) return { refused: 'not-leader', leader: state.leader }
  if (state.transfer !== undefined) return { refused: 'handing-over', leader: state.transfer.to }
  const wanted: Configuration = { voters: sorted(asked.voters), outgoing: [], learners: sorted(asked.learners) }
  const why = whyNot(state, wanted)
  if (why !== undefined) return { refused: 'wrong-members', why }
  if (sameConfiguration(wanted, configuration)) return { first: log.configurationIndex, term }
  if (log.configurationIndex > commit || configuration.outgoing.length > 0 || !state.decidedInTerm) {
    return { refused: 'change-under-way' }
  }
  const behind = wanted.voters.find((voter) => entriesBehind(state, voter) > state.settings.promotionLagMax)
  if (behind !== undefined) {
    return { refused: 'not-caught-up', member: behind, entriesBehind: entriesBehind(state, behind) }
  }
  return { first: appendConfiguration(state, stepTowards(configuration, wanted)), term }
}

function whyNot(state: CoreState, wanted: Configuration): string | undefined {
  if (wanted.voters.length === 0) return 'a group needs at least one voter'
  const count = membersOf(wanted).length
  const { membersMax } = state.settings
  if (count > membersMax) return `${count} members are more than the ${membersMax} that a group may have (membersMax)`
  return configurationFault(wanted)
}

/** 0 for who is a voter already; one that is no member at all lacks everything. */
function entriesBehind(state: CoreState, voter: NodeId): number {
  if (state.configuration.voters.includes(voter)) return 0
  const { lastIndex } = state.log
  const member = state.leading?.members.get(voter)
  // Even where the whole log is shorter than the lag that is allowed, a voter has to be a learner first.
  if (member === undefined || member.lostData) return Math.max(lastIndex, state.settings.promotionLagMax + 1)
  return lastIndex - member.match
}
