import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Counter, Histogram, Logger, Metrics } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import type { Access } from './access.ts'
import { FlotillaError } from '@flotilla/core/errors'
import { ServedEvents, type EventStream } from './event-stream.ts'
import { gateRefusal } from './gate.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import { jsonReply, refusalReply, type Refusal, type Reply } from './reply.ts'
import { readDocument, RequestDocument } from './request-document.ts'
import { securityHeaders } from './security-headers.ts'

export interface Route {
  /** One that ends with a `*` is for everything below it. */
  readonly path: string
  /** Answers without a key: only for what holds no secret, or looks at the key itself. */
  readonly open?: boolean
  readonly answer: (question: Question) => Reply | Promise<Reply>
}

/**
 * A path to which a JSON document is posted; its answer is one too. It may throw a `FlotillaError`, which is the
 * refusal that the client gets.
 */
export interface PostRoute {
  readonly path: string
  readonly post: (document: RequestDocument) => object | Promise<object>
}

/** A path that answers with events until it is done, or nobody listens any more. To be asked, or to be posted to. */
export interface StreamRoute {
  readonly path: string
  readonly stream: (question: StreamQuestion, events: EventStream) => Promise<void>
  readonly isPosted: boolean
}

export type AnyRoute = Route | PostRoute | StreamRoute

interface StreamQuestion {
  readonly query: URLSearchParams
  /** Empty where nothing was posted. */
  readonly document: RequestDocument
}

export interface Question {
  readonly request: IncomingMessage
  readonly query: URLSearchParams
  readonly port: number
  /** What stands in the place of the `*`, as it came. */
  readonly rest: string
}

export interface RouterOptions {
  readonly routes: readonly AnyRoute[]
  readonly access: Access
  readonly metrics: Metrics
  readonly logger: Logger
  readonly clock: Clock
}

/** From a request to its answer: the gate, the key, the route; whatever happens, exactly one answer. */
export class Router {
  readonly #routes: ReadonlyMap<string, AnyRoute>
  /** Those that answer for everything below a path; the first that fits does. */
  readonly #routesBelow: readonly AnyRoute[]
  readonly #options: RouterOptions
  readonly #answered: Counter<'route' | 'code'>
  readonly #took: Histogram<'route'>
  /** At most `eventStreamsMax`. */
  #streams = 0

  constructor(options: RouterOptions) {
    this.#options = options
    const isBelow = ({ path }: AnyRoute): boolean => path.endsWith('/*')
    this.#routes = new Map(options.routes.filter((route) => !isBelow(route)).map((route) => [route.path, route]))
    this.#routesBelow = options.routes.filter(isBelow)
    this.#answered = options.metrics.counter({
      name: 'flotilla_node_http_requests_total',
      help: 'Requests answered, by route and status; "none" is what no route was asked for.',
      labelNames: ['route', 'code'],
    })
    this.#took = options.metrics.histogram({
      name: 'flotilla_node_http_answer_seconds',
      help: 'From a request to its whole answer, by route.',
      labelNames: ['route'],
      buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5],
    })
  }

  async handle(request: IncomingMessage, response: ServerResponse, port: number): Promise<void> {
    const begun = this.#options.clock.now()
    const refusal = gateRefusal(request, port)
    const { pathname, searchParams } = new URL(refusal === undefined ? (request.url ?? '/') : '/', 'http://localhost')
    const { route, rest } = refusal === undefined ? this.#found(pathname) : { route: undefined, rest: '' }
    const question = { request, query: searchParams, port, rest }
    const label = route?.path ?? 'none'
    const events = route !== undefined && 'stream' in route ? new ServedEvents(request, response) : undefined
    const reply = refusal === undefined ? await this.#answer(route, question, events) : refusalReply(refusal)
    if (reply !== undefined) send(response, reply)
    this.#answered.inc({ route: label, code: String(reply?.status ?? 200) })
    // How long events go on says nothing of how quickly they came.
    if (reply !== undefined) this.#took.observe({ route: label }, (this.#options.clock.now() - begun) / 1_000)
  }

  /** The route of exactly this path, or the one that answers for all below it. */
  #found(pathname: string): { readonly route: AnyRoute | undefined; readonly rest: string } {
    const route = this.#routes.get(pathname)
    if (route !== undefined) return { route, rest: '' }
    const below = this.#routesBelow.find(({ path }) => pathname.startsWith(path.slice(0, -1)))
    return { route: below, rest: below === undefined ? '' : pathname.slice(below.path.length - 1) }
  }

  /** Undefined where the events were the answer. */
  async #answer(
    route: AnyRoute | undefined,
    question: Question,
    events: ServedEvents | undefined,
  ): Promise<Reply | undefined> {
    const { access, logger } = this.#options
    const { request, port } = question
    try {
      // Also where there is no route: what exists is said only to those who have the key.
      const isOpen = route !== undefined && 'open' in route && route.open
      const refusal = (isOpen ? undefined : access.refusal(request, port)) ?? this.#methodRefusal(route, request)
      if (refusal !== undefined) return refusalReply(refusal)
      if (route === undefined) return this.#notFound()
      if ('answer' in route) return await route.answer(question)
      if ('post' in route) return jsonReply(200, await route.post(await readDocument(request)))
      return events && (await this.#stream(route, question, events))
    } catch (error) {
      if (isRefusal(error)) {
        logger.warn({ route: route?.path, code: error.code, reason: error.message }, 'a request was refused')
      } else {
        logger.error({ err: error, route: route?.path }, 'a request could not be answered')
      }
      const refusal = isRefusal(error) ? refusalOf(error) : failed
      if (events?.hasBegun !== true) return refusalReply(refusal)
      const { code, message, hint } = refusal
      events.send({ event: 'failed', error: { code, message, hint } })
      events.end()
      return undefined
    }
  }

  #methodRefusal(route: AnyRoute | undefined, request: IncomingMessage): Refusal | undefined {
    if (route === undefined) return undefined
    const isPosted = request.method === 'POST'
    const wantsPost = 'post' in route || ('stream' in route && route.isPosted)
    if (!wantsPost) return isPosted ? onlyAsked : undefined
    return isPosted ? this.#options.access.postRefusal(request) : onlyPosted
  }

  async #stream(route: StreamRoute, { request, query }: Question, events: ServedEvents): Promise<Reply | undefined> {
    if (this.#streams >= nodeLimitsDefaults.eventStreamsMax) return refusalReply(tooManyStreams)
    this.#streams++
    try {
      await route.stream({ query, document: await documentOf(route, request) }, events)
    } finally {
      this.#streams--
    }
    if (!events.hasBegun) events.send({ event: 'nothing' })
    events.end()
    return undefined
  }

  #notFound(): Reply {
    const known = [...this.#routes.keys(), ...this.#routesBelow.map(({ path }) => path)].join(', ')
    return refusalReply({
      status: 404,
      code: 'not-found',
      message: 'there is nothing here',
      hint: `there are ${known}`,
    })
  }
}

function send(response: ServerResponse, { status, type, body, headers = {} }: Reply): void {
  const bytes = Buffer.from(body)
  response.writeHead(status, { ...securityHeaders, 'Content-Type': type, 'Content-Length': bytes.length, ...headers })
  response.end(bytes) // Node leaves the body of an answer to HEAD out.
}

function isRefusal(error: unknown): error is FlotillaError {
  return error instanceof FlotillaError
}

/** What a part of the node refuses, its code included. */
function refusalOf({ code, message, hint = 'see its documentation' }: FlotillaError): Refusal {
  return { status: statuses[code] ?? 409, code, message, hint }
}

/** What is not a conflict with how things are. */
const statuses: Readonly<Record<string, number>> = {
  'wrong-document': 400,
  'long-document': 413,
  'wrong-parameter': 400,
  'wrong-request': 400,
  'no-such-node': 404,
  overloaded: 503,
  'no-leader': 503,
  'deadline-exceeded': 503,
  'outcome-unknown': 503,
}

const onlyPosted: Refusal = {
  status: 405,
  code: 'wrong-method',
  message: 'something is done here, so it is not asked',
  hint: 'use POST, with a JSON document',
  headers: { Allow: 'POST' },
}

const onlyAsked: Refusal = {
  status: 405,
  code: 'wrong-method',
  message: 'this is only asked, nothing can be sent to it',
  hint: 'use GET or HEAD',
  headers: { Allow: 'GET, HEAD' },
}

const tooManyStreams: Refusal = {
  status: 503,
  code: 'overloaded',
  message: 'too many hold or watch something through this node already',
  hint: `there can be ${nodeLimitsDefaults.eventStreamsMax} at once: wait for one to end, or ask another node`,
}

function documentOf({ isPosted }: StreamRoute, request: IncomingMessage): RequestDocument | Promise<RequestDocument> {
  return isPosted ? readDocument(request) : new RequestDocument({})
}

const failed: Refusal = {
  status: 500,
  code: 'failed',
  message: 'the node failed to answer',
  hint: 'its log says why; try again',
}
