import type { CertificateFacts } from '@flotilla/certificates'
import type { AutopilotMember } from '@flotilla/cluster'
import type { NodeId } from '@flotilla/core/ids'
import type { Member } from '@flotilla/discovery'

/** What decides who may take part in the group of the cluster, and run commands in it. */
export interface Standings {
  readonly self: NodeId
  /** What the connection of that node has shown; undefined for one that was never connected. */
  readonly certificateOf: (id: NodeId) => CertificateFacts | undefined
  readonly isRevoked: (id: NodeId) => boolean
  readonly isConnected: (id: NodeId) => boolean
  readonly members: () => readonly Member[]
}

/** Only a `node` is trusted with what the cluster decides. */
export function mayBeMember(standings: Standings, id: NodeId): boolean {
  return !standings.isRevoked(id) && standings.certificateOf(id)?.role === 'node'
}

/** An `agent` is a program in a machine that somebody else runs: what it wants, a node or an operator asks for it. */
export function mayRunCommands(standings: Standings, id: NodeId): boolean {
  const role = standings.certificateOf(id)?.role
  return !standings.isRevoked(id) && (role === 'node' || role === 'operator')
}

/** Everybody in the cluster or in the group, as the autopilot sees them. */
export function autopilotMembers(standings: Standings, inGroup: readonly NodeId[]): readonly AutopilotMember[] {
  const statuses = new Map(standings.members().map(({ id, status }) => [id, status]))
  const ids = new Set([...statuses.keys(), ...inGroup])
  return [...ids].map((id) => ({ id, status: statusOf(standings, id, statuses.get(id)) }))
}

function statusOf(standings: Standings, id: NodeId, status: Member['status'] = 'dead'): AutopilotMember['status'] {
  if (standings.isRevoked(id)) return 'removed'
  if (id === standings.self) return 'alive'
  const facts = standings.certificateOf(id)
  if (facts !== undefined && facts.role !== 'node') return 'removed'
  // Who is only said to be there cannot take part, and nothing is known of what it may do.
  return status === 'alive' && (facts === undefined || !standings.isConnected(id)) ? 'suspect' : status
}
