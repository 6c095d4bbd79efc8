import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Counter, Histogram, Logger, Metrics } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import type { Access } from './access.ts'
import { gateRefusal } from './gate.ts'
import { refusalReply, type Refusal, type Reply } from './reply.ts'
import { securityHeaders } from './security-headers.ts'

export interface Route {
  readonly path: string
  /** Answers without a key: only for what holds no secret, or looks at the key itself. */
  readonly open?: boolean
  readonly answer: (question: Question) => Reply | Promise<Reply>
}

export interface Question {
  readonly request: IncomingMessage
  readonly query: URLSearchParams
  readonly port: number
}

export interface RouterOptions {
  readonly routes: readonly Route[]
  readonly access: Access
  readonly metrics: Metrics
  readonly logger: Logger
  readonly clock: Clock
}

/** From a request to its answer: the gate, the key, the route; whatever happens, exactly one answer. */
export class Router {
  readonly #routes: ReadonlyMap<string, Route>
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

  async #answer(route: Route | undefined, question: Question): Promise<Reply> {
    const { access, logger } = this.#options
    try {
      // Also where there is no route: what exists is said only to those who have the key.
      const refusal = route?.open === true ? undefined : access.refusal(question.request, question.port)
      if (refusal !== undefined) return refusalReply(refusal)
      return route === undefined ? this.#notFound() : await route.answer(question)
    } catch (error) {
      logger.error({ err: error, route: route?.path }, 'a request could not be answered')
      return refusalReply(failed)
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

const failed: Refusal = {
  status: 500,
  code: 'failed',
  message: 'the node failed to answer',
  hint: 'its log says why; try again',
}
