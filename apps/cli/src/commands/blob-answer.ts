import { blobCodeMeanings } from '../exit-codes.ts'
import type { NodeAnswer } from '../running-node/node-answer.ts'
import type { Command } from './command.ts'

/** A name, and what it stands for. */
export interface NamedBlob {
  readonly name: string
  readonly id: string
  readonly size: number
  readonly putAt: string
}

export interface ListedBlob {
  readonly id: string
  readonly size: number
  readonly names: readonly string[]
  readonly pinned: boolean
  readonly putAt: string
}

export interface BlobHolder {
  readonly id: string
  readonly name: string
  readonly self: boolean
  readonly alive: boolean
}

export interface ShownBlob extends ListedBlob {
  /** `null` where the node keeps blobs alone. */
  readonly copiesWanted: number | 'all' | null
  readonly holders: readonly BlobHolder[] | null
}

/** What every command of the family has. */
export const blobExitCodes: NonNullable<Command['exitCodes']> = blobCodeMeanings

export function readNamedBlob(blob: NodeAnswer): NamedBlob {
  return { name: blob.text('name'), id: blob.text('id'), size: blob.count('size'), putAt: blob.text('putAt') }
}

export function readBlob(blob: NodeAnswer): ListedBlob {
  return {
    id: blob.text('id'),
    size: blob.count('size'),
    names: blob.texts('names'),
    pinned: blob.flag('pinned'),
    putAt: blob.text('putAt'),
  }
}

export function readShownBlob(blob: NodeAnswer): ShownBlob {
  const copies = blob.optional('copiesWanted', () => copiesIn(blob)) ?? null
  const holders = blob.optional('holders', () => blob.list('holders').map(readHolder)) ?? null
  return { ...readBlob(blob), copiesWanted: copies, holders }
}

/** A number, or the word. */
function copiesIn(blob: NodeAnswer): number | 'all' {
  return blob.isText('copiesWanted') ? 'all' : blob.count('copiesWanted')
}

function readHolder(holder: NodeAnswer): BlobHolder {
  return {
    id: holder.text('id'),
    name: holder.text('name'),
    self: holder.flag('self'),
    alive: holder.flag('alive'),
  }
}
