import { pageLimitsDefaults } from '../limits.ts'
import type { Sorting } from '../parts/data-table.tsx'
import { routeHref } from '../shell/hash-route.ts'

/** Which processes somebody wants to see. */
export interface ProcessQuestion {
  readonly filter: string
  /** Of one machine, by its id; of all where it is empty. */
  readonly node: string
  readonly sorting: Sorting
}

/** As the address of the page has it, so that a view can be kept and handed on. */
export function questionIn(query: URLSearchParams): ProcessQuestion {
  return {
    filter: query.get('filter') ?? '',
    node: query.get('node') ?? '',
    sorting: { by: query.get('sort') ?? 'cpu', isReversed: query.get('reverse') === 'true' },
  }
}

/** Into the address, without a step of its own in the history for each letter. */
export function keepQuestion(question: ProcessQuestion): void {
  history.replaceState(null, '', routeHref(['processes'], fieldsOf(question)))
}

/** What is watched: the same words as of the path, which is asked for no more than is shown. */
export function topicOf(question: ProcessQuestion): string {
  const wanted = { ...fieldsOf(question), limit: String(pageLimitsDefaults.processesShownMax) }
  const given = Object.entries(wanted).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return `processes?${new URLSearchParams(given)}`
}

/** The most first; once more, the least first. */
export function sortedBy(question: ProcessQuestion, by: string): ProcessQuestion {
  const { sorting } = question
  return { ...question, sorting: { by, isReversed: sorting.by === by && !sorting.isReversed } }
}

function fieldsOf({ filter, node, sorting }: ProcessQuestion): Readonly<Record<string, string | undefined>> {
  return {
    filter: filter.trim() === '' ? undefined : filter.trim(),
    node: node === '' ? undefined : node,
    sort: sorting.by,
    reverse: sorting.isReversed ? 'true' : undefined,
  }
}
