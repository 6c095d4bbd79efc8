import type { Catalogue, CatalogueChange, CatalogueDamage, ChunkRow } from './contract.ts'

type Plain = Omit<Catalogue, 'generation' | 'sweep' | 'verify' | typeof Symbol.asyncDispose>

/** What the tables do for each call: the port itself, without the waiting. */
export type CatalogueWork = {
  readonly [Method in keyof Plain]: (...given: Parameters<Plain[Method]>) => Awaited<ReturnType<Plain[Method]>>
} & {
  /** One turn of a sweep. */
  sweepTurn(options: { readonly keepFrom: number; readonly limit: number }): SweepTurn
  /** One turn of a verification; the first has no place. */
  verifyTurn(place: VerifyPlace | undefined, limit: number): VerifyTurn
}

export interface SweepTurn {
  readonly rows: readonly ChunkRow[]
  /** All chunks were looked at. */
  readonly isOver: boolean
}

/** How far a verification has come: the table, and the key of the last row there. */
export interface VerifyPlace {
  readonly table: number
  readonly after: readonly (string | number | Uint8Array)[] | undefined
}

export interface VerifyTurn {
  readonly found: readonly CatalogueDamage[]
  /** Where to go on; undefined: all was read. */
  readonly next: VerifyPlace | undefined
}

export type CatalogueMethod = keyof CatalogueWork

/** A call as it travels to where the tables are. */
export interface CatalogueCall<Method extends CatalogueMethod = CatalogueMethod> {
  readonly method: Method
  readonly given: Parameters<CatalogueWork[Method]>
}

export type CatalogueOutcome =
  | { readonly type: 'done'; readonly result: unknown }
  | { readonly type: 'failed'; readonly error: unknown }

/** How many rows a call has to do with, as far as that can be told beforehand; at least 1. */
export function rowsOf({ method, given }: CatalogueCall): number {
  const [first] = given
  if (method !== 'commit') return Array.isArray(first) ? Math.max(1, first.length) : 1
  let rows = 1
  for (const change of first as readonly CatalogueChange[]) rows += rowsOfChange(change)
  return rows
}

function rowsOfChange(change: CatalogueChange): number {
  if (change.type === 'move-chunks') return change.moves.length
  if (change.type === 'add-files') return change.files.blobs.length
  return change.type === 'add-chunks' || change.type === 'drop-chunks' ? change.chunks.length : 1
}
