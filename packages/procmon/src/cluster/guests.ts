import type { ProcessFigures, ProcessQuery } from '../figures.ts'

/**
 * The virtual machines of this node, as far as they can be looked into: their processes stand beside the node's own.
 */
export interface Guests {
  /** At most the query's limit of each machine; whoever does not answer in time is left out. */
  processes(
    query: ProcessQuery,
    options: { readonly signal: AbortSignal },
  ): Promise<
    readonly {
      readonly vm: string
      readonly processes: readonly ProcessFigures[]
      readonly matching: number
      readonly total: number
    }[]
  >
}
