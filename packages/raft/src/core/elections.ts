import type { NodeId } from '@flotilla/core/ids'
import type { Index, Term, WriteNumber } from '../types.ts'
import { votersOf } from './configuration.ts'
import type { CoreState } from './core-state.ts'
import { becomeLeader } from './leadership.ts'
import { jointTally } from './quorum.ts'
import { becomeFollower, setLeader, waitForLeader } from './roles.ts'

/** No leader was heard of for as long as this node waits. */
export function electionTimedOut(state: CoreState): void {
  if (state.canStand) return askForElection(state)
  waitForLeader(state)
  // A learner cannot stand; but a leader that has fallen silent without it wakes when it is asked.
  if (!state.isVoter) askVoters(state)
}

/**
 * Asks whether an election could be won before calling one, so that a node that was cut off disturbs nobody when it
 * comes back (thesis §9.6).
 */
function askForElection(state: CoreState): void {
  state.role = 'pre-candidate'
  setLeader(state, undefined)
  state.standing = { pre: true, answers: new Map([[state.self, true]]), ownVote: 0 as WriteNumber }
  state.drawTimeout()
  state.restartElectionTimer()
  askVoters(state)
  countAnswers(state)
}

function askVoters(state: CoreState): void {
  const { log, self } = state
  const term = (state.term + 1) as Term
  for (const voter of votersOf(state.configuration)) {
    if (voter === self) continue
    state.send(voter, { type: 'pre-vote', term, lastIndex: log.lastIndex, lastTerm: log.lastTerm })
  }
}

/** Stands, in a new term. `transfer`: because the leader has asked for it. */
export function callElection(state: CoreState, transfer: boolean): void {
  const { log, self } = state
  const lastIndex: Index = log.lastIndex
  state.setHardState((state.term + 1) as Term, self)
  state.answerDue = undefined
  state.role = 'candidate'
  setLeader(state, undefined)
  state.standing = { pre: false, answers: new Map(), ownVote: state.lastWrite }
  state.drawTimeout()
  state.restartElectionTimer()
  for (const voter of votersOf(state.configuration)) {
    if (voter === self) continue
    const { term } = state
    state.claim(voter, { type: 'vote', term, lastIndex, lastTerm: log.lastTerm, transfer }, state.lastWrite)
  }
}

/** An answer to this term's question, from somebody who was asked. */
export function takeVoteAnswer(state: CoreState, from: NodeId, granted: boolean, pre: boolean): void {
  const { standing } = state
  if (standing === undefined || standing.pre !== pre) return
  standing.answers.set(from, granted)
  countAnswers(state)
}

/** Our own vote counts like any other: once it is durable. */
export function countOwnVote(state: CoreState): void {
  const { standing } = state
  if (standing === undefined || standing.pre || state.writes.done < standing.ownVote) return
  if (standing.answers.has(state.self)) return
  standing.answers.set(state.self, true)
  countAnswers(state)
}

function countAnswers(state: CoreState): void {
  const { standing, configuration } = state
  if (standing === undefined) return
  const result = jointTally(configuration.voters, configuration.outgoing, standing.answers)
  if (result === 'open') return
  // Until the timer runs out again.
  if (result === 'lost') return becomeFollower(state, state.term, undefined)
  if (standing.pre) return callElection(state, false)
  becomeLeader(state)
}
