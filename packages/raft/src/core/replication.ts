import { after } from '@flotilla/core/time'
import type { Index } from '../types.ts'
import type { CoreState } from './core-state.ts'
import type { Leading } from './leading.ts'
import type { Progress } from './progress.ts'

/** At each drain: whatever each member may have now. */
export function replicate(state: CoreState, leading: Leading): void {
  for (const member of leading.others) sendEntries(state, leading, member)
}

function sendEntries(state: CoreState, leading: Leading, member: Progress): void {
  if (member.next < state.log.firstIndex && member.state !== 'snapshot') member.needSnapshot()
  switch (member.state) {
    case 'snapshot':
      return bringSnapshot(state, member)
    case 'probe':
      if (!member.probing) probe(state, leading, member)
      return
    case 'replicate':
      while (member.next <= state.log.lastIndex && !member.window.full) {
        if (member.window.count === 0) member.reachedAt = state.now
        member.window.add(...append(state, leading, member))
      }
  }
}

function probe(state: CoreState, leading: Leading, member: Progress): void {
  const { next } = member
  const [end] = append(state, leading, member)
  member.next = next
  member.probing = true
  member.probedTo = end
  member.probedAt = state.now
  member.probeRound = leading.round
}

/** Sends what follows on `next - 1`, as much as one message may hold; returns where it ends and how long it is. */
function append(state: CoreState, leading: Leading, member: Progress): [end: Index, bytes: number] {
  const { log, settings, term, commit } = state
  const { next } = member
  const prevIndex = (next - 1) as Index
  const prevTerm = log.termAt(prevIndex) ?? state.term
  const end = log.reachFrom(next, settings.appendBytesMax, settings.appendEntriesMax)
  const entries = end < next ? [] : log.slice(next, end)
  const { round } = leading
  state.send(member.id, { type: 'append', term, prevIndex, prevTerm, commit, round, entries })
  member.next = (end + 1) as Index
  member.toldCommit = Math.max(member.toldCommit, Math.min(commit, end)) as Index
  return [end, end < next ? 0 : log.bytesBetween(next, end)]
}

/** That it is led still, and how much is decided of what it has. */
export function sendHeartbeat(state: CoreState, leading: Leading, member: Progress): void {
  const commit = Math.min(state.commit, member.match) as Index
  member.toldCommit = Math.max(member.toldCommit, commit) as Index
  state.send(member.id, { type: 'heartbeat', term: state.term, commit, round: leading.round })
}

/** To all, in a round of its own: an answer to it knows of everything that was sent before. */
export function beat(state: CoreState, leading: Leading): void {
  const { now, settings } = state
  leading.round++
  leading.heartbeatAt = after(now, settings.heartbeatMs)
  leading.noticeAt = after(now, Infinity)
  for (const member of leading.others) {
    askAgain(state, member)
    member.tickRound = leading.round
    member.tickNext = member.next
    sendHeartbeat(state, leading, member)
  }
}

/**
 * An answer may be lost as well as a question, and what it has in memory, or a log that is longer than ours, hides that
 * it was. A disk that takes so long is asked twice, which does no harm.
 */
function askAgain({ now, settings }: CoreState, member: Progress): void {
  const { electionTimeoutMs } = settings
  if (member.probing && now - member.probedAt >= electionTimeoutMs) member.probing = false
  if (member.state !== 'replicate' || member.match >= member.tickNext - 1) return
  if (now - member.reachedAt >= electionTimeoutMs) member.probeFrom((member.match + 1) as Index)
}

/** To those who have heard nothing since more was decided. */
export function giveNotice(state: CoreState, leading: Leading): void {
  leading.noticeAt = after(state.now, Infinity)
  for (const member of leading.others) {
    if (member.toldCommit < Math.min(state.commit, member.match)) sendHeartbeat(state, leading, member)
  }
}

/** Once at a time, and only to one that is there. */
function bringSnapshot(state: CoreState, member: Progress): void {
  const { now, settings } = state
  if (member.bringing || now < member.bringAt) return
  if (now - member.heardAt >= settings.electionTimeoutMs || state.unreachable.has(member.id)) return
  member.bringing = true
  state.effects.push({ type: 'bring-snapshot', to: member.id })
}
