import type { NodeId } from '@flotilla/core/ids'
import { after } from '@flotilla/core/time'
import type { Message } from '../messages.ts'
import type { Index, SnapshotMark } from '../types.ts'
import type { CoreState } from './core-state.ts'
import type { Leading } from './leading.ts'
import type { Progress } from './progress.ts'

type AppendAnswer = Extract<Message, { type: 'append-answer' }>
type AppendRefusal = Extract<Message, { type: 'append-refusal' }>
type HeartbeatAnswer = Extract<Message, { type: 'heartbeat-answer' }>

/** It has our log up to `match`, durably. */
export function takeAppendAnswer(state: CoreState, leading: Leading, from: NodeId, message: AppendAnswer): void {
  const member = heard(state, leading, from, message.round)
  if (member === undefined) return
  if (message.match > state.log.lastIndex) return refuse(state, from, 'it says that it has what this log does not')
  if (member.state === 'snapshot') {
    if (member.bringing || message.match + 1 < state.log.firstIndex) return
    member.probeFrom((message.match + 1) as Index)
  }
  if (member.reach(message.match, leading.round, state.now)) leading.busyAt = state.now
}

/** Its log parts from ours before `prevIndex`: go back, a term at a time (Raft §5.3). */
export function takeAppendRefusal(state: CoreState, leading: Leading, from: NodeId, message: AppendRefusal): void {
  const member = heard(state, leading, from, message.round)
  if (member === undefined || member.state === 'snapshot') return
  const { prevIndex, hintIndex, hintTerm, round } = message
  if (prevIndex <= member.match) {
    if (round > member.matchRound) lostData(state, member, hintIndex)
    return
  }
  if (prevIndex >= member.next || (member.state === 'probe' && prevIndex !== member.next - 1)) return
  const agreed = state.log.mayAgreeAt(hintIndex, hintTerm)
  member.probeFrom(Math.min(agreed + 1, prevIndex) as Index)
}

/** It hears us. `lastIndex` shows what was lost on the way, or there. */
export function takeHeartbeatAnswer(state: CoreState, leading: Leading, from: NodeId, message: HeartbeatAnswer): void {
  const { round, lastIndex } = message
  const member = heard(state, leading, from, round)
  if (member === undefined) return
  if (lastIndex < member.match) {
    // An answer to what was sent before `match` rose may have been overtaken; one to what was sent later may not.
    if (round > member.matchRound) lostData(state, member, lastIndex)
    return
  }
  if (member.state === 'replicate' && round >= member.tickRound && lastIndex < member.tickNext - 1) {
    member.probeFrom(Math.min(member.next, lastIndex + 1) as Index)
  }
  if (member.state === 'probe' && round > member.probeRound && lastIndex < member.probedTo) member.probing = false
}

/** How bringing a snapshot ended. What the member has of it, it says itself, in answer to the next probe. */
export function snapshotBrought(state: CoreState, to: NodeId, snapshot: SnapshotMark | undefined): void {
  const member = state.leading?.members.get(to)
  if (member === undefined || !member.bringing) return
  const { heartbeatMs, electionTimeoutMs } = state.settings
  member.bringing = false
  member.bringAt = after(state.now, snapshot === undefined ? electionTimeoutMs : heartbeatMs)
  if (snapshot !== undefined) member.probeFrom((Math.min(snapshot.index, state.log.lastIndex) + 1) as Index)
}

/** That member can be talked to again, or cannot any more. */
export function reachabilityChanged(state: CoreState, peer: NodeId, reachable: boolean): void {
  const member = state.leading?.members.get(peer)
  if (member === undefined || member.state === 'snapshot') return
  // What was under way is lost, most likely.
  if (!reachable && member.state === 'replicate') member.probeFrom((member.match + 1) as Index)
  member.probing = !reachable
  member.probedTo = 0 as Index
  member.probedAt = state.now
}

function heard(state: CoreState, leading: Leading, from: NodeId, round: number): Progress | undefined {
  const member = leading.members.get(from)
  if (member === undefined || from === state.self) return undefined
  if (round > leading.round) {
    refuse(state, from, 'it answers a round that was never begun')
    return undefined
  }
  member.heardAt = state.now
  state.unreachable.delete(from)
  if (round > member.round) member.round = round
  return member
}

function lostData(state: CoreState, member: Progress, lastIndex: Index): void {
  state.tell({ type: 'member-lost-data', member: member.id, match: member.match, lastIndex })
  member.lose()
}

function refuse(state: CoreState, from: NodeId, why: string): void {
  state.tell({ type: 'message-refused', from, why })
}
