import type { NodeId } from '@flotilla/core/ids'
import type { Message } from '../messages.ts'
import type { Index, Term } from '../types.ts'
import { isMember } from './configuration.ts'
import type { CoreState } from './core-state.ts'
import { becomeFollower } from './roles.ts'

type PreVote = Extract<Message, { type: 'pre-vote' }>
type Vote = Extract<Message, { type: 'vote' }>

/** Whether a vote would be given. It changes nothing, here or there. */
export function takePreVote(state: CoreState, from: NodeId, message: PreVote): void {
  tellIfRemoved(state, from)
  const isNext = message.term > state.term || (message.term === state.term && mayVoteFor(state, from))
  const granted = isNext && !hearsLeader(state, from) && isUpToDate(state, message.lastIndex, message.lastTerm)
  const term = granted ? message.term : state.term
  state.send(from, { type: 'pre-vote-answer', term, granted })
}

/** One vote a term, for one whose log is no worse than ours (Raft §5.2, §5.4.1). */
export function takeVote(state: CoreState, from: NodeId, message: Vote): void {
  tellIfRemoved(state, from)
  if (message.term > state.term) {
    // Somebody who does not hear the leader must not take it from those who do (thesis §4.2.3).
    if (!message.transfer && hearsLeader(state, from)) return
    becomeFollower(state, message.term, undefined)
  }
  const granted =
    message.term === state.term && mayVoteFor(state, from) && isUpToDate(state, message.lastIndex, message.lastTerm)
  if (granted) {
    if (state.vote === undefined) state.setHardState(state.term, from)
    state.restartElectionTimer()
  }
  state.claim(from, { type: 'vote-answer', term: state.term, granted }, state.lastWrite)
}

function mayVoteFor(state: CoreState, candidate: NodeId): boolean {
  const { vote, leader } = state
  return (vote === undefined || vote === candidate) && (leader === undefined || leader === candidate)
}

function isUpToDate(state: CoreState, lastIndex: Index, lastTerm: Term): boolean {
  const { log } = state
  return lastTerm > log.lastTerm || (lastTerm === log.lastTerm && lastIndex >= log.lastIndex)
}

/** Was a leader heard of so lately that there is no need for another? The leader itself may ask for an election. */
function hearsLeader(state: CoreState, candidate: NodeId): boolean {
  const { leader, self, now, settings } = state
  if (leader === self) return true
  if (leader === undefined || leader === candidate || state.unreachable.has(leader)) return false
  return now - state.leaderHeardAt < settings.electionTimeoutMs
}

/** Tells one that asks for votes that it is no member any more, if that is decided. */
function tellIfRemoved(state: CoreState, candidate: NodeId): void {
  const { log, commit, self } = state
  const decided = log.configurationAt(commit)
  if (isMember(state.configuration, candidate) || isMember(decided.configuration, candidate)) return
  if (!isMember(decided.configuration, self)) return
  state.send(candidate, { type: 'removed', term: state.term, configurationIndex: decided.index })
}
