import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { ReadNumber, Term } from '../types.ts'
import { isMember } from './configuration.ts'
import type { CoreState } from './core-state.ts'

/** Follows whoever leads in that term, if that is known; leaves behind whatever this node was. */
export function becomeFollower(state: CoreState, term: Term, leader: NodeId | undefined): void {
  const isNewTerm = term > state.term
  if (isNewTerm) {
    state.setHardState(term, undefined)
    state.answerDue = undefined
  }
  const wasFollower = state.role === 'follower'
  stopLeading(state)
  state.standing = undefined
  state.role = 'follower'
  setLeader(state, leader)
  // A follower that is only told of a newer term goes on waiting: asking for votes must not hold off an election.
  if (wasFollower && !isNewTerm) return
  state.drawTimeout()
  if (!wasFollower || leader !== undefined) state.restartElectionTimer()
}

/** It is there, and leads. */
export function heardLeader(state: CoreState, leader: NodeId): void {
  if (state.role !== 'follower' || state.leader !== leader) becomeFollower(state, state.term, leader)
  state.removed = false // It counts us among its members.
  state.quiet = false
  state.unreachable.delete(leader)
  state.leaderHeardAt = state.now
  state.restartElectionTimer()
}

export function setLeader(state: CoreState, leader: NodeId | undefined): void {
  if (state.leader === leader) return
  state.leader = leader
  failReads(state, state.forwarded.giveUp())
  const { transfer } = state
  if (leader === undefined || transfer === undefined) return
  state.transfer = undefined
  state.tell({ type: 'transfer-ended', to: transfer.to, succeeded: leader === transfer.to })
}

/** No leader is known, and this node cannot become one: it waits until one comes, or until it can. */
export function waitForLeader(state: CoreState): void {
  if (state.role !== 'follower') becomeFollower(state, state.term, undefined)
  setLeader(state, undefined)
  state.drawTimeout()
  if ((state.isVoter || isMember(state.configuration, state.self)) && !state.removed) state.restartElectionTimer()
  else state.electionAt = Infinity as Millis
}

export function failReads(state: CoreState, reads: readonly ReadNumber[]): void {
  if (reads.length > 0) state.effects.push({ type: 'read-failed', reads })
}

function stopLeading(state: CoreState): void {
  const { leading } = state
  if (leading === undefined) return
  state.leading = undefined
  state.quiet = false
  const { reads, remote } = leading.reads.giveUp()
  failReads(state, reads)
  for (const { from, read } of remote) {
    state.send(from, { type: 'read-answer', term: state.term, read, index: undefined })
  }
}
