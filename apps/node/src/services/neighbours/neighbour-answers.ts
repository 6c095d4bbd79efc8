import { figure, list, nullable, object, text } from '../../schema/building.ts'
import type { Schema } from '../../schema/schema.ts'
import type { Dialled } from './neighbour-messages.ts'

/** What the others say of this node. */
export interface CheckupAnswer {
  readonly others: readonly NeighbourEntry[]
}

export interface NeighbourEntry {
  readonly node: { readonly id: string; readonly name: string }
  readonly why: string | null
  readonly clockAheadMs: number | null
  readonly clockErrorMs: number | null
  readonly dialled: readonly Dialled[]
}

export const checkupAnswer: Schema<CheckupAnswer> = object({
  others: list(
    object({
      node: object({ id: text(), name: text() }),
      why: nullable(text(), { description: 'why it said nothing' }),
      clockAheadMs: nullable(figure(), { description: 'how far its clock is before this one' }),
      clockErrorMs: nullable(figure(), { description: 'how far that may be wrong, either way' }),
      dialled: list(
        object({
          address: text({ description: 'of this node' }),
          outcome: text({ description: '`open`, or why not' }),
        }),
      ),
    }),
  ),
})
