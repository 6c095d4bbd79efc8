import type { AnySchema } from '../../schema/schema.ts'
import type { AnyRoute } from '../route.ts'
import { Components, failedEvent, refusal } from './components.ts'
import { operationsOf, type Operation } from './operations.ts'

/** OpenAPI 3.1. Of what is in it, this program needs to know no more. */
export interface OpenApiDocument {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly security: readonly object[]
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> } & Readonly<Record<string, object>>
}

export interface OperationObject {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly tags: readonly string[]
  readonly security: readonly object[]
  /** `nobody` where anybody may, without a key. */
  readonly 'x-flotilla-role': string
  readonly parameters?: readonly object[]
  readonly requestBody?: object
  readonly responses: Readonly<Record<string, object>>
}

const json = 'application/json'
const eventType = 'text/event-stream'

/** What the routes say of themselves. */
export function openApiDocument(routes: readonly AnyRoute[], version: string): OpenApiDocument {
  const components = new Components()
  const operations = operationsOf(routes)
  const paths: Record<string, Record<string, OperationObject>> = {}
  for (const operation of operations) {
    const path = templateOf(operation)
    paths[path] = { ...paths[path], [operation.method]: operationObject(operation, components) }
  }
  const refused = { description: 'It was refused.', content: { [json]: { schema: components.reference(refusal) } } }
  return {
    openapi: '3.1.0',
    info: { title: 'Flotilla node', version, description },
    security: [{ key: [] }, { session: [], sessionSecret: [] }],
    tags: [...new Set(operations.map(tagOf))].toSorted().map((name) => ({ name })),
    paths,
    components: { schemas: components.all(), responses: { Refusal: refused }, securitySchemes },
  }
}

const description = [
  'What one node answers. Everything but `/healthz`, `/readyz` and what opens a session wants to know who asks.',
  'Each operation names the role that it needs (`x-flotilla-role`): viewer, operator or admin, each of which may what',
  'those before it may. Whoever asks through the Unix socket `api.sock` in the data folder is admin, and sends no key.',
  'Refusals are JSON too, with a code for programs, and a message and a hint for people. Parameters and fields that',
  'are not known are refused. What is posted is JSON, and says so in its `Content-Type`.',
].join(' ')

const securitySchemes = {
  key: {
    type: 'http',
    scheme: 'bearer',
    description:
      'The token of the node, from `access.json` in its data folder, new after every start; or a token that ' +
      '`flotilla token create` made, which every node of the cluster takes.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'flotilla_PORT',
    description: 'Of a browser, made by `/v1/login`; PORT is that of the node. Enough for the content of blobs.',
  },
  sessionSecret: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Flotilla-Session',
    description: 'With the cookie, for everything else; `/v1/login` answers it.',
  },
} as const

/** `/v1/locks/*` is `/v1/locks/{key}`. */
function templateOf({ path, about }: Operation): string {
  return about.rest === undefined ? path : path.replace(/\*$/, `{${about.rest.name}}`)
}

/** `/v1/blob-ids` and `/v1/blobs/*` are about blobs. */
function tagOf({ path }: Operation): string {
  const [first = ''] = path.split('/').filter((word) => word !== '' && !/^v\d+$/.test(word))
  const [word = ''] = first.split('-')
  return Object.entries(tags).find(([, words]) => words.includes(word))?.[0] ?? word
}

const tags: Readonly<Record<string, readonly string[]>> = {
  blobs: ['blob', 'blobs'],
  callers: ['login', 'logout', 'session', 'users', 'tokens'],
  cluster: ['checkup', 'cluster', 'mesh', 'nodes', 'notes', 'relay'],
  locks: ['deadlocks', 'lock', 'locks', 'raft'],
  machines: ['alerts', 'machine', 'machines', 'process', 'processes'],
  node: ['audit', 'healthz', 'history', 'live', 'metrics', 'node', 'openapi.json', 'readyz', 'settings', 'tls'],
  vms: ['vm', 'vms'],
}

function operationObject(operation: Operation, components: Components): OperationObject {
  const { about, role, method } = operation
  const needs = role === undefined ? 'Anybody may ask, without a key.' : `Needs the role ${role}.`
  const said = about.detail === undefined ? needs : `${about.detail} ${needs}`
  const parameters = [...restParameters(operation), ...queryParameters(operation, components)]
  const body = requestBody(operation, components)
  return {
    operationId: [method, ...templateOf(operation).split(/[/{}]+/)].filter((word) => word !== '').join('-'),
    summary: about.summary,
    description: said,
    tags: [tagOf(operation)],
    security: securityOf(operation),
    'x-flotilla-role': role ?? 'nobody',
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: {
      [operation.takesContent ? 201 : 200]: answered(operation, components),
      default: { $ref: '#/components/responses/Refusal' },
    },
  }
}

function securityOf({ role, isGuarded }: Operation): readonly object[] {
  if (role === undefined) return []
  return [{ key: [] }, isGuarded ? { session: [], sessionSecret: [] } : { session: [] }]
}

function restParameters({ about: { rest } }: Operation): readonly object[] {
  if (rest === undefined) return []
  return [{ name: rest.name, in: 'path', required: true, description: rest.description, schema: { type: 'string' } }]
}

function queryParameters({ about: { query = {} } }: Operation, components: Components): readonly object[] {
  const { properties = {}, required = [] } = query
  return Object.entries(properties).map(([name, { description: about, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(about === undefined ? {} : { description: about }),
    // A list is named again and again, or has commas.
    ...(schema.type === 'array' ? { style: 'form', explode: false } : {}),
    schema: components.reference(schema),
  }))
}

function requestBody({ document, takesContent, about }: Operation, components: Components): object | undefined {
  if (takesContent) return { required: true, content: { [about.type ?? json]: {} } }
  if (document === undefined) return undefined
  return { required: true, content: { [json]: { schema: components.reference(document) } } }
}

function answered({ about, takesContent }: Operation, components: Components): object {
  const { answer, events, type = json } = about
  const content = {
    ...(answer === undefined ? {} : { [takesContent ? json : type]: { schema: components.reference(answer) } }),
    ...(answer === undefined && events === undefined ? { [type]: {} } : {}),
    ...(events === undefined ? {} : { [eventType]: { schema: eventSchema(events, components) } }),
  }
  return { description: 'It was done, or this is it.', content }
}

/** What is behind `data:` in each event is JSON of this schema. */
function eventSchema(events: AnySchema, components: Components): object {
  return {
    type: 'string',
    description:
      'Server-sent events: the JSON of one event behind each `data:`. The last one is `failed` where something was ' +
      'refused, or failed, after events had begun.',
    contentMediaType: json,
    contentSchema: { anyOf: [components.reference(events), components.reference(failedEvent)] },
  }
}
