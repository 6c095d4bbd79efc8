import { anything, named } from '../../schema/building.ts'
import type { Schema } from '../../schema/schema.ts'
import { asked } from '../described.ts'
import type { AnyRoute, AskedRoute } from '../route.ts'
import { openApiDocument } from './openapi-document.ts'

const document: Schema<object> = named('OpenApiDocument', anything<object>({ description: 'OpenAPI 3.1' }))

/** `/v1/openapi.json`, made when it is asked for: few ask, and each keeps it. */
export function openApiRoute(routes: () => readonly AnyRoute[], version: string): AskedRoute {
  return asked({
    path: '/v1/openapi.json',
    about: { summary: 'this description of the API', answer: document },
    get: () => openApiDocument(routes(), version),
  })
}
