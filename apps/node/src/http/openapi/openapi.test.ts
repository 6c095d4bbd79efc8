import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anything, named } from '../../schema/building.ts'
import { problemOf } from '../../schema/checking.ts'
import type { AnySchema, Schema } from '../../schema/schema.ts'
import { DaemonClient } from '../../testing/daemon-client.ts'
import { startDaemon, temporaryFolder, type DaemonProcess } from '../../testing/daemon-process.ts'
import { asked } from '../described.ts'
import { openApiDocument, type OpenApiDocument, type OperationObject } from './openapi-document.ts'
import { resolved } from './testing/resolved-schema.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let daemon: DaemonProcess
let client: DaemonClient
let document: OpenApiDocument

beforeAll(async () => {
  folder = await temporaryFolder()
  daemon = startDaemon(folder.path, '--json', '--name', 'ann')
  client = await DaemonClient.of(daemon)
  await client.post('/v1/cluster/init', {})
  await client.raw('/v1/blobs/some', { method: 'PUT', body: 'content' })
  document = JSON.parse(await client.text('/v1/openapi.json')) as OpenApiDocument
})

afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

interface Placed {
  readonly path: string
  readonly method: string
  readonly operation: OperationObject
}

function operations(): readonly Placed[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
}

/** Each schema that stands in an operation, with where it stands. */
function schemasOf({ operation, path, method }: Placed): readonly (readonly [string, AnySchema])[] {
  const found: [string, AnySchema][] = []
  const look = (value: unknown, at: string): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [name, each] of Object.entries(value)) {
      const isSchema = name === 'schema' || name === 'contentSchema'
      if (isSchema) found.push([`${at}.${name}`, resolved(document, each)])
      look(each, `${at}.${name}`)
    }
  }
  look(operation, `${method} ${path}`)
  return found
}

describe('the description of the API', () => {
  test('has everything that the node answers, each with a summary, a role and what is refused', async () => {
    const missing = (await (await client.raw('/v1/nothing')).json()) as { readonly error: { readonly hint: string } }
    const routes = missing.error.hint.split(/[ ,]+/).filter((word) => word.startsWith('/v1/') || word === '/metrics')
    const described = Object.keys(document.paths).map((path) => path.replace(/\{\w+\}$/, '*'))
    expect(routes.length).toBeGreaterThan(50)
    expect(described).toEqual(expect.arrayContaining(routes))
    // Two that differ by what a part is called only would be one path.
    expect(new Set(Object.keys(document.paths).map((path) => path.replace(/\{\w+\}/, '{}'))).size).toBe(
      Object.keys(document.paths).length,
    )
    const ids = operations().map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { path, operation } of operations()) {
      expect({ path, ...operation }).toMatchObject({
        summary: expect.stringMatching(/^[^.]{8,100}$/) as unknown,
        'x-flotilla-role': expect.stringMatching(/^(nobody|viewer|operator|admin)$/) as unknown,
        responses: { default: { $ref: '#/components/responses/Refusal' } },
      })
      const isOpen = operation['x-flotilla-role'] === 'nobody'
      expect(operation.security.length === 0).toBe(isOpen)
    }
  })

  test('refers to nothing that is not there, and its examples keep to what it says', () => {
    const text = JSON.stringify(document)
    for (const [, place = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = place.split('/').reduce<unknown>((at, name) => Reflect.get(at as object, name), document)
      expect([place, typeof target]).toEqual([place, 'object'])
    }
    for (const placed of operations()) {
      const [, name] = /\{(\w+)\}/.exec(placed.path) ?? []
      const parameters = (placed.operation.parameters ?? []) as readonly {
        readonly in: string
        readonly name: string
      }[]
      expect(parameters.filter((each) => each.in === 'path').map((each) => each.name)).toEqual(name ? [name] : [])
      for (const [at, schema] of schemasOf(placed)) {
        for (const example of schema.examples ?? [])
          expect([at, problemOf(schema, example, 'it')]).toEqual([at, undefined])
      }
    }
    expect(text.match(/"examples":/g)?.length).toBeGreaterThan(8)
  })

  test('needs an admin for what makes and unmakes clusters, users and keys', () => {
    const roles = new Map(
      operations().map(({ method, path, operation }) => [`${method} ${path}`, operation['x-flotilla-role']]),
    )
    const admin = [
      'cluster/init',
      'cluster/join',
      'cluster/invite',
      'cluster/revoke',
      'cluster/authority/export',
      'cluster/authority/import',
      'raft/found',
      'blob/rebuild',
      'blob/rotate-key',
      'settings/reload',
      'login-codes',
    ]
    for (const path of admin) expect([path, roles.get(`post /v1/${path}`)]).toEqual([path, 'admin'])
    for (const path of ['lock/hold', 'processes/signal', 'blob/pin', 'notes/say', 'vm-order']) {
      expect([path, roles.get(`post /v1/${path}`)]).toEqual([path, 'operator'])
    }
    expect(roles.get('delete /v1/blobs/{ref}')).toBe('operator')
    for (const path of ['nodes', 'locks', 'processes', 'blobs', 'vms'])
      expect(roles.get(`get /v1/${path}`)).toBe('viewer')
  })

  test('refuses two different schemas of one name', () => {
    const route = (path: string, schema: Schema<object>): ReturnType<typeof asked> =>
      asked({ path, about: { summary: 'something', answer: schema }, get: () => ({}) })
    const routes = [route('/a', named('Same', anything())), route('/b', named('Same', anything({ description: 'b' })))]
    expect(() => openApiDocument(routes, '1')).toThrow('two schemas are called Same')
  })
})

/** What is given where a parameter has to be. */
const given: Readonly<Record<string, string>> = {
  key: 'some-key',
  node: 'ann',
  vm: 'none',
  ref: 'some',
  figure: 'processor.usage',
  topics: 'nodes,raft',
  path: '/v1/node',
}

function addressOf({ path, operation }: Placed): string {
  const parameters = (operation.parameters ?? []) as readonly {
    readonly in: string
    readonly name: string
    readonly required: boolean
  }[]
  const query = parameters.filter((each) => each.in === 'query' && each.required)
  const written = query.map(({ name }) => `${name}=${encodeURIComponent(given[name] ?? 'x')}`).join('&')
  const whole = path.replace(/\{(\w+)\}/, (_all, name: string) => given[name] ?? 'x')
  return written === '' ? whole : `${whole}?${written}`
}

test('every path that is asked answers, in a cluster, exactly what the description says', async () => {
  const asks = operations().filter(({ method }) => method === 'get')
  const judged = await Promise.all(asks.map(judge))
  expect(judged.filter(({ problem }) => problem !== undefined)).toEqual([])
  const count = (kind: string): number => judged.filter((each) => each.kind === kind).length
  expect(count('answer')).toBeGreaterThan(25)
  expect(count('event')).toBeGreaterThan(2)
  // What is not there, as a virtual machine.
  expect(judged.filter(({ kind }) => kind === 'refusal').map(({ address }) => address)).toEqual(['/v1/vms/none'])
})

test('what is done answers what the description says, its events and what was refused too', async () => {
  const ban = { node: 'nobody', seconds: 1, reason: 'a test' }
  const order = { vm: 'none', command: 'ping' }
  const asks = [
    ['/v1/notes/say', { text: 'hello' }],
    ['/v1/cluster/invite', { ttlSeconds: 60, role: 'node' }],
    ['/v1/cluster/rotate', {}],
    ['/v1/cluster/authority/export', { passphrase: 'a long passphrase' }],
    ['/v1/mesh/ban', ban],
    ['/v1/blob/pin', { ref: 'some' }],
    ['/v1/blob/unpin', { ref: 'some' }],
    ['/v1/blob/name', { ref: 'some', name: 'other' }],
    ['/v1/blob/unname', { name: 'other' }],
    ['/v1/blob/seen', { path: '/none', signature: 'x' }],
    ['/v1/blob/gc', {}],
    ['/v1/blob/fsck', {}],
    ['/v1/blob/rotate-key', {}],
    ['/v1/blob/keep', { ref: 'some' }],
    ['/v1/blob/rebuild', {}],
    ['/v1/lock/hold', { key: 'a', mode: 'both' }],
    ['/v1/lock/release', { hold: 'none' }],
    ['/v1/vm-order', order],
    ['/v1/settings/reload', {}],
    ['/v1/login-codes', {}],
  ] as const
  const problems: unknown[] = []
  for (const [path, posted] of asks) {
    const response = await client.raw(path, { method: 'POST', body: JSON.stringify(posted) })
    const found = await problemsIn(response, document.paths[path]?.['post'])
    problems.push(...found.map((problem) => [path, problem]))
  }
  const blobs = document.paths['/v1/blobs/{ref}']
  const headers = { accept: 'text/event-stream' }
  for (const options of [{}, { headers }]) {
    const response = await client.raw('/v1/blobs/a', { method: 'PUT', body: 'some content', ...options })
    problems.push(...(await problemsIn(response, blobs?.['put'])))
  }
  problems.push(...(await problemsIn(await client.raw('/v1/blobs/a', { method: 'DELETE' }), blobs?.['delete'])))
  expect(problems).toEqual([])
})

/** Of all that a response says, by the schema of what it is. */
async function problemsIn(response: Response, operation: OperationObject | undefined): Promise<readonly unknown[]> {
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';')
  const said = await response.text()
  const refusal = { $ref: '#/components/schemas/Refusal' }
  const { content } = (operation?.responses['200'] ?? operation?.responses['201'] ?? {}) as {
    readonly content?: Readonly<Record<string, { readonly schema?: { readonly contentSchema?: object } }>>
  }
  const schema = content?.[type]?.schema
  const wanted = resolved(document, response.ok ? (schema?.contentSchema ?? schema) : refusal)
  const texts = type === 'text/event-stream' ? said.trim().split('\n\n') : [said]
  return texts
    .map((each) => problemOf(wanted, JSON.parse(each.replace(/^data: /, '')), 'it'))
    .filter((problem) => problem !== undefined)
}

interface Judged {
  readonly address: string
  readonly kind: 'answer' | 'event' | 'refusal' | 'other'
  readonly problem: unknown
}

async function judge(placed: Placed): Promise<Judged> {
  const address = addressOf(placed)
  const { content } = placed.operation.responses['200'] as {
    readonly content: Readonly<Record<string, { readonly schema?: { readonly contentSchema?: object } }>>
  }
  const [type = ''] = Object.keys(content)
  const stopping = new AbortController()
  const response = await client.raw(address, { signal: stopping.signal })
  if (!response.ok) {
    const refusal = resolved(document, { $ref: '#/components/schemas/Refusal' })
    return { address, kind: 'refusal', problem: problemOf(refusal, await response.json(), 'it') }
  }
  if (type === 'text/event-stream') {
    const events = resolved(document, content[type]?.schema?.contentSchema)
    const event = await firstEvent(response)
    stopping.abort()
    return { address, kind: 'event', problem: problemOf(events, event, 'it') }
  }
  const said = await response.text()
  if (type !== 'application/json') return { address, kind: 'other', problem: undefined }
  return {
    address,
    kind: 'answer',
    problem: problemOf(resolved(document, content[type]?.schema), JSON.parse(said), 'it'),
  }
}

async function firstEvent(response: Response): Promise<unknown> {
  let text = ''
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part
    const [event = '', more] = text.split('\n\n')
    if (more !== undefined) return JSON.parse(event.replace(/^data: /, ''))
  }
  throw new Error(`no event came: ${text}`)
}
