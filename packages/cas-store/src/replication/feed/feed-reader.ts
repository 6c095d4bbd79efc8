import { ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Clock } from '@flotilla/core/time'
import type { Catalogue, CatalogueChange } from '../../catalogue/contract.ts'
import { isBlobId } from '../../store/names.ts'
import type { BlobId } from '../../types.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { ReplicationLimits } from '../limits.ts'
import type { Membership } from '../membership.ts'
import { blobKey } from '../statements/statement.ts'
import type { FeedAnswer, FeedRequest } from './messages.ts'
import type { PeerBook } from './peer-book.ts'

export interface FeedReaderOptions {
  readonly catalogue: Catalogue
  readonly ledger: Ledger
  readonly book: PeerBook
  readonly clock: Clock
  readonly limits: ReplicationLimits
  readonly membership: Membership
  readonly ask: (peer: NodeId, request: FeedRequest) => Promise<FeedAnswer>
  /** The peer has gained or lost those blobs. */
  readonly onHoldings: (blobs: readonly BlobId[]) => void
}

/**
 * `more`: there may be more, and others have their turn before that. `going-nowhere`: there is always more, and nothing
 * in it, which no honest feed goes on with for long.
 */
export type ReadingEnd = 'all-read' | 'more' | 'going-nowhere'

type Page<Type extends FeedAnswer['type']> = Extract<FeedAnswer, { readonly type: Type }>

/** Reads the feeds of peers, page by page. One reading of a peer at a time. */
export class FeedReader {
  readonly #options: FeedReaderOptions

  constructor(options: FeedReaderOptions) {
    this.#options = options
  }

  /** Reads on where it was left. Rejects where the peer fails or does what it must not. */
  async read(peer: NodeId): Promise<ReadingEnd> {
    const { pagesPerTurnMax } = this.#options.limits
    this.#retry(peer)
    let isIdle = true
    for (let pages = 0; pages < pagesPerTurnMax; pages++) {
      let items = await this.#readStatements(peer)
      if (items === undefined) items = await this.#readHoldings(peer)
      if (items === undefined) return 'all-read'
      if (items > 0) isIdle = false
    }
    return isIdle ? 'going-nowhere' : 'more'
  }

  /** Looks again at what was put off, as time has passed, or others are members. */
  #retry(peer: NodeId): void {
    const known = this.#options.book.peer(peer)
    if (known.isPutOff) known.readTo = known.row.hasTheirsTo
    if (known.isHoldingsPutOff) known.holdingsReadTo = known.row.holdingsTo
    known.isPutOff = false
    known.isHoldingsPutOff = false
  }

  /** One page; how many items were in it, or undefined at the end. */
  async #readStatements(peer: NodeId): Promise<number | undefined> {
    const { book, clock, ledger, limits, membership } = this.#options
    const known = book.peer(peer)
    const { readTo, feed } = known
    const askedAt = clock.now()
    const have = known.row.hasTheirsTo
    const answer = await this.#ask(peer, { type: 'statements', feed, since: readTo, have }, 'statements')
    if (answer.feed !== feed) return this.#begin(peer, answer.feed)
    book.learned(peer, { freeBytes: answer.freeBytes }, { isDurable: answer.freeBytes === known.row.freeBytes })
    checkOrder(answer, readTo, answer.statements)
    if (answer.to === readTo) return undefined
    const items = answer.statements.length
    // What was said so long ago may have been deleted since by a tombstone that is gone already.
    if (clock.now() - askedAt > limits.tombstoneGraceMs / 2) return items
    const news = (putOffAt: number | undefined): { readonly hasTheirsTo: number } => ({
      hasTheirsTo: known.isPutOff ? known.row.hasTheirsTo : (putOffAt ?? answer.to + 1) - 1,
    })
    // Who must not be trusted could give again, signed as it was, what was deleted so long ago that nobody remembers.
    const statements = membership.isTrusted(peer) ? answer.statements : []
    const taken = await ledger.take(statements, ({ putOffAt }) => [book.change(peer, news(putOffAt))])
    if (book.peer(peer) !== known) return items
    book.learned(peer, news(taken.putOffAt), { isDurable: true })
    known.isPutOff ||= taken.putOffAt !== undefined
    known.readTo = answer.to
    return items
  }

  async #readHoldings(peer: NodeId): Promise<number | undefined> {
    const { book, catalogue, ledger, onHoldings } = this.#options
    const known = book.peer(peer)
    const { holdingsReadTo, feed } = known
    const have = known.row.holdingsTo
    const answer = await this.#ask(peer, { type: 'holdings', feed, since: holdingsReadTo, have }, 'holdings')
    if (answer.feed !== feed) return this.#begin(peer, answer.feed)
    checkOrder(answer, holdingsReadTo, answer.holdings)
    for (const { id } of answer.holdings) if (!isBlobId(id)) throw wrong('a holding has an id that is none')
    if (answer.to === holdingsReadTo) return undefined
    const putOffAt = await ledger.exclusively(async () => {
      const rows = await Promise.all(answer.holdings.map(({ id }) => catalogue.statement(blobKey(id))))
      let first: number | undefined
      const changes = answer.holdings.flatMap(({ seq, id, isGone }, index): CatalogueChange[] => {
        const share = { blob: id, node: peer }
        if (isGone) return [{ type: 'remove-share', share }]
        const row = rows[index]
        // Of blobs that nobody has spoken of yet no shares are kept, so that no peer can fill our disk with them.
        if (row !== undefined && !row.isGone) return [{ type: 'set-share', share }]
        first ??= seq
        return []
      })
      const holdingsTo = known.isHoldingsPutOff ? known.row.holdingsTo : (first ?? answer.to + 1) - 1
      await catalogue.commit([...changes, book.change(peer, { holdingsTo })])
      book.learned(peer, { holdingsTo }, { isDurable: true })
      return first
    })
    known.isHoldingsPutOff ||= putOffAt !== undefined
    known.holdingsReadTo = answer.to
    onHoldings(answer.holdings.map(({ id }) => id))
    return answer.holdings.length
  }

  async #begin(peer: NodeId, feed: string): Promise<number> {
    const { book, ledger } = this.#options
    if (feed === '') throw wrong('a feed has no id')
    await ledger.exclusively(() => book.begin(peer, feed))
    return 0
  }

  async #ask<Type extends FeedAnswer['type']>(peer: NodeId, request: FeedRequest, type: Type): Promise<Page<Type>> {
    const answer = await this.#options.ask(peer, request)
    if (answer.type !== type) throw wrong(`it answered ${answer.type} to ${request.type}`)
    return answer as Page<Type>
  }
}

/** Places rise, and lie between what was asked for and what the page says that it is about. */
function checkOrder({ to }: { readonly to: number }, since: number, items: readonly { readonly seq: number }[]): void {
  let before = since
  for (const { seq } of items) {
    if (seq <= before) throw wrong('the places of a page do not rise')
    before = seq
  }
  if (to < before || (items.length > 0 && to === since)) throw wrong('a page goes beyond its end')
}

function wrong(why: string): ProtocolError<'wrong-answer'> {
  return new ProtocolError('wrong-answer', `a peer's feed of blob statements is wrong: ${why}`)
}
