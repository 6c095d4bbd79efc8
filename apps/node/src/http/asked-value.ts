import { FlotillaError } from '@flotilla/core/errors'
import { requireRole, type Caller } from './caller.ts'
import { checkedQuery, checkedRest } from './checked-request.ts'
import type { AnyRoute, AskedRoute } from './route.ts'

/**
 * What a path answers that answers with JSON, without a request: for the node itself, on behalf of somebody. Refused as
 * a request would be. `address`: path and query, as `/v1/locks?limit=1`.
 */
export async function askedValue(routes: readonly AnyRoute[], address: string, caller: Caller): Promise<object> {
  const at = address.indexOf('?')
  const path = at === -1 ? address : address.slice(0, at)
  const asked = routes.filter((route): route is AskedRoute => 'get' in route)
  const route =
    asked.find((each) => each.path === path) ??
    asked.find((each) => each.path.endsWith('/*') && path.startsWith(each.path.slice(0, -1)))
  if (route === undefined) {
    throw new FlotillaError('not-found', `this node does not answer ${path}`, { hint: 'see /v1/openapi.json' })
  }
  const { about, role = 'viewer' } = route
  requireRole(caller, role)
  const query = checkedQuery(about, new URLSearchParams(at === -1 ? '' : address.slice(at + 1)))
  const rest = checkedRest(about, route.path.endsWith('*') ? path.slice(route.path.length - 1) : '')
  return await route.get({ caller, query, rest })
}
