import { unreachable } from '@flotilla/core/errors'
import type { Catalogue, CatalogueChange } from '../../catalogue/contract.ts'
import type { BlobId } from '../../types.ts'
import { subjectOf, type Statement, type StatementKey } from '../statements/statement.ts'

/** That this node shall keep a copy of the blob, whoever else has one. */
export function keptNote(id: BlobId): string {
  return `replication/kept/${id}`
}

/** What else changes in the catalogue when that statement becomes the newest about its key. */
export function effectsOf({ said, stamp }: Statement): readonly CatalogueChange[] {
  switch (said.type) {
    case 'blob':
      return []
    case 'name':
      return [{ type: 'set-name', name: { name: said.name, blob: said.blob, atMs: stamp.wallMs } }]
    case 'pin':
      return [{ type: 'add-pin', id: said.id }]
    case 'gone':
      return goneEffects(said.key)
    default:
      return unreachable(said, 'statement')
  }
}

function goneEffects(key: StatementKey): readonly CatalogueChange[] {
  const { kind, subject } = subjectOf(key)
  if (kind === 'name') return [{ type: 'remove-name', name: subject }]
  const id = subject as BlobId
  if (kind === 'pin') return [{ type: 'remove-pin', id }]
  // What others have of it stays known until they say that they have it no more: should the blob be put again before
  // they hear of the deletion, they would never say again that they have it.
  return [
    { type: 'remove-blob', id },
    { type: 'remove-partial', id },
    { type: 'remove-pin', id },
    { type: 'set-note', key: keptNote(id), value: undefined },
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
