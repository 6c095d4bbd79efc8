import type { IncomingMessage } from 'node:http'
import type { Logger } from '@flotilla/core/observe'
import type { AnySchema } from '../schema/schema.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import { auditedCall, type AuditWriter } from './audited-call.ts'
import type { BodyDeadline } from './body-deadline.ts'
import type { BytesReply } from './bytes-reply.ts'
import { ownerName, type Caller } from './caller.ts'
import { checkedDocument, checkedQuery, checkedRest } from './checked-request.ts'
import type { ServedEvents } from './event-stream.ts'
import { stopping, tooManyStreams, tooManyStreamsOfOne, tooManyTransfers } from './refusals.ts'
import { jsonReply, refusalReply, type Reply } from './reply.ts'
import { readJson } from './json-body.ts'
import type { AuditKind, RouteAbout } from './route-about.ts'
import type { ClosedRoute, ContentHandler, ContentMethod, PostedRoute, StreamedRoute } from './route.ts'
import { bodyOf } from './upload.ts'

export interface RouteCallsOptions {
  readonly audit: AuditWriter
  readonly logger: Logger
}

/** A request of somebody who may, for a route that takes its method. */
export interface Call {
  readonly request: IncomingMessage
  readonly caller: Caller
  readonly query: URLSearchParams
  /** What stands in the place of the `*`, as it came. */
  readonly rest: string
  readonly deadline: BodyDeadline
}

/** Checks what was sent, has it written down where something changes, and hands it to the route. */
export class RouteCalls {
  readonly #options: RouteCallsOptions
  /** And under which names; at most `eventStreamsMax`. */
  readonly #open = new Map<ServedEvents, string>()
  /** At most `contentTransfersMax`. */
  #transfers = 0

  constructor(options: RouteCallsOptions) {
    this.#options = options
  }

  /** Undefined where the events were the answer. */
  async answer(
    route: ClosedRoute,
    call: Call,
    events: ServedEvents | undefined,
  ): Promise<Reply | BytesReply | undefined> {
    const { caller, query, rest } = call
    if ('get' in route) {
      const { about } = route
      const question = { caller, query: checkedQuery(about, query), rest: checkedRest(about, rest) }
      return jsonReply(200, await route.get(question))
    }
    if ('answer' in route) return await route.answer(call)
    if ('post' in route) {
      return jsonReply(200, await this.#post(route, call))
    }
    if (events === undefined) return undefined
    return await ('content' in route ? this.#content(route, call, events) : this.#stream(route, call, events))
  }

  /** Whoever watches something is told that the node stops, and has to look elsewhere. */
  endStreams(): void {
    const { code, message, hint } = stopping
    for (const events of this.#open.keys()) {
      events.send({ event: 'failed', error: { code, message, hint } })
      events.abort()
    }
  }

  /**
   * To be held for as long as an answer is under way: what is read by a slow client counts until it has been sent.
   */
  transfer(route: { readonly path: string } | undefined): Disposable {
    const isTransfer = route !== undefined && 'content' in route
    if (isTransfer) this.#transfers++
    return { [Symbol.dispose]: () => void (isTransfer && this.#transfers--) }
  }

  async #post(route: PostedRoute, { request, caller }: Call): Promise<object> {
    const { about, audit: kind = 'twice', path } = route
    const document = checkedDocument(about, await readJson(request))
    const change = { kind, caller, method: 'POST', path, rest: '', schema: about.document, document }
    return await auditedCall(this.#options, change, async () => await route.post(document, caller))
  }

  async #stream(route: StreamedRoute, call: Call, events: ServedEvents): Promise<Reply | undefined> {
    const { name } = call.caller
    const { eventStreamsMax, eventStreamsPerNameMax } = nodeLimitsDefaults
    if (this.#open.size >= eventStreamsMax) return refusalReply(tooManyStreams)
    const own = [...this.#open.values()].filter((each) => each === name).length
    if (name !== ownerName && own >= eventStreamsPerNameMax) return refusalReply(tooManyStreamsOfOne)
    this.#open.set(events, name)
    try {
      await this.#streamed(route, call, events)
    } finally {
      this.#open.delete(events)
    }
    if (!events.hasBegun) events.send({ event: 'nothing' })
    events.end()
    return undefined
  }

  async #streamed(route: StreamedRoute, { request, caller, query, rest }: Call, events: ServedEvents): Promise<void> {
    const { about, isPosted, audit: kind = 'twice', path } = route
    const document = isPosted ? checkedDocument(about, await readJson(request)) : {}
    const question = { caller, query: checkedQuery(about, query), rest: checkedRest(about, rest), document }
    if (!isPosted) return await route.stream(question, events)
    const change = { kind, caller, method: 'POST', path, rest: '', schema: about.document, document }
    return await auditedCall(this.#options, change, () => route.stream(question, events))
  }

  async #content(
    route: { readonly path: string; readonly content: Readonly<Record<string, ContentHandler | undefined>> },
    { request, caller, query, rest, deadline }: Call,
    events: ServedEvents,
  ): Promise<Reply | BytesReply | undefined> {
    if (this.#transfers > nodeLimitsDefaults.contentTransfersMax) return refusalReply(tooManyTransfers)
    const method = request.method as ContentMethod
    const handler = route.content[method === 'HEAD' ? 'GET' : method]
    if (handler === undefined) return undefined
    const { about, audit } = handler
    const checked = { query: checkedQuery(about, query), rest: checkedRest(about, rest) }
    const question = { request, caller, ...checked, method, body: bodyOf(request, deadline) }
    const kind = method === 'GET' || method === 'HEAD' ? 'never' : (audit ?? 'twice')
    const change = contentChange({ kind, caller, method, path: route.path, about, ...checked })
    const reply = await auditedCall(this.#options, change, () => handler.serve(question, events))
    if (reply === undefined) events.end()
    return reply
  }
}

function contentChange({
  about,
  query,
  ...rest
}: {
  readonly kind: AuditKind
  readonly caller: Caller
  readonly method: string
  readonly path: string
  readonly rest: string
  readonly about: RouteAbout
  readonly query: unknown
}): Parameters<typeof auditedCall>[1] {
  const schema: AnySchema | undefined = about.query
  return { ...rest, schema, document: query }
}
