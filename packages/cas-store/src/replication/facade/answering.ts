import { FlotillaError, unreachable } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Clock } from '@flotilla/core/time'
import type { BlobId } from '../../types.ts'
import { isBlobId } from '../../store/names.ts'
import type { Vault } from '../../vault/contract.ts'
import type { FeedAnswer, FeedRequest } from '../feed/messages.ts'
import type { OwnFeed } from '../feed/own-feed.ts'
import type { PeerBook } from '../feed/peer-book.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Membership } from '../membership.ts'
import type { Promises } from '../repair/promises.ts'
import { isWhole } from '../repair/wholeness.ts'

export interface AnsweringOptions {
  readonly vault: Vault
  readonly clock: Clock
  readonly ledger: Ledger
  readonly ownFeed: OwnFeed
  readonly book: PeerBook
  readonly membership: Membership
  readonly promises: Promises
  readonly ownFreeBytes: () => number
  readonly signal: AbortSignal
}

/** What this node answers to its peers. */
export class Answering {
  readonly #options: AnsweringOptions
  /** How far each peer has read what this node has, in this life. */
  readonly #holdingsRead = new Map<NodeId, number>()

  constructor(options: AnsweringOptions) {
    this.#options = options
  }

  /** Up to where all of them have read what this node has. */
  holdingsReadBy(nodes: readonly NodeId[]): number {
    return Math.min(...nodes.map((node) => this.#holdingsRead.get(node) ?? 0))
  }

  async answer(from: NodeId, request: FeedRequest): Promise<FeedAnswer> {
    const { membership, ownFeed, ownFreeBytes } = this.#options
    switch (request.type) {
      case 'statements':
        this.#acknowledged(from, request)
        return ownFeed.statements(request, {
          freeBytes: ownFreeBytes(),
          hidesNames: !membership.isTrusted(from),
        })
      case 'holdings':
        if (request.feed === ownFeed.id) this.#holdingsRead.set(from, request.have)
        return ownFeed.holdings(request)
      case 'take':
        return this.#take(from, request.statements, request.blob)
      case 'keep':
        return this.#keep(from, request.blob)
      default:
        return unreachable(request, 'request')
    }
  }

  #acknowledged(from: NodeId, { feed, have }: { readonly feed: string; readonly have: number }): void {
    const { book, clock, ownFeed } = this.#options
    if (feed !== ownFeed.id) return
    const seenAtMs = Math.max(0, Math.floor(clock.wallNow()))
    book.learned(from, { hasOursTo: have, seenAtMs }, { isDurable: false })
  }

  async #take(from: NodeId, statements: readonly Uint8Array[], blob: string): Promise<FeedAnswer> {
    const { ledger, membership, vault } = this.#options
    if (!membership.isTrusted(from)) throw notAdmitted()
    await ledger.take(statements.map((statement) => ({ seq: 0, statement })))
    const isHeld = isBlobId(blob) && (await ledger.exclusively(() => this.#isHeld(blob, vault)))
    return { type: 'taken', isHeld }
  }

  async #isHeld(id: BlobId, { catalogue }: Vault): Promise<boolean> {
    return (await this.#options.ledger.blob(id)) !== undefined && (await catalogue.blob(id)) !== undefined
  }

  /** The promise comes first, so that the copy cannot be given up while it is looked at. */
  async #keep(from: NodeId, id: BlobId): Promise<FeedAnswer> {
    const { ledger, membership, promises, signal, vault } = this.#options
    if (!membership.isTrusted(from)) throw notAdmitted()
    if (!isBlobId(id) || !promises.give(id)) return { type: 'kept', isKept: false }
    const isLive = (await ledger.blob(id)) !== undefined
    const row = await vault.catalogue.blob(id)
    const isKept = isLive && row !== undefined && (await isWhole(row, vault, signal))
    return { type: 'kept', isKept }
  }
}

function notAdmitted(): FlotillaError<'not-admitted'> {
  return new FlotillaError('not-admitted', 'this node takes no word about blobs from that one')
}
