import type { NodeId } from '@flotilla/core/ids'
import type { PeerStore, StoredPeer } from './peer-store.ts'

/** Remembers as long as the process lives. */
export function memoryPeerStore(): PeerStore {
  const peers = new Map<NodeId, StoredPeer>()
  return {
    list: () => [...peers.values()],
    upsert: (changed) => changed.forEach((peer) => peers.set(peer.id, structuredClone(peer))),
    forget: (ids) => ids.forEach((id) => peers.delete(id)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
