import type { NodeAnswer } from '../running-node/node-answer.ts'

/** What a node says that it has taken. */
export interface PutBlob {
  readonly id: string
  readonly name: string | undefined
  readonly size: number
  readonly bytesKnown: number
  readonly bytesStored: number
  readonly copies: number
}

export function readPutBlob(put: NodeAnswer): PutBlob {
  return {
    id: put.text('id'),
    name: put.optional('name', () => put.text('name')),
    size: put.count('size'),
    bytesKnown: put.count('bytesKnown'),
    bytesStored: put.count('bytesStored'),
    copies: put.count('copies'),
  }
}
