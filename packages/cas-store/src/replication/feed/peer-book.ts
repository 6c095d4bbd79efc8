import { ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Clock } from '@flotilla/core/time'
import type { Catalogue, CatalogueChange, PeerRow } from '../../catalogue/contract.ts'

/** How far this node and a peer have read in each other's feeds. */
export interface PeerStanding {
  readonly row: PeerRow
  /** The feed that the row is about; '' where none is known. */
  readonly feed: string
  /** Up to where its statements were looked at in this life; `hasTheirsTo` stays before the first that was put off. */
  readTo: number
  /** Something was put off. */
  isPutOff: boolean
  holdingsReadTo: number
  isHoldingsPutOff: boolean
}

/** The feeds of all peers that this node has ever read, as of the catalogue. */
export class PeerBook {
  readonly #catalogue: Catalogue
  readonly #clock: Clock
  readonly #peers = new Map<NodeId, PeerStanding>()
  /** Rows that have changed in memory only. */
  readonly #changed = new Set<NodeId>()

  private constructor(catalogue: Catalogue, clock: Clock) {
    this.#catalogue = catalogue
    this.#clock = clock
  }

  static async open(catalogue: Catalogue, clock: Clock): Promise<PeerBook> {
    const book = new PeerBook(catalogue, clock)
    for (const row of await catalogue.peers()) {
      const feed = (await catalogue.note(feedNote(row.node))) ?? ''
      book.#peers.set(row.node, standing(row, feed))
    }
    return book
  }

  get nodes(): readonly NodeId[] {
    return [...this.#peers.keys()]
  }

  peer(node: NodeId): PeerStanding {
    const known = this.#peers.get(node)
    if (known !== undefined) return known
    const seenAtMs = Math.max(0, Math.floor(this.#clock.wallNow()))
    const row: PeerRow = { node, seenAtMs, freeBytes: 0, hasOursTo: 0, hasTheirsTo: 0, holdingsTo: 0 }
    const fresh = standing(row, '')
    this.#peers.set(node, fresh)
    return fresh
  }

  freeBytesOf(node: NodeId): number | undefined {
    return this.#peers.get(node)?.row.freeBytes
  }

  /** What is to be committed with what was read from that peer; call `learned` when it was. */
  change(node: NodeId, news: Partial<Omit<PeerRow, 'node'>>): CatalogueChange {
    return { type: 'set-peer', peer: { ...this.peer(node).row, ...news } }
  }

  /** That much of the row is durable, or need not be before `flush`. */
  learned(node: NodeId, news: Partial<Omit<PeerRow, 'node'>>, options: { readonly isDurable: boolean }): void {
    const known = this.peer(node)
    Object.assign(known, { row: { ...known.row, ...news } })
    if (!options.isDurable) this.#changed.add(node)
  }

  /** The peer has another feed than the one that was read: its catalogue is new, or an older one came back. */
  async begin(node: NodeId, feed: string): Promise<void> {
    if ((await this.#catalogue.note(leftNote(node))) === feed) throw hasComeBack(node)
    const { row } = this.peer(node)
    const fresh: PeerRow = { ...row, hasTheirsTo: 0, holdingsTo: 0 }
    await this.#catalogue.commit([
      { type: 'remove-peer', node },
      { type: 'set-peer', peer: fresh },
      { type: 'set-note', key: feedNote(node), value: feed },
    ])
    this.#peers.set(node, standing(fresh, feed))
  }

  /** Our own feed has begun anew: nobody has anything of it. */
  async forgetReaders(): Promise<void> {
    const nodes = this.nodes
    await this.#catalogue.commit(nodes.map((node) => this.change(node, { hasOursTo: 0 })))
    for (const node of nodes) this.learned(node, { hasOursTo: 0 }, { isDurable: true })
  }

  /** It has left for good. Should it come back with the same catalogue, that would bring back what was deleted. */
  async remove(node: NodeId): Promise<void> {
    await this.#catalogue.commit([
      { type: 'remove-peer', node },
      { type: 'set-note', key: feedNote(node), value: undefined },
      { type: 'set-note', key: leftNote(node), value: this.peer(node).feed },
    ])
    this.#peers.delete(node)
    this.#changed.delete(node)
  }

  /** Makes durable what is known in memory only. */
  async flush(): Promise<void> {
    if (this.#changed.size === 0) return
    const nodes = [...this.#changed]
    this.#changed.clear()
    await this.#catalogue.commit(nodes.map((node) => this.change(node, {})))
  }
}

function feedNote(node: NodeId): string {
  return `replication/feed-of/${node}`
}

function leftNote(node: NodeId): string {
  return `replication/left-with-feed/${node}`
}

function hasComeBack(node: NodeId): ProtocolError<'has-left'> {
  return new ProtocolError('has-left', `node ${node} had left for good, and has come back with its old blob store`, {
    hint: 'let it begin with an empty one: what was deleted meanwhile would come back otherwise',
  })
}

function standing(row: PeerRow, feed: string): PeerStanding {
  return {
    row,
    feed,
    readTo: row.hasTheirsTo,
    isPutOff: false,
    holdingsReadTo: row.holdingsTo,
    isHoldingsPutOff: false,
  }
}
