import { unreachable } from '@flotilla/core/errors'
import type { Catalogue, CatalogueChange } from '../../catalogue/contract.ts'
import type { BlobId } from '../../types.ts'
import { subjectOf, type Statement, type StatementKey } from '../statements/statement.ts'

/** That this node shall keep a copy of the blob, whoever else has one. */
export function keptNote(id: BlobId): string {
  return `replication/kept/${id}`
}

/** What else changes in the catalogue when that statement becomes the newest about its key. */
export async function effectsOf(
  { said, stamp }: Statement,
  catalogue: Pick<Catalogue, 'sharesOf'>,
): Promise<readonly CatalogueChange[]> {
  switch (said.type) {
    case 'blob':
      return []
    case 'name':
      return [{ type: 'set-name', name: { name: said.name, blob: said.blob, atMs: stamp.wallMs } }]
    case 'pin':
      return [{ type: 'add-pin', id: said.id }]
    case 'gone':
      return goneEffects(said.key, catalogue)
    default:
      return unreachable(said, 'statement')
  }
}

async function goneEffects(
  key: StatementKey,
  catalogue: Pick<Catalogue, 'sharesOf'>,
): Promise<readonly CatalogueChange[]> {
  const { kind, subject } = subjectOf(key)
  if (kind === 'name') return [{ type: 'remove-name', name: subject }]
  const id = subject as BlobId
  return kind === 'pin' ? [{ type: 'remove-pin', id }] : forgetting(id, await catalogue.sharesOf(id))
}

function forgetting(id: BlobId, holders: Awaited<ReturnType<Catalogue['sharesOf']>>): readonly CatalogueChange[] {
  return [
    { type: 'remove-blob', id },
    { type: 'remove-partial', id },
    { type: 'remove-pin', id },
    { type: 'set-note', key: keptNote(id), value: undefined },
    ...holders.map((node): CatalogueChange => ({ type: 'remove-share', share: { blob: id, node } })),
  ]
}

/** Gives up the own copy; what others say about the blob stays. */
export async function droppingOf(id: BlobId, catalogue: Catalogue): Promise<readonly CatalogueChange[]> {
  const names = await catalogue.namesOf(id)
  const rows = await Promise.all(names.map((name) => catalogue.name(name)))
  return [
    { type: 'remove-blob', id },
    // Names go with the row of a blob, and these are to stay.
    ...rows.flatMap((name): CatalogueChange[] => (name === undefined ? [] : [{ type: 'set-name', name }])),
  ]
}
