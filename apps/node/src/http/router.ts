import type { IncomingMessage, ServerResponse } from 'node:http'
import { FlotillaError } from '@flotilla/core/errors'
import type { Counter, Histogram, Logger, Metrics } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../limits.ts'
import type { Access } from './access.ts'
import type { AuditWriter } from './audited-call.ts'
import type { Answered, Tracing } from '../observe/following/tracing.ts'
import { admitted } from './connection-places.ts'
import { BodyDeadline } from './body-deadline.ts'
import { sendBytes, type BytesReply } from './bytes-reply.ts'
import { requireRole, type UserRole } from './caller.ts'
import type { ShownTicket } from './callers/blob-tickets.ts'
import { checkedDocument, checkedRest } from './checked-request.ts'
import { ServedEvents } from './event-stream.ts'
import { failed, methodNotHere, onlyAsked, onlyPosted, refusalOf } from './refusals.ts'
import { jsonRefusal } from './json-type.ts'
import { refusalReply, type Refusal, type Reply } from './reply.ts'
import { readJson } from './json-body.ts'
import { RouteCalls } from './route-calls.ts'
import type { AnyRoute, ClosedRoute, ContentMethod, ContentRoute, OpenQuestion } from './route.ts'
import { securityHeaders } from './security-headers.ts'

export interface RouterOptions {
  readonly routes: readonly AnyRoute[]
  readonly access: Pick<Access, 'caller' | 'gateRefusal'>
  readonly metrics: Metrics
  readonly logger: Logger
  readonly clock: Clock
  readonly audit: AuditWriter
  readonly tracing: Tracing
}

/** From a request to its answer: the gate, the key, the route; whatever happens, exactly one answer. */
export class Router {
  readonly #routes: ReadonlyMap<string, AnyRoute>
  /** Those that answer for everything below a path; the first that fits does. */
  readonly #routesBelow: readonly AnyRoute[]
  readonly #options: RouterOptions
  readonly #answered: Counter<'route' | 'code'>
  readonly #took: Histogram<'route'>
  readonly #calls: RouteCalls

  constructor(options: RouterOptions) {
    this.#options = options
    this.#calls = new RouteCalls(options)
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
    const { tracing } = this.#options
    const id = tracing.requestId(request.headers)
    response.setHeader('X-Request-Id', id)
    await tracing.serving(id, request.headers, () => this.#serve(request, response, port))
  }

  /** Ends what goes on until somebody ends it: the node stops. */
  endStreams(): void {
    this.#calls.endStreams()
  }

  async #serve(request: IncomingMessage, response: ServerResponse, port: number): Promise<Answered> {
    const begun = this.#options.clock.now()
    const refusal = this.#options.access.gateRefusal(request, port)
    const deadline = new BodyDeadline(this.#options.clock, request, response)
    // As it came: what a URL makes of `..` may be somebody's name for something else.
    const [pathname, query] = partsOf(refusal === undefined ? (request.url ?? '/') : '/')
    const { route, rest } = refusal === undefined ? this.#found(pathname) : { route: undefined, rest: '' }
    const question = { request, query: new URLSearchParams(query), port, rest }
    const label = route?.path ?? 'none'
    const events =
      route !== undefined && ('stream' in route || 'content' in route) ? new ServedEvents(request, response) : undefined
    using _transfer = this.#calls.transfer(route)
    // Also what is sent after it was answered, as content is, is for as long as the caller may ask.
    using held = new DisposableStack()
    const reply =
      refusal === undefined ? await this.#answer(route, { ...question, deadline, held }, events) : refusalReply(refusal)
    if (reply !== undefined) await this.#send(response, reply, label)
    deadline.answered()
    const status = reply?.status ?? 200
    this.#answered.inc({ route: label, code: String(status) })
    const tookMs = this.#options.clock.now() - begun
    // How long events go on says nothing of how quickly they came.
    if (reply !== undefined) this.#took.observe({ route: label }, tookMs / 1_000)
    const method = request.method ?? 'none'
    this.#options.logger.debug({ method, route: label, status, tookMs }, 'a request was answered')
    return answeredAs(method, label, status)
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
    question: OpenQuestion & { readonly deadline: BodyDeadline; readonly held: DisposableStack },
    events: ServedEvents | undefined,
  ): Promise<Reply | BytesReply | undefined> {
    const { access, logger } = this.#options
    const { request, port } = question
    try {
      if (route?.open === true) {
        const refusal = this.#methodRefusal(route, request)
        if (refusal !== undefined) return refusalReply(refusal)
        if ('answer' in route) return await route.answer(question)
        const document = await readJson(request, nodeLimitsDefaults.openDocumentBytesMax)
        return await route.openPost(checkedDocument(route.about, document), question)
      }
      // Also where there is no route: what exists is said only to those who may know.
      const caller = await access.caller(request, port, true, ticketIn(route, question))
      if (!('role' in caller)) return refusalReply(caller)
      request.emit(admitted)
      const refusal = this.#methodRefusal(route, request)
      if (refusal !== undefined) return refusalReply(refusal)
      if (route === undefined) return this.#notFound()
      requireRole(caller, neededRole(route, request))
      question.held.use(events?.abortsWith(caller.ended))
      return await this.#calls.answer(route, { ...question, caller }, events)
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
    const method = request.method as ContentMethod
    if ('content' in route) {
      const methods = contentMethods(route)
      return methods.includes(method) ? undefined : methodNotHere(methods)
    }
    const isPosted = request.method === 'POST'
    const isSent = isPosted || method === 'PUT' || method === 'DELETE'
    const wantsPost = 'post' in route || 'openPost' in route || ('stream' in route && route.isPosted)
    if (!wantsPost) return isSent ? onlyAsked : undefined
    if (!isPosted) return onlyPosted
    return jsonRefusal(request)
  }

  /** What breaks in the midst of an answer cannot be told to who reads; it sees that the answer is cut short. */
  async #send(response: ServerResponse, reply: Reply | BytesReply, route: string): Promise<void> {
    if (!('bytes' in reply)) return send(response, reply)
    const { clock, logger } = this.#options
    try {
      await sendBytes(response, reply, clock)
    } catch (error) {
      if (isRefusal(error)) logger.warn({ route, code: error.code, reason: error.message }, 'an answer broke off')
      else logger.error({ route, err: error }, 'an answer broke off')
    }
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

/** As the semantic conventions of OpenTelemetry for HTTP servers name it. */
function answeredAs(method: string, route: string, status: number): Answered {
  const attributes = { 'http.request.method': method, 'http.route': route, 'http.response.status_code': status }
  return { name: `${method} ${route}`, attributes, ...(status >= 500 && { failure: String(status) }) }
}

function neededRole({ role }: ClosedRoute, { method }: IncomingMessage): UserRole {
  return role ?? (method === 'GET' || method === 'HEAD' ? 'viewer' : 'operator')
}

/** In place of the secret, which a browser cannot send with what it fetches by a link. */
function ticketIn(route: AnyRoute | undefined, { request, query, rest }: OpenQuestion): ShownTicket | undefined {
  const handler = route !== undefined && 'content' in route && request.method === 'GET' ? route.content.GET : undefined
  const ticket = query.get('ticket')
  if (handler?.takesTicket !== true || ticket === null) return undefined
  return { ticket, ref: checkedRest(handler.about, rest) }
}

function partsOf(url: string): readonly [pathname: string, query: string] {
  const at = url.indexOf('?')
  return at === -1 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)]
}

function send(response: ServerResponse, { status, type, body, headers = {} }: Reply): void {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  response.writeHead(status, { ...securityHeaders, 'Content-Type': type, 'Content-Length': length, ...headers })
  // A text goes out in one piece with its headers. Node leaves the body of an answer to HEAD out.
  response.end(body)
}

function contentMethods({ content }: ContentRoute): readonly ContentMethod[] {
  const methods = Object.keys(content) as readonly Exclude<ContentMethod, 'HEAD'>[]
  return methods.includes('GET') ? ['HEAD', ...methods] : methods
}

function isRefusal(error: unknown): error is FlotillaError {
  return error instanceof FlotillaError
}
