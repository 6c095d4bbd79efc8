import { ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Message } from '../messages.ts'
import type { Configuration, Entry, Index, Term } from '../types.ts'
import { isMember } from './configuration.ts'
import { decodeConfiguration } from './configuration-codec.ts'
import type { CoreState } from './core-state.ts'
import { raiseCommit } from './deciding.ts'

type Append = Extract<Message, { type: 'append' }>
type Heartbeat = Extract<Message, { type: 'heartbeat' }>

/** Entries from the leader of this term (Raft figure 2, AppendEntries). */
export function takeAppend(state: CoreState, from: NodeId, message: Append): void {
  const { log, commit } = state
  const { prevIndex, prevTerm, entries, round } = message
  const end = (prevIndex + entries.length) as Index
  checkDecided(state, from, prevIndex, prevTerm, entries)
  // What is decided agrees with every leader; only what comes after it is to be compared.
  if (prevIndex > commit && log.termAt(prevIndex) !== prevTerm) return refuse(state, from, message)
  const decoded = configurationsIn(state, from, entries)
  if (decoded === undefined) return
  if (end > commit) takeEntries(state, entries, decoded)
  answer(state, Math.max(end, commit) as Index, round)
  raiseCommit(state, Math.min(message.commit, Math.max(end, commit)) as Index)
}

/** The leader is there, and this much is decided of what it has seen us have. */
export function takeHeartbeat(state: CoreState, from: NodeId, message: Heartbeat): void {
  const { lastIndex } = state.log
  if (message.commit <= lastIndex) raiseCommit(state, message.commit)
  else state.tell({ type: 'message-refused', from, why: 'its heartbeat takes us to have what we do not have' })
  state.send(from, { type: 'heartbeat-answer', term: state.term, round: message.round, lastIndex })
}

/** With the next drain: one answer for everything that came until then. */
function answer(state: CoreState, match: Index, round: number): void {
  const due = state.answerDue
  if (due === undefined) state.answerDue = { match, round }
  else {
    due.match = Math.max(due.match, match) as Index
    due.round = Math.max(due.round, round)
  }
}

/** Says what is durable here, once it is. */
export function sendAnswer(state: CoreState): void {
  const { answerDue, leader, term } = state
  if (answerDue === undefined) return
  state.answerDue = undefined
  if (leader === undefined || leader === state.self) return
  const { match, round } = answerDue
  state.claim(leader, { type: 'append-answer', term, match, round }, state.writeCovering(match))
}

function refuse(state: CoreState, from: NodeId, { prevIndex, prevTerm, round }: Append): void {
  const { log, term, commit } = state
  const hintIndex = Math.max(commit, log.mayAgreeAt(prevIndex, prevTerm)) as Index
  const hintTerm = log.termAt(hintIndex) ?? (0 as Term)
  state.send(from, { type: 'append-refusal', term, prevIndex, hintIndex, hintTerm, round })
}

/** Two nodes that hold different entries to be decided: nothing that this node could do would be right. */
function checkDecided(
  state: CoreState,
  from: NodeId,
  prevIndex: Index,
  prevTerm: Term,
  entries: readonly Entry[],
): void {
  if (prevIndex >= state.commit) return checkTerm(state, from, prevIndex, prevTerm)
  checkTerm(state, from, prevIndex, prevTerm)
  for (const { index, term } of entries) {
    if (index > state.commit) return
    checkTerm(state, from, index, term)
  }
}

function checkTerm(state: CoreState, from: NodeId, index: Index, term: Term): void {
  const ours = state.log.termAt(index)
  if (index > state.commit || ours === undefined || ours === term) return
  throw new ProtocolError(
    'decided-differs',
    `entry ${index} is decided here with term ${ours}, and ${from} leads with one of term ${term} in its place`,
    { hint: 'one of the two lost data that it had promised to keep: compare their disks before either runs again' },
  )
}

/** The configurations among the entries, in order; undefined if one of them is none. */
function configurationsIn(
  state: CoreState,
  from: NodeId,
  entries: readonly Entry[],
): readonly Configuration[] | undefined {
  const found: Configuration[] = []
  for (const { kind, data } of entries) {
    if (kind !== 'configuration') continue
    try {
      found.push(decodeConfiguration(data))
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      state.tell({ type: 'message-refused', from, why: error.message })
      return undefined
    }
  }
  return found
}

/** Skips what is here already; from the first that is not, the leader's log takes the place of ours. */
function takeEntries(state: CoreState, entries: readonly Entry[], configurations: readonly Configuration[]): void {
  const { log } = state
  let place = 0
  let nextConfiguration = 0
  for (; place < entries.length; place++) {
    const { index, term, kind } = entries[place] as Entry
    if (index > state.commit && log.termAt(index) !== term) break
    if (kind === 'configuration') nextConfiguration++
  }
  const first = entries[place]
  if (first === undefined) return
  const { configurationIndex } = log
  if (first.index <= log.lastIndex) {
    log.truncateFrom(first.index)
    state.writes.truncateAfter((first.index - 1) as Index)
  }
  for (; place < entries.length; place++) {
    const entry = entries[place] as Entry
    log.push(entry, entry.kind === 'configuration' ? configurations[nextConfiguration++] : undefined)
  }
  state.entriesChanged(first.index)
  if (log.configurationIndex !== configurationIndex) configurationChanged(state)
}

function configurationChanged(state: CoreState): void {
  if (isMember(state.configuration, state.self)) state.removed = false
  state.tell({ type: 'configuration', index: state.log.configurationIndex })
}
