import { assert } from '@flotilla/core/errors'
import type { Index } from '../types.ts'
import type { CoreState } from './core-state.ts'

/**
 * Hands to the machine what is decided and durable here, some at a time: the next after the last was applied. Decided
 * alone would do for the others; but what this node has applied it must find in its log again after a crash.
 */
export function handOut(state: CoreState): void {
  const { log, writes, settings, handed } = state
  if (state.applied < handed) return
  const ready = Math.min(state.commit, writes.durableIndex)
  if (ready <= handed) return
  const first = (handed + 1) as Index
  const last = Math.min(ready, handed + settings.applyEntriesMax) as Index
  state.handed = last
  state.effects.push({ type: 'apply', entries: log.slice(first, last) })
}

export function applied(state: CoreState, index: Index): void {
  assert(index <= state.handed, 'only what was handed out can be applied')
  if (index > state.applied) state.applied = index
}
