import type { NodeId } from '@flotilla/core/ids'

/** What everybody did and saw, in all lives; the invariants read it. */
export class MeshLedger {
  /** Who sent what. */
  readonly sent: Map<number, NodeId> = new Map()
  /** Requests whose handler ran. */
  readonly handled: Set<number> = new Set()
  handledTwice: string | undefined
  /** What came and was not what its sender had sent. */
  forged: string | undefined
  /** Stream bytes that did not follow what was read before. */
  disordered: string | undefined
  /** Comings and goings that were not told by turns. */
  misreported: string | undefined
  /** A limit that was passed. */
  unbounded: string | undefined
  /** What an honest node was accused of, or failed with. */
  accused: string | undefined
  #lastId = 0

  newId(sender: NodeId): number {
    const id = ++this.#lastId
    this.sent.set(id, sender)
    return id
  }
}
