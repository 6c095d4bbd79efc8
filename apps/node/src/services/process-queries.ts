import {
  parseProcessFilter,
  validateProcessQuery,
  type ClusterProcessQuery,
  type ProcessQuery,
} from '@flotilla/procmon'
import { checkParameters, wrongParameter } from './query-parameters.ts'

const names = ['filter', 'text', 'user', 'pid', 'sort', 'reverse', 'limit', 'detail', 'vms', 'node'] as const

/** Which processes somebody asks for, in the words of an address; of which nodes is for the caller to find out. */
export function processQueryIn(query: URLSearchParams): Omit<ClusterProcessQuery, 'nodes'> {
  checkParameters(query, names)
  const text = (name: (typeof names)[number]): string | undefined => query.get(name) ?? undefined
  const filter = text('filter')
  const wanted = {
    ...(filter === undefined ? {} : parseProcessFilter(filter)),
    ...present('text', text('text')),
    ...present('user', text('user')),
    ...present('sort', text('sort')),
    ...present('pids', text('pid')?.split(',').map(wholeIn)),
    ...present('limit', wholeOf(text('limit'))),
    ...(flagIn(query, 'reverse') ? { isReversed: true } : {}),
    ...(flagIn(query, 'detail') ? { withDetail: true } : {}),
  } as ProcessQuery
  validateProcessQuery(wanted)
  return { ...wanted, ...(flagIn(query, 'vms') ? { withGuests: true } : {}) }
}

function present<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [Key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: Value }
}

function wholeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : wholeIn(text)
}

/** What is none becomes a number that no query may have, so that its refusal says what may stand there. */
function wholeIn(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
}

function flagIn(query: URLSearchParams, name: string): boolean {
  const text = query.get(name)
  if (text === null || text === 'false') return false
  if (text === 'true') return true
  throw wrongParameter(`${name} is neither true nor false`, `write ${name}=true, or leave it out`)
}
