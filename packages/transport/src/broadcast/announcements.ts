import type { NodeId } from '@flotilla/core/ids'
import type { EnvelopeId } from './envelope-id.ts'

/**
 * What is to be announced to whom, until it is time: then all ids for a peer go in one message. Whoever shows meanwhile
 * that it has an envelope is not told of it, which in a dense mesh is nearly everybody.
 */
export class Announcements {
  /** None of the sets is empty. */
  readonly #peersById = new Map<EnvelopeId, Set<NodeId>>()

  get isEmpty(): boolean {
    return this.#peersById.size === 0
  }

  add(id: EnvelopeId, peers: readonly NodeId[]): void {
    if (peers.length > 0) this.#peersById.set(id, new Set(peers))
  }

  /** The peer has it. */
  isKnownTo(id: EnvelopeId, peer: NodeId): void {
    const peers = this.#peersById.get(id)
    if (peers?.delete(peer) === true && peers.size === 0) this.#peersById.delete(id)
  }

  /** Takes everything out, by peer. */
  drain(): ReadonlyMap<NodeId, readonly EnvelopeId[]> {
    const idsByPeer = new Map<NodeId, EnvelopeId[]>()
    for (const [id, peers] of this.#peersById) {
      for (const peer of peers) {
        const ids = idsByPeer.get(peer)
        if (ids === undefined) idsByPeer.set(peer, [id])
        else ids.push(id)
      }
    }
    this.#peersById.clear()
    return idsByPeer
  }
}
