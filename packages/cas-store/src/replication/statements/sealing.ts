import type { Crypto } from '@flotilla/core/crypto'
import type { NodeId } from '@flotilla/core/ids'
import { formatHybrid } from '@flotilla/core/time'
import type { StatementRow } from '../../catalogue/contract.ts'
import type { Authors } from './authors.ts'
import { assemble, layOut, takeApart, type LaidOut } from './layout.ts'
import { keyOf, type Statement } from './statement.ts'

/** The node's own Ed25519 key, as far as statements need it. */
export interface StatementKeys {
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Uint8Array
}

/** The row of a statement that this node makes. */
export function sealStatement(statement: Statement, keys: StatementKeys, self: NodeId): StatementRow {
  const signedBytes = layOut(statement, keys.publicKey)
  return {
    key: keyOf(statement.said),
    stamp: formatHybrid(statement.stamp),
    author: self,
    envelope: assemble(signedBytes, keys.sign(signedBytes)),
    isGone: statement.said.type === 'gone',
  }
}

/** The row that such a statement would be, whoever signed it. */
export function rowOf(laidOut: LaidOut, envelope: Uint8Array, authors: Authors): StatementRow {
  return {
    key: laidOut.key,
    stamp: formatHybrid(laidOut.stamp),
    author: authors.of(laidOut.publicKey),
    envelope,
    isGone: laidOut.said.type === 'gone',
  }
}

export function isAuthentic(laidOut: LaidOut, crypto: Crypto): boolean {
  return crypto.ed25519.verify(laidOut.publicKey, laidOut.signedBytes, laidOut.signature)
}

/** What a row of our own catalogue says. It was verified before it came there. */
export function readRow(row: StatementRow): LaidOut {
  return takeApart(row.envelope)
}
