import { ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { SnapshotMark, Term } from '../types.ts'
import { configurationFault, isMember } from './configuration.ts'
import type { CoreState } from './core-state.ts'
import { raiseCommit } from './deciding.ts'
import { becomeFollower, heardLeader } from './roles.ts'

/**
 * A snapshot of another's making has come whole. Whatever it stands for is decided, so it is of use if it goes further
 * than what is known to be decided here, whoever sent it; if its last entry is here, the log goes on as it is.
 */
export function snapshotReceived(state: CoreState, from: NodeId, term: Term, snapshot: SnapshotMark): void {
  const { log } = state
  const { index } = snapshot
  const fault = configurationFault(snapshot.configuration)
  if (fault !== undefined) return state.tell({ type: 'message-refused', from, why: `its snapshot is wrong: ${fault}` })
  if (term < state.term) return
  checkDecided(state, from, snapshot)
  // A stream takes long; whether it is from who leads now is for shorter messages to say.
  if (term > state.term) becomeFollower(state, term, undefined)
  if (state.leading !== undefined) return
  if (state.leader === from) heardLeader(state, from)
  if (index > state.commit) {
    if (log.termAt(index) === snapshot.term) raiseCommit(state, index)
    else takePlace(state, snapshot)
  }
  const match = state.commit
  state.claim(from, { type: 'append-answer', term: state.term, match, round: 0 }, state.writeCovering(match))
}

/** One of our own: what it stands for may go, but for what a follower that is a little behind might need. */
export function snapshotMade(state: CoreState, snapshot: SnapshotMark): void {
  const { log, settings, applied } = state
  const { index, term } = snapshot
  if (index <= log.snapshot.index || index > applied || log.termAt(index) !== term) return
  log.compact(snapshot, settings.trailingBytes)
  state.snapshotChanged()
}

function takePlace(state: CoreState, snapshot: SnapshotMark): void {
  const { log } = state
  const { index } = snapshot
  // What is decided here is part of what the snapshot stands for; nothing else that is on its way to the disk counts.
  state.writes.truncateAfter(state.commit)
  log.reset(snapshot)
  state.snapshotChanged()
  state.commit = index
  state.handed = index
  if (isMember(snapshot.configuration, state.self)) state.removed = false
  state.effects.push({ type: 'restore', snapshot })
  state.tell({ type: 'configuration', index })
}

function checkDecided({ log, commit }: CoreState, from: NodeId, { index, term }: SnapshotMark): void {
  const ours: Term | undefined = index <= commit ? log.termAt(index) : undefined
  if (ours === undefined || ours === term) return
  throw new ProtocolError(
    'decided-differs',
    `entry ${index} is decided here with term ${ours}, and a snapshot from ${from} says term ${term}`,
    { hint: 'one of the two lost data that it had promised to keep: compare their disks before either runs again' },
  )
}
