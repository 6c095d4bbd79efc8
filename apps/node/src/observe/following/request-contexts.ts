import { AsyncLocalStorage } from 'node:async_hooks'
import type { LogFields } from '@flotilla/core/observe'

/** What somebody's request is known by, wherever it leads. */
export interface RequestContext {
  /** As its asker called it, or as we did. */
  readonly id: string
  /** Of the span in which something is done for it, where traces are told. */
  readonly trace?: TraceContext
}

export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
}

interface Place {
  readonly context: RequestContext
  isOver: boolean
}

/**
 * Knows for which request something is done, through all that it awaits. What a request has begun and what goes on
 * after its answer, such as a timer, is nobody's.
 */
export class RequestContexts {
  readonly #places = new AsyncLocalStorage<Place>()

  get current(): RequestContext | undefined {
    const place = this.#places.getStore()
    return place?.isOver === true ? undefined : place?.context
  }

  /** What its log lines say of it. */
  readonly fields = (): LogFields => {
    const { current } = this
    if (current === undefined) return {}
    const { id, trace } = current
    return trace === undefined ? { requestId: id } : { requestId: id, trace_id: trace.traceId, span_id: trace.spanId }
  }

  async run<Result>(context: RequestContext, act: () => Promise<Result>): Promise<Result> {
    const place: Place = { context, isOver: false }
    try {
      return await this.#places.run(place, act)
    } finally {
      place.isOver = true
    }
  }
}
