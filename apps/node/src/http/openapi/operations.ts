import type { AnySchema } from '../../schema/schema.ts'
import type { UserRole } from '../caller.ts'
import type { RouteAbout } from '../route-about.ts'
import type { AnyRoute } from '../route.ts'

/** One method of one path, as it is told to whoever uses it. */
export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  /** Of the route, with its `*`. */
  readonly path: string
  /** Undefined for everybody, without a key. */
  readonly role: UserRole | undefined
  readonly about: RouteAbout
  readonly document: AnySchema | undefined
  /** The body is content, as it is. */
  readonly takesContent: boolean
  /** Whoever has only the cookie of the page may not: browsers send it to every port of a host. */
  readonly isGuarded: boolean
}

/** Everything that can be asked and done; what has nothing to say of itself is no part of the API. */
export function operationsOf(routes: readonly AnyRoute[]): readonly Operation[] {
  return routes.flatMap(operationsAt).toSorted((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1))
}

function placeOf({ path, method }: Operation): string {
  return `${path} ${method}`
}

function operationsAt(route: AnyRoute): readonly Operation[] {
  if ('content' in route) {
    return (['GET', 'PUT', 'DELETE'] as const).flatMap((name) => {
      const handler = route.content[name]
      if (handler === undefined) return []
      const isAsked = name === 'GET'
      return [
        {
          ...asked(route.path, handler.about),
          method: methods[name],
          role: route.role ?? (isAsked ? 'viewer' : 'operator'),
          takesContent: name === 'PUT',
          isGuarded: !isAsked,
        },
      ]
    })
  }
  if (route.about === undefined) return []
  const operation = asked(route.path, route.about)
  if (route.open === true) return ['openPost' in route ? posted(operation, undefined) : operation]
  if ('post' in route || ('stream' in route && route.isPosted)) return [posted(operation, route.role ?? 'operator')]
  return [{ ...operation, role: route.role ?? 'viewer', isGuarded: true }]
}

const methods = { GET: 'get', PUT: 'put', DELETE: 'delete' } as const

function asked(path: string, about: RouteAbout): Operation {
  return { method: 'get', path, role: undefined, about, document: undefined, takesContent: false, isGuarded: false }
}

function posted(operation: Operation, role: UserRole | undefined): Operation {
  const document = operation.about.document ?? { type: 'object', additionalProperties: false }
  return { ...operation, method: 'post', role, document, isGuarded: true }
}
