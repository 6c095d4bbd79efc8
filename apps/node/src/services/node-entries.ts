import type { CertificateFacts } from '@flotilla/certificates'
import type { NodeEntry } from './answers.ts'
import type { DiscoveryService } from './discovery.ts'
import type { MeshService } from './mesh.ts'
import { meshAddressText } from './mesh-address.ts'

type Members = ReturnType<DiscoveryService['members']>

/** Everybody who is known, by name; `own`: what this node's certificate says. */
export function nodeEntries(
  mesh: MeshService,
  members: Members,
  own: CertificateFacts | undefined,
): readonly NodeEntry[] {
  const peers = new Map(mesh.peers().map((peer) => [peer.id, peer]))
  const nodes = members.map(({ id, status, metadata }): NodeEntry => {
    const peer = peers.get(id)
    const self = id === own?.id
    const { name, roles, version, addresses } = metadata
    const notAfter = (self ? own : mesh.certificateOf(id))?.notAfter
    return {
      id,
      name,
      self,
      status,
      roles,
      version,
      addresses: addresses.map(meshAddressText),
      connected: peer !== undefined,
      roundTripMs: peer?.roundTripMs ?? null,
      bytesIn: peer?.bytesIn ?? 0,
      bytesOut: peer?.bytesOut ?? 0,
      certificateNotAfter: notAfter === undefined ? null : new Date(notAfter).toISOString(),
    }
  })
  return nodes.toSorted(byName)
}

function byName(one: NodeEntry, other: NodeEntry): number {
  if (one.name !== other.name) return one.name < other.name ? -1 : 1
  return one.id < other.id ? -1 : 1
}
