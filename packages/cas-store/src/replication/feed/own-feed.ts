import type { Logger } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import type { Catalogue, Fed, StatementRow } from '../../catalogue/contract.ts'
import type { ReplicationLimits } from '../limits.ts'
import type { FedHolding, FedStatement, FeedAnswer } from './messages.ts'
import type { PeerBook } from './peer-book.ts'

const idNote = 'replication/feed'

export interface OwnFeedOptions {
  readonly catalogue: Catalogue
  readonly entropy: Entropy
  readonly book: PeerBook
  readonly limits: ReplicationLimits
  readonly logger: Logger
}

/**
 * What this node tells others, in the order in which it learned of it. The feed has an id of its own, drawn when the
 * catalogue was new, so that places in it mean nothing to who has read another one.
 */
export class OwnFeed {
  readonly #options: OwnFeedOptions
  #id: string
  #hasBegunAnew = false

  private constructor(options: OwnFeedOptions, id: string) {
    this.#options = options
    this.#id = id
  }

  static async open(options: OwnFeedOptions): Promise<{ readonly feed: OwnFeed; readonly isNew: boolean }> {
    const { catalogue, entropy } = options
    const known = await catalogue.note(idNote)
    const feed = new OwnFeed(options, known ?? drawnId(entropy))
    return { feed, isNew: known === undefined }
  }

  get id(): string {
    return this.#id
  }

  /** From now on the feed is the same in every life of this catalogue. */
  async found(): Promise<void> {
    await this.#options.catalogue.commit([{ type: 'set-note', key: idNote, value: this.#id }])
  }

  /** A page of statements; names and pins are left out for who must not know them. */
  async statements(
    request: { readonly feed: string; readonly since: number },
    options: { readonly freeBytes: number; readonly hidesNames: boolean },
  ): Promise<FeedAnswer> {
    const { catalogue, limits } = this.#options
    const { freeBytes, hidesNames } = options
    const { since } = request
    const none: FeedAnswer = { type: 'statements', feed: this.#id, to: since, statements: [], freeBytes }
    if (request.feed !== this.#id) return none
    const rows = await catalogue.statementsSince(since, limits.pageRows)
    if (rows.length === 0 && (await this.#isBehind(since))) return { ...none, feed: this.#id }
    const page = this.#fitting(rows)
    const to = page.at(-1)?.seq ?? since
    const shown = hidesNames ? page.filter(({ row }) => row.key.startsWith('blob/')) : page
    const statements = shown.map(({ seq, row }): FedStatement => ({ seq, statement: row.envelope }))
    return { type: 'statements', feed: this.#id, to, statements, freeBytes }
  }

  async holdings({ feed, since }: { readonly feed: string; readonly since: number }): Promise<FeedAnswer> {
    if (feed !== this.#id) return { type: 'holdings', feed: this.#id, to: since, holdings: [] }
    const rows = await this.#options.catalogue.blobsSince(since, this.#options.limits.pageRows)
    const holdings = rows.map(({ seq, row }): FedHolding => ({ seq, id: row.id, isGone: row.isGone }))
    return { type: 'holdings', feed: this.#id, to: holdings.at(-1)?.seq ?? since, holdings }
  }

  #fitting(rows: readonly Fed<StatementRow>[]): readonly Fed<StatementRow>[] {
    let bytes = 0
    const end = rows.findIndex(({ row }) => (bytes += row.envelope.length) > this.#options.limits.pageBytes)
    return end === -1 ? rows : rows.slice(0, Math.max(end, 1))
  }

  /**
   * Whether somebody has read further than this feed goes: an older copy of the catalogue was put in its place. The
   * last statement is never removed, so it cannot be anything else. Then the feed begins anew, at most once in a life,
   * so that who says so without reason does not make everybody read everything again and again.
   */
  async #isBehind(since: number): Promise<boolean> {
    const { catalogue, entropy, book, logger } = this.#options
    if (since === 0 || this.#hasBegunAnew || (await catalogue.statementsSince(since - 1, 1)).length > 0) return false
    this.#hasBegunAnew = true
    logger.warn({ since }, 'the catalogue of the blob store is older than what peers have read of it')
    this.#id = drawnId(entropy)
    await this.found()
    await book.forgetReaders()
    return true
  }
}

function drawnId(entropy: Entropy): string {
  return Array.from(entropy.bytes(16), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
