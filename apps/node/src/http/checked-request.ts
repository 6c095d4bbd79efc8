import { ProtocolError } from '@flotilla/core/errors'
import { object } from '../schema/building.ts'
import { problemOf } from '../schema/checking.ts'
import { queryValues, withUsual } from '../schema/query-values.ts'
import type { AnySchema } from '../schema/schema.ts'
import type { RouteAbout } from './route-about.ts'

const nothing: AnySchema = object({})

/** The parameters of an address as the route wants them; throws what is wrong with them. */
export function checkedQuery({ query = nothing }: RouteAbout, given: URLSearchParams): unknown {
  const found = queryValues(query, given)
  if ('values' in found) return found.values
  const { what, hint = 'see /v1/openapi.json' } = found.problem
  throw new ProtocolError('wrong-parameter', what, { hint })
}

/** What was posted, as the route wants it; throws what is wrong with it. */
export function checkedDocument({ document = nothing }: RouteAbout, given: unknown): unknown {
  const problem = problemOf(document, given, 'it')
  if (problem === undefined) return withUsual(document, given)
  const { what, hint = 'see /v1/openapi.json for what it may be' } = problem
  throw new ProtocolError('wrong-document', `the document is wrong: ${what}`, { hint })
}

/** What stands at the end of the path; throws where that is written in no known way, or is nothing. */
export function checkedRest({ rest }: RouteAbout, given: string): string {
  if (rest === undefined) return given
  try {
    const decoded = decodeURIComponent(given)
    if (decoded !== '') return decoded
  } catch (error) {
    throw new ProtocolError('wrong-parameter', `the ${rest.name} is not written as in an address`, {
      hint: 'encode it as UTF-8, with %',
      cause: error,
    })
  }
  throw new ProtocolError('wrong-parameter', `there is no ${rest.name}`, { hint: 'write it at the end of the path' })
}
