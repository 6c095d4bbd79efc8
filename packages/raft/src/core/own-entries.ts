import { assert } from '@flotilla/core/errors'
import type { Configuration, Entry, Index } from '../types.ts'
import { encodeConfiguration } from './configuration-codec.ts'
import type { CoreState } from './core-state.ts'
import type { Accepted, ProposalRefusal } from './inputs.ts'
import { entryBytes, entryOverheadBytes } from './log.ts'
import { wakeUp } from './quiet.ts'

/** Appends commands to the leader's log, all or none of them. They are sent and written with the next drain. */
export function propose(state: CoreState, commands: readonly Uint8Array[]): Accepted | ProposalRefusal {
  wakeUp(state)
  const { leading, log, term } = state
  if (leading === undefined) return { refused: 'not-leader', leader: state.leader }
  if (state.transfer !== undefined) return { refused: 'handing-over', leader: state.transfer.to }
  let bytes = commands.length * entryOverheadBytes
  for (const command of commands) {
    if (command.length > state.settings.commandBytesMax) return { refused: 'overloaded', limit: 'commandBytesMax' }
    bytes += command.length
  }
  const refusal = whyFull(state, commands.length, bytes)
  if (refusal !== undefined) return refusal
  const first = (log.lastIndex + 1) as Index
  let index = first
  for (const data of commands) {
    log.push({ index, term, kind: 'command', data }, undefined)
    index++
  }
  leading.undecidedBytes += bytes
  if (index > first) state.entriesChanged(first)
  return { first, term }
}

/** What begins a leader's term: once it is decided, everything before it is as well (Raft §5.4.2, §8). */
export function appendEmpty(state: CoreState): void {
  append(state, { index: nextIndex(state), term: state.term, kind: 'empty', data: new Uint8Array(0) }, undefined)
}

/** In force from now on (Raft §6). */
export function appendConfiguration(state: CoreState, configuration: Configuration): Index {
  const data = encodeConfiguration(configuration)
  const entry: Entry = { index: nextIndex(state), term: state.term, kind: 'configuration', data }
  append(state, entry, configuration)
  state.leading?.follow(configuration, (entry.index - 1) as Index, state.now)
  state.tell({ type: 'configuration', index: entry.index })
  return entry.index
}

function append(state: CoreState, entry: Entry, configuration: Configuration | undefined): void {
  const { leading } = state
  assert(leading !== undefined, 'only a leader appends entries of its own')
  state.log.push(entry, configuration)
  state.entriesChanged(entry.index)
  leading.undecidedBytes += entryBytes(entry)
  leading.busyAt = state.now
}

function nextIndex(state: CoreState): Index {
  return (state.log.lastIndex + 1) as Index
}

function whyFull(state: CoreState, count: number, bytes: number): ProposalRefusal | undefined {
  const { log, settings, leading, commit } = state
  const undecidedBytes = leading?.undecidedBytes ?? 0
  // One proposal always has room, however long, or it could never be made.
  if (undecidedBytes > 0 && undecidedBytes + bytes > settings.undecidedBytesMax) {
    return { refused: 'overloaded', limit: 'undecidedBytesMax' }
  }
  if (log.lastIndex > commit && log.lastIndex - commit + count > settings.undecidedEntriesMax) {
    return { refused: 'overloaded', limit: 'undecidedEntriesMax' }
  }
  return log.bytes + bytes > settings.logBytesMax ? { refused: 'overloaded', limit: 'logBytesMax' } : undefined
}
