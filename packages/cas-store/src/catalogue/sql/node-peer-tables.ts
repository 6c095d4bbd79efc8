import type { NodeId } from '@flotilla/core/ids'
import type { Database } from 'better-sqlite3'
import type { BlobId } from '../../types.ts'
import type { Page, PeerRow, ShareRow } from '../contract.ts'
import { CheckedTable } from './node-checked-table.ts'
import { idBytes, idText, numberIn, textIn } from './node-id-bytes.ts'
import type { RowChecksum, SqlRow } from './node-row-checksum.ts'

/** Other nodes, and what they have said that they have. */
export class PeerTables {
  readonly peers: CheckedTable
  readonly shares: CheckedTable
  readonly #all
  readonly #removePeer
  readonly #sharesOf
  readonly #sharesAfter
  readonly #removeShare
  readonly #removeSharesOf

  constructor(database: Database, checksum: RowChecksum) {
    const columns = ['node', 'seen_at_ms', 'free_bytes', 'has_ours_to', 'has_theirs_to', 'holdings_to']
    this.peers = new CheckedTable(database, checksum, { name: 'peers', columns, key: ['node'] })
    const shareColumns = ['blob', 'node']
    const shares = new CheckedTable(database, checksum, { name: 'shares', columns: shareColumns, key: shareColumns })
    this.shares = shares
    this.#all = this.peers.query('ORDER BY node')
    this.#removePeer = this.peers.statement('DELETE FROM peers WHERE node = ?')
    this.#sharesOf = shares.query('WHERE blob = ? ORDER BY node')
    this.#sharesAfter = shares.query('WHERE (blob, node) > (?, ?) ORDER BY blob, node LIMIT ?')
    this.#removeShare = shares.statement('DELETE FROM shares WHERE blob = ? AND node = ?')
    this.#removeSharesOf = shares.statement('DELETE FROM shares WHERE node = ?')
  }

  set({ node, seenAtMs, freeBytes, hasOursTo, hasTheirsTo, holdingsTo }: PeerRow): void {
    this.peers.put([node, seenAtMs, freeBytes, hasOursTo, hasTheirsTo, holdingsTo])
  }

  remove(node: NodeId): void {
    this.#removePeer.run(node)
    this.#removeSharesOf.run(node)
  }

  all(): PeerRow[] {
    return this.peers.select(this.#all).map(peerIn)
  }

  setShare({ blob, node }: ShareRow): void {
    this.shares.put([idBytes(blob), node])
  }

  removeShare({ blob, node }: ShareRow): void {
    this.#removeShare.run(idBytes(blob), node)
  }

  sharesOf(blob: BlobId): NodeId[] {
    return this.shares.select(this.#sharesOf, idBytes(blob)).map((row) => textIn(row[1]) as NodeId)
  }

  sharesAfter({ after, limit }: Page<ShareRow>): ShareRow[] {
    const from = after === undefined ? [new Uint8Array(0), ''] : [idBytes(after.blob), after.node]
    const rows = this.shares.select(this.#sharesAfter, ...from, limit)
    return rows.map((row) => ({ blob: idText(row[0]) as BlobId, node: textIn(row[1]) as NodeId }))
  }
}

function peerIn(row: SqlRow): PeerRow {
  return {
    node: textIn(row[0]) as NodeId,
    seenAtMs: numberIn(row[1]),
    freeBytes: numberIn(row[2]),
    hasOursTo: numberIn(row[3]),
    hasTheirsTo: numberIn(row[4]),
    holdingsTo: numberIn(row[5]),
  }
}
