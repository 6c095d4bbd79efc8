import type { NodeId } from '@flotilla/core/ids'
import { after, type Millis } from '@flotilla/core/time'
import type { Index, ReadNumber } from '../types.ts'
import type { CoreState } from './core-state.ts'
import type { Leading } from './leading.ts'
import { roundOf } from './progress.ts'
import { sendHeartbeat } from './replication.ts'
import { failReads } from './roles.ts'

/**
 * Linearizable reads without a clock (Raft §8, thesis §6.4): a leader that has decided an entry of its term knows
 * everything that was decided before; once a majority answers something that it sent after the read began, no other
 * can have decided anything by then.
 */
export function takeOwnReads(state: CoreState, reads: readonly ReadNumber[]): void {
  const { leading } = state
  if (leading !== undefined) {
    failReads(state, state.decidedInTerm ? leading.reads.add(reads) : reads)
    return
  }
  failReads(state, state.leader === undefined ? reads : state.forwarded.add(reads))
}

/** A follower asks on behalf of its own reads. */
export function takeRead(state: CoreState, leading: Leading | undefined, from: NodeId, read: ReadNumber): void {
  if (leading !== undefined && state.decidedInTerm && leading.reads.addRemote({ from, read })) return
  state.send(from, { type: 'read-answer', term: state.term, read, index: undefined })
}

/** The leader's answer to our question, or to one that nobody waits for any more. */
export function takeReadAnswer(state: CoreState, number: ReadNumber, index: Index | undefined): void {
  const reads = state.forwarded.answered(number)
  if (index === undefined) failReads(state, reads)
  else if (reads.length > 0) state.effects.push({ type: 'read', reads, index })
}

export function cancelReads(state: CoreState, reads: readonly ReadNumber[]): void {
  const given = new Set(reads)
  state.forwarded.cancel(given)
  state.leading?.reads.cancel(given)
}

/** At each drain of a leader: a round for what has come since, and answers to what a majority has confirmed. */
export function confirmReads(state: CoreState, leading: Leading): void {
  if (leading.reads.waiting === 0 && !leading.reads.gathering) return
  if (leading.reads.gathering) {
    leading.round++
    leading.reads.beginRound(leading.round, state.commit)
    for (const member of leading.others) {
      if (leading.voters.includes(member) || leading.outgoing.includes(member)) sendHeartbeat(state, leading, member)
    }
  }
  const own = leading.members.get(state.self)
  if (own !== undefined) own.round = leading.round
  for (const { reads, remote, index } of leading.reads.confirm(leading.reached(roundOf))) {
    if (reads.length > 0) state.effects.push({ type: 'read', reads, index })
    for (const { from, read: number } of remote) {
      state.send(from, { type: 'read-answer', term: state.term, read: number, index })
      const member = leading.members.get(from)
      // It waits until it has applied that much, and nothing else might tell it that it is decided.
      if (member !== undefined && member.toldCommit < Math.min(state.commit, member.match)) {
        sendHeartbeat(state, leading, member)
      }
    }
  }
}

/** At each drain of a follower: one question for everything that has come since. */
export function forwardReads(state: CoreState): void {
  const { leader, forwarded, now, term } = state
  if (leader === undefined || leader === state.self) return
  const number = forwarded.ask(now)
  if (number !== undefined) state.send(leader, { type: 'read', term, read: number })
}

/** When a question that nobody has answered is given up. */
export function readsDueAt({ forwarded, settings }: CoreState): Millis {
  return after(forwarded.waitingSince, settings.electionTimeoutMs)
}

export function giveUpOldReads(state: CoreState): void {
  if (state.now < readsDueAt(state)) return
  failReads(state, state.forwarded.giveUp(after(state.now, 1 - state.settings.electionTimeoutMs)))
}
