import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import { unreachable } from '@flotilla/core/errors'
import type { Message } from '../messages.ts'
import { isMember } from './configuration.ts'
import type { CoreState } from './core-state.ts'
import { raiseCommit, removed } from './deciding.ts'
import { callElection, takeVoteAnswer } from './elections.ts'
import { takeAppend, takeHeartbeat } from './follower.ts'
import { messageFault } from './message-check.ts'
import { followIntoQuiet, wakes, wakeUp } from './quiet.ts'
import { takeRead, takeReadAnswer } from './reads.ts'
import { takeAppendAnswer, takeAppendRefusal, takeHeartbeatAnswer } from './replication-answers.ts'
import { becomeFollower, heardLeader, setLeader } from './roles.ts'
import { takePreVote, takeVote } from './votes.ts'

/** A message from another node, a member or not, of whatever term. */
export function receive(state: CoreState, from: NodeId, message: Message): void {
  const fault = from === state.self ? 'it says that it comes from us' : messageFault(message)
  if (fault !== undefined) return state.tell({ type: 'message-refused', from, why: `${message.type}: ${fault}` })
  if (wakes(state, from, message)) wakeUp(state)
  // Nobody's term changes by these.
  if (message.type === 'pre-vote') return takePreVote(state, from, message)
  if (message.type === 'removed') return takeRemoved(state, message)
  if (message.type === 'pre-vote-answer' && message.granted) {
    // What was asked in the next term is answered in it.
    if (message.term === state.term + 1) takeVoteAnswer(state, from, true, true)
    return
  }
  // Whether this one changes it depends on who leads.
  if (message.type === 'vote') return takeVote(state, from, message)
  if (message.term < state.term) return correct(state, from, message)
  if (message.term > state.term && !joinTerm(state, from, message)) return
  takeInTerm(state, from, message)
}

/** Somebody speaks for an older term. A leader has to know; nobody else can do harm. */
function correct(state: CoreState, from: NodeId, message: Message): void {
  if (message.type !== 'append' && message.type !== 'heartbeat' && message.type !== 'quiet') return
  const { lastIndex } = state.log
  state.send(from, { type: 'heartbeat-answer', term: state.term, round: 0, lastIndex })
}

/** A newer term has begun, and this node with it (Raft §5.1); false if that is nothing to go by. */
function joinTerm(state: CoreState, from: NodeId, message: Message): boolean {
  const { type, term } = message
  if (type === 'append' || type === 'heartbeat' || type === 'quiet' || type === 'stand') {
    becomeFollower(state, term, from)
    return true
  }
  // Whoever is no member cannot have been told of a term by one of ours, and must not disturb.
  if (!isMember(state.configuration, from)) return false
  const led = state.leading !== undefined
  becomeFollower(state, term, undefined)
  // A member that is ahead would take nothing from us. We ask for an election at once; if somebody else leads in that
  // newer term already, his followers will refuse.
  if (led) state.electionAt = state.now
  return true
}

function takeInTerm(state: CoreState, from: NodeId, message: Message): void {
  const { leading } = state
  switch (message.type) {
    case 'append':
      if (follow(state, from)) takeAppend(state, from, message)
      return
    case 'heartbeat':
      if (follow(state, from)) takeHeartbeat(state, from, message)
      return
    case 'quiet':
      return takeQuiet(state, from, message)
    case 'stand':
      if (state.leader === from && state.canStand && state.role === 'follower') callElection(state, true)
      return
    case 'append-answer':
      if (leading !== undefined) takeAppendAnswer(state, leading, from, message)
      return
    case 'append-refusal':
      if (leading !== undefined) takeAppendRefusal(state, leading, from, message)
      return
    case 'heartbeat-answer':
      if (leading !== undefined) takeHeartbeatAnswer(state, leading, from, message)
      return
    case 'vote-answer':
      return takeVoteAnswer(state, from, message.granted, false)
    case 'pre-vote-answer':
      return takeVoteAnswer(state, from, message.granted, true)
    case 'read':
      return takeRead(state, leading, from, message.read)
    case 'read-answer':
      return takeReadAnswer(state, message.read, message.index)
    case 'vote':
    case 'pre-vote':
    case 'removed':
      return
    default:
      return unreachable(message, 'message')
  }
}

/** There is one leader a term; a second one is a lie, or a node that forgot its vote. */
function follow(state: CoreState, leader: NodeId): boolean {
  if (state.leading !== undefined || (state.leader !== undefined && state.leader !== leader)) {
    state.tell({ type: 'message-refused', from: leader, why: `${state.leader} leads in term ${state.term} already` })
    return false
  }
  heardLeader(state, leader)
  return true
}

function takeQuiet(state: CoreState, from: NodeId, message: Extract<Message, { type: 'quiet' }>): void {
  if (!follow(state, from)) return
  if (followIntoQuiet(state, message.commit)) return raiseCommit(state, message.commit)
  const { lastIndex } = state.log
  state.send(from, { type: 'heartbeat-answer', term: state.term, round: 0, lastIndex })
}

/** Counts only if it knows of a later configuration than we do; we may have become a member again since. */
function takeRemoved(state: CoreState, { configurationIndex }: Extract<Message, { type: 'removed' }>): void {
  if (configurationIndex <= state.log.configurationIndex || state.leading !== undefined) return
  if (state.role !== 'follower') becomeFollower(state, state.term, undefined)
  setLeader(state, undefined)
  removed(state, configurationIndex)
  state.electionAt = Infinity as Millis
}
