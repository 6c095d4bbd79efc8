import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Counter, Histogram, Logger, Metrics } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import type { Access } from './access.ts'
import { FlotillaError } from '@flotilla/core/errors'
import { gateRefusal } from './gate.ts'
import { jsonReply, refusalReply, type Refusal, type Reply } from './reply.ts'
import { readDocument, type RequestDocument } from './request-document.ts'
import { securityHeaders } from './security-headers.ts'

export interface Route {
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

export interface Question {
  readonly request: IncomingMessage
  readonly query: URLSearchParams
  readonly port: number
}

export interface RouterOptions {
  readonly routes: readonly (Route | PostRoute)[]
  readonly access: Access
  readonly metrics: Metrics
  readonly logger: Logger
  readonly clock: Clock
}

/** From a request to its answer: the gate, the key, the route; whatever happens, exactly one answer. */
export class Router {
  readonly #routes: ReadonlyMap<string, Route | PostRoute>
  readonly #options: RouterOptions
  readonly #answered: Counter<'route' | 'code'>
  readonly #took: Histogram<'route'>

  constructor(options: RouterOptions) {
    this.#options = options
    this.#routes = new Map(options.routes.map((route) => [route.path, route]))
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
    const route = refusal === undefined ? this.#routes.get(pathname) : undefined
    const question = { request, query: searchParams, port }
    const reply = refusal === undefined ? await this.#answer(route, question) : refusalReply(refusal)
    send(response, reply)
    const label = route?.path ?? 'none'
    this.#answered.inc({ route: label, code: String(reply.status) })
    this.#took.observe({ route: label }, (this.#options.clock.now() - begun) / 1_000)
  }

  async #answer(route: Route | PostRoute | undefined, question: Question): Promise<Reply> {
    const { access, logger } = this.#options
    const { request, port } = question
    try {
      // Also where there is no route: what exists is said only to those who have the key.
      const isOpen = route !== undefined && 'open' in route && route.open
      const refusal = isOpen ? undefined : access.refusal(request, port)
      if (refusal !== undefined) return refusalReply(refusal)
      if (route === undefined) return this.#notFound()
      if ('answer' in route) return request.method === 'POST' ? onlyAsked() : await route.answer(question)
      return await this.#posted(route, question)
    } catch (error) {
      logger.error({ err: error, route: route?.path }, 'a request could not be answered')
      return refusalReply(failed)
    }
  }

  async #posted(route: PostRoute, { request }: Question): Promise<Reply> {
    const refusal = request.method === 'POST' ? this.#options.access.postRefusal(request) : onlyPosted
    if (refusal !== undefined) return refusalReply(refusal)
    try {
      return jsonReply(200, await route.post(await readDocument(request)))
    } catch (error) {
      if (!isRefusal(error)) throw error
      this.#options.logger.warn({ route: route.path, code: error.code, reason: error.message }, 'a request was refused')
      return refusalReply(refusalOf(error))
    }
  }

  #notFound(): Reply {
    const known = [...this.#routes.keys()].join(', ')
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
  'no-such-node': 404,
}

const onlyPosted: Refusal = {
  status: 405,
  code: 'wrong-method',
  message: 'something is done here, so it is not asked',
  hint: 'use POST, with a JSON document',
  headers: { Allow: 'POST' },
}

function onlyAsked(): Reply {
  return refusalReply({
    status: 405,
    code: 'wrong-method',
    message: 'this is only asked, nothing can be sent to it',
    hint: 'use GET or HEAD',
    headers: { Allow: 'GET, HEAD' },
  })
}

const failed: Refusal = {
  status: 500,
  code: 'failed',
  message: 'the node failed to answer',
  hint: 'its log says why; try again',
}
