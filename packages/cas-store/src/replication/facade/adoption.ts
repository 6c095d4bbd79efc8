import type { Entropy } from '@flotilla/core/random'
import type { BlobRow, Catalogue, NameRow } from '../../catalogue/contract.ts'
import type { BlobId } from '../../types.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { CopiesWanted, Said } from '../statements/statement.ts'
import { rowsOf } from '../repair/paging.ts'

export interface AdoptionOptions {
  readonly catalogue: Catalogue
  readonly ledger: Ledger
  readonly entropy: Entropy
  readonly copies: CopiesWanted
  readonly pageRows: number
}

/** Tells of what was put while the store was alone, before it first had others to tell. May be done twice. */
export async function adopt({ catalogue, ledger, entropy, copies, pageRows: limit }: AdoptionOptions): Promise<void> {
  const blobs = rowsOf<BlobRow, BlobId>((page) => catalogue.blobs(page), { limit, placeOf: ({ id }) => id })
  await tellAll(ledger, limit, blobs, ({ id, size, depth, root, putAtMs }) => {
    const lot = new DataView(entropy.bytes(4).slice().buffer).getUint32(0)
    return { type: 'blob', id, descriptor: { size, depth, root }, copies, lot, putAtMs }
  })
  const names = rowsOf<NameRow, string>((page) => catalogue.names({ ...page, prefix: '' }), {
    limit,
    placeOf: ({ name }) => name,
  })
  await tellAll(ledger, limit, names, ({ name, blob }) => ({ type: 'name', name, blob }))
  const pins = await catalogue.pins()
  if (pins.length > 0) await ledger.make(async () => pins.map((id): Said => ({ type: 'pin', id })))
}

async function tellAll<Row>(
  ledger: Ledger,
  limit: number,
  rows: AsyncIterable<Row>,
  tell: (row: Row) => Said,
): Promise<void> {
  let said: Said[] = []
  const flush = async (): Promise<void> => {
    const page = said
    said = []
    if (page.length > 0) await ledger.make(async () => page)
  }
  for await (const row of rows) {
    said.push(tell(row))
    if (said.length >= limit) await flush()
  }
  await flush()
}
