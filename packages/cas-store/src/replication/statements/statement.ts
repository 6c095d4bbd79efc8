import { unreachable } from '@flotilla/core/errors'
import type { HybridTime } from '@flotilla/core/time'
import type { BlobDescriptor, BlobId } from '../../types.ts'

/** How many nodes shall have a blob. */
export type CopiesWanted = number | 'all'

/** A blob that there is. */
export interface BlobSaid {
  readonly type: 'blob'
  readonly id: BlobId
  readonly descriptor: BlobDescriptor
  readonly copies: CopiesWanted
  /** What decides, together with the ids of the nodes, who ought to have it: a whole number of 32 bits. */
  readonly lot: number
  /** Milliseconds since 1970, by the clock of the node that put it. */
  readonly putAtMs: number
}

interface NameSaid {
  readonly type: 'name'
  readonly name: string
  readonly blob: BlobId
}

/** That blob cannot be deleted. */
interface PinSaid {
  readonly type: 'pin'
  readonly id: BlobId
}

/** A tombstone: the key means nothing any more. */
interface GoneSaid {
  readonly type: 'gone'
  readonly key: StatementKey
}

export type Said = BlobSaid | NameSaid | PinSaid | GoneSaid

/** What a statement is about: of each key only the newest statement counts. */
export type StatementKey = `blob/${string}` | `name/${string}` | `pin/${string}`

/** Something that all members are to know, said by one of them at some moment. */
export interface Statement {
  readonly said: Said
  /** Orders the statements about one key. Of equal ones that of the greater author counts. */
  readonly stamp: HybridTime
}

export function blobKey(id: BlobId): StatementKey {
  return `blob/${id}`
}

export function nameKey(name: string): StatementKey {
  return `name/${name}`
}

export function pinKey(id: BlobId): StatementKey {
  return `pin/${id}`
}

export function keyOf(said: Said): StatementKey {
  switch (said.type) {
    case 'blob':
      return blobKey(said.id)
    case 'name':
      return nameKey(said.name)
    case 'pin':
      return pinKey(said.id)
    case 'gone':
      return said.key
    default:
      return unreachable(said, 'statement')
  }
}

/** What stands behind the first slash: a name, or an id. */
export function subjectOf(key: StatementKey): { readonly kind: 'blob' | 'name' | 'pin'; readonly subject: string } {
  const slash = key.indexOf('/')
  return { kind: key.slice(0, slash) as 'blob' | 'name' | 'pin', subject: key.slice(slash + 1) }
}

/** The blob that such a key is about, if it is about one. */
export function blobIn(key: string): BlobId | undefined {
  return key.startsWith('blob/') ? (key.slice('blob/'.length) as BlobId) : undefined
}
