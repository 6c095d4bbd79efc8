import type { IncomingHttpHeaders } from 'node:http'
import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import type { RequestContext, RequestContexts, TraceContext } from './request-contexts.ts'
import { requestId } from './request-id.ts'
import type { SpanAttributes, SpanKind, SpanSink } from './span.ts'
import { readTraceparent } from './traceparent.ts'

export interface TracingOptions {
  readonly contexts: RequestContexts
  readonly entropy: Entropy
  readonly clock: Clock
  /** Where spans are told; undefined where nobody wants them. */
  readonly sink: SpanSink | undefined
}

/** What is known of a request when it has been answered. */
export interface Answered {
  readonly name: string
  readonly attributes: SpanAttributes
  readonly failure?: string
}

interface Work {
  readonly kind: SpanKind
  readonly id: string
  readonly parent: TraceContext | undefined
}

/** Follows what is asked of this node through it, and on to other nodes. */
export class Tracing {
  readonly contexts: RequestContexts
  readonly #options: TracingOptions

  constructor(options: TracingOptions) {
    this.contexts = options.contexts
    this.#options = options
  }

  get clock(): Clock {
    return this.#options.clock
  }

  /** Of a request that has just come: as its asker says, or new. */
  requestId(headers: IncomingHttpHeaders): string {
    return requestId(headers['x-request-id'], this.#options.entropy)
  }

  /** What is done for a request over HTTP. */
  async serving(id: string, headers: IncomingHttpHeaders, act: () => Promise<Answered>): Promise<void> {
    const parent = readTraceparent(headers['traceparent'])
    await this.#spanned({ kind: 'server', id, parent }, act, (answered) => answered)
  }

  /** What is done for somebody else's node. */
  async answering<Result>(
    channel: string,
    from: NodeId,
    asked: { readonly id: string; readonly trace: TraceContext | undefined },
    act: () => Promise<Result>,
  ): Promise<Result> {
    const told = { name: `mesh ${channel}`, attributes: { 'rpc.system': 'flotilla', 'flotilla.peer.id': from } }
    return await this.#spanned({ kind: 'server', id: asked.id, parent: asked.trace }, act, () => told)
  }

  /** What is asked of another node for the present request, of which there is one. */
  async asking<Result>(
    channel: string,
    to: NodeId,
    act: (context: RequestContext) => Promise<Result>,
  ): Promise<Result> {
    const { current } = this.contexts
    const told = { name: `mesh ${channel}`, attributes: { 'rpc.system': 'flotilla', 'flotilla.peer.id': to } }
    return await this.#spanned({ kind: 'client', id: current?.id ?? '', parent: current?.trace }, act, () => told)
  }

  async #spanned<Result>(
    { kind, id, parent }: Work,
    act: (context: RequestContext) => Promise<Result>,
    tell: (result?: Result) => Answered | undefined,
  ): Promise<Result> {
    const { sink, clock } = this.#options
    const context = { id, ...this.#traceOf(parent) }
    const { trace } = context
    if (sink === undefined || trace === undefined) return await this.contexts.run(context, () => act(context))
    const [startWallMs, begunAt] = [clock.wallNow(), clock.now()]
    const end = (answered: Answered | undefined, failure: string | undefined): void => {
      const { name = 'a request that failed', attributes = {} } = answered ?? {}
      // By the clock that does not jump.
      const endWallMs = startWallMs + (clock.now() - begunAt)
      const all = { ...attributes, 'flotilla.request.id': id }
      sink.take({
        ...trace,
        parentSpanId: parent?.spanId,
        name,
        kind,
        startWallMs,
        endWallMs,
        attributes: all,
        failure,
      })
    }
    try {
      const result = await this.contexts.run(context, () => act(context))
      const answered = tell(result)
      end(answered, answered?.failure)
      return result
    } catch (error) {
      end(tell(), error instanceof FlotillaError ? String(error.code) : 'failed')
      throw error
    }
  }

  /** Where nobody wants to know, the asker's own span is given on. */
  #traceOf(parent: TraceContext | undefined): { readonly trace?: TraceContext } {
    const { sink, entropy } = this.#options
    if (sink === undefined) return parent === undefined ? {} : { trace: parent }
    const hex = (bytes: number): string => Buffer.from(entropy.bytes(bytes)).toString('hex')
    return { trace: { traceId: parent?.traceId ?? hex(16), spanId: hex(8) } }
  }
}
