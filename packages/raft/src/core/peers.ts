import type { NodeId } from '@flotilla/core/ids'
import { after, type Millis } from '@flotilla/core/time'
import { isMember } from './configuration.ts'
import type { CoreState } from './core-state.ts'
import { wakeUp } from './quiet.ts'

/** What was told about a connection; it may be wrong, so it hastens what would happen anyway and decides nothing. */
export function peerChanged(state: CoreState, peer: NodeId, reachable: boolean): void {
  const { unreachable, configuration, leading, leader } = state
  if (reachable) {
    unreachable.delete(peer)
    return
  }
  if (!isMember(configuration, peer) && peer !== leader) return
  for (const other of unreachable) if (!isMember(configuration, other)) unreachable.delete(other)
  unreachable.add(peer)
  if (leading !== undefined) return wakeUp(state)
  if (peer !== leader) return
  wakeUp(state)
  const { electionTimeoutMs, priority } = state.settings
  // Drawn, since all followers are told at the same moment.
  const soonMs = Math.ceil((state.random.below(Math.ceil(electionTimeoutMs / 2)) * 10) / priority)
  state.electionAt = Math.min(state.electionAt, after(state.now, soonMs)) as Millis
}
