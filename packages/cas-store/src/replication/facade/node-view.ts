import type { NodeId } from '@flotilla/core/ids'
import type { Clock } from '@flotilla/core/time'
import type { PeerBook } from '../feed/peer-book.ts'
import type { ReplicationSettings } from '../limits.ts'
import type { Membership } from '../membership.ts'
import { bytesOfStep, freeStep, isFull, weightOf } from '../placement/free-space.ts'
import type { PlanView } from '../repair/plan.ts'

export interface NodeViewOptions {
  readonly self: NodeId
  readonly clock: Clock
  readonly membership: Membership
  readonly book: PeerBook
  readonly settings: ReplicationSettings
  readonly freeBytes: () => number
}

/** How this node sees the members: who is there, and how much room each has. */
export class NodeView {
  readonly #options: NodeViewOptions
  #step: number | undefined

  constructor(options: NodeViewOptions) {
    this.#options = options
  }

  /** What this node tells others of its own free space. */
  ownFreeBytes(): number {
    this.#step = freeStep(this.#options.freeBytes(), this.#step)
    return bytesOfStep(this.#step)
  }

  /** A node that has never told is taken for full. */
  freeBytesOf(node: NodeId): number {
    const { book, self } = this.#options
    return node === self ? this.ownFreeBytes() : (book.freeBytesOf(node) ?? 0)
  }

  plan(): PlanView {
    const { clock, membership, self, settings } = this.#options
    const now = clock.now()
    const members = membership.all().map((member) => {
      const { node, isAlive, awaySinceMs, isUntrusted = false } = member
      const freeBytes = this.freeBytesOf(node)
      const isLost = !isAlive && awaySinceMs !== undefined && now - awaySinceMs >= settings.lostAfterMs
      return { node, isAlive, isLost, isUntrusted, weight: weightOf(freeBytes), isFull: isFull(freeBytes) }
    })
    return { self, members, untrustedCopies: settings.untrustedCopies }
  }
}
