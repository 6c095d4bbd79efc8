import type { NodeId } from '@flotilla/core/ids'
import type { BlobRow, Catalogue, ShareRow, StatementRow } from '../../catalogue/contract.ts'
import type { BlobId } from '../../types.ts'
import { readRow } from '../statements/sealing.ts'
import { blobKey, subjectOf, type BlobSaid, type StatementKey } from '../statements/statement.ts'
import { Peekable, rowsOf } from './paging.ts'

/** One blob of which anything is known. */
export interface SurveyedBlob {
  readonly id: BlobId
  /** What is said about it; undefined for a tombstone, and where nobody has said anything. */
  readonly said: BlobSaid | undefined
  readonly row: StatementRow | undefined
  readonly isHere: boolean
  /** This node among them if it is here. */
  readonly holders: ReadonlySet<NodeId>
}

/** All blobs by id, statements, rows and shares side by side; each table is read once, page by page. */
export async function* surveyAll(
  catalogue: Catalogue,
  options: { readonly self: NodeId; readonly pageRows: number },
): AsyncGenerator<SurveyedBlob, undefined> {
  const { self, pageRows: limit } = options
  const statements = new Peekable<StatementRow>(
    rowsOf<StatementRow, string>((page) => catalogue.statements({ ...page, prefix: 'blob/' }), {
      limit,
      placeOf: ({ key }) => key,
    }),
  )
  const blobs = new Peekable<BlobRow>(
    rowsOf<BlobRow, BlobId>((page) => catalogue.blobs(page), { limit, placeOf: ({ id }) => id }),
  )
  const shares = new Peekable<ShareRow>(
    rowsOf<ShareRow, ShareRow>((page) => catalogue.shares(page), { limit, placeOf: (row) => row }),
  )
  for (;;) {
    const row = await statements.peek()
    const said = row === undefined ? undefined : idIn(row)
    const here = (await blobs.peek())?.id
    const id = smaller(said, here)
    if (id === undefined) return undefined
    const holders = await holdersOf(shares, id)
    if (said === id) await statements.take()
    if (here === id) {
      await blobs.take()
      holders.add(self)
    }
    yield surveyed(id, said === id ? row : undefined, holders, here === id)
  }
}

/** One blob, looked up. */
export async function surveyOne(catalogue: Catalogue, id: BlobId, self: NodeId): Promise<SurveyedBlob> {
  const [row, here, shares] = await Promise.all([
    catalogue.statement(blobKey(id)),
    catalogue.blob(id),
    catalogue.sharesOf(id),
  ])
  const holders = new Set(shares)
  if (here !== undefined) holders.add(self)
  return surveyed(id, row, holders, here !== undefined)
}

function surveyed(
  id: BlobId,
  row: StatementRow | undefined,
  holders: ReadonlySet<NodeId>,
  isHere: boolean,
): SurveyedBlob {
  const said = row === undefined || row.isGone ? undefined : readRow(row).said
  return { id, said: said?.type === 'blob' ? said : undefined, row, isHere, holders }
}

/** Those of that blob; those of blobs before it, of which nothing else is known, are passed over. */
async function holdersOf(shares: Peekable<ShareRow>, id: BlobId): Promise<Set<NodeId>> {
  const holders = new Set<NodeId>()
  for (let share = await shares.peek(); share !== undefined && share.blob <= id; share = await shares.peek()) {
    if (share.blob === id) holders.add(share.node)
    await shares.take()
  }
  return holders
}

function idIn(row: StatementRow): BlobId {
  return subjectOf(row.key as StatementKey).subject as BlobId
}

function smaller(one: BlobId | undefined, other: BlobId | undefined): BlobId | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return one < other ? one : other
}
