import { after, type Millis } from '@flotilla/core/time'
import type { Message } from '../messages.ts'
import type { NodeId } from '@flotilla/core/ids'
import { isJoint, isMember } from './configuration.ts'
import type { CoreState } from './core-state.ts'
import type { Leading } from './leading.ts'

/**
 * A group in which nothing happens costs nothing: once everybody has everything, the leader says so and falls silent,
 * and followers wait for no heartbeat. That a quiet leader died is noticed by whoever wants something of it, or by the
 * connection to it. A member that missed the message asks for an election, which wakes the others, and the leader with
 * them; while it is awake it refuses, and its heartbeats settle the matter.
 */
export function wakeUp(state: CoreState): void {
  const { leading, now } = state
  if (leading !== undefined) leading.busyAt = now
  if (!state.quiet) return
  state.quiet = false
  if (leading === undefined) {
    // The leader was right to be silent until now, so its time begins here.
    state.leaderHeardAt = now
    return state.restartElectionTimer()
  }
  leading.heartbeatAt = now
  for (const member of leading.members.values()) member.heardAt = now
}

/** What a leader got anyway needs no waking: answers to what it sent before it fell silent. */
export function wakes(state: CoreState, from: NodeId, message: Message): boolean {
  if (message.type === 'quiet' || !isMember(state.configuration, from)) return false
  const member = state.leading?.members.get(from)
  if (member === undefined || message.term !== state.term) return true
  if (message.type === 'heartbeat-answer') return message.lastIndex !== state.log.lastIndex
  return message.type !== 'append-answer' || message.match > member.match
}

/** At a leader's tick: falls silent if nothing has happened for long enough and everybody has everything. */
export function fallQuiet(state: CoreState, leading: Leading): boolean {
  const { now, settings, log, term, commit } = state
  if (now < after(leading.busyAt, settings.quietAfterMs) || !isSettled(state, leading)) return false
  for (const member of leading.others) state.send(member.id, { type: 'quiet', term, commit })
  state.quiet = commit === log.lastIndex
  return true
}

function isSettled(state: CoreState, leading: Leading): boolean {
  const { lastIndex } = state.log
  if (state.commit !== lastIndex || state.writes.durableIndex !== lastIndex || state.applied !== lastIndex) return false
  if (leading.reads.waiting > 0 || state.transfer !== undefined || isJoint(state.configuration)) return false
  const heardSince = after(state.now, -state.settings.electionTimeoutMs)
  return leading.others.every(
    ({ match, toldCommit, heardAt, lostData }) =>
      match === lastIndex && toldCommit === lastIndex && heardAt > heardSince && !lostData,
  )
}

/** The leader has fallen silent; so does its follower, if it has everything. */
export function followIntoQuiet(state: CoreState, commit: number): boolean {
  if (commit !== state.log.lastIndex) return false
  state.quiet = true
  state.electionAt = Infinity as Millis
  return true
}
