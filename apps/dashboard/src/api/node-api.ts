import { pageLimitsDefaults } from '../limits.ts'
import { failureOf, refusalIn, type ApiFailure } from './api-failure.ts'
import { eventsOf } from './event-reading.ts'

export interface NodeApiOptions {
  /** What shows that the page asks, and not another one of this machine. */
  readonly secret: () => string | undefined
  /** Somebody has to log in again. */
  readonly onSessionOver: (failure: ApiFailure) => void
}

export interface CallOptions {
  readonly signal?: AbortSignal
}

/** The node that this page came from. Whatever does not work rejects with an `ApiFailure`. */
export class NodeApi {
  readonly #options: NodeApiOptions

  constructor(options: NodeApiOptions) {
    this.#options = options
  }

  async ask<Answer>(path: string, options: CallOptions = {}): Promise<Answer> {
    return this.#document<Answer>(path, { method: 'GET' }, options)
  }

  async post<Answer>(path: string, document: object, options: CallOptions = {}): Promise<Answer> {
    return this.#document<Answer>(path, posted(document), options)
  }

  /** Events, asked for, or posted for where there is a document. */
  async *events(path: string, { document, signal }: CallOptions & { readonly document?: object }): AsyncGenerator {
    const init = document === undefined ? { method: 'GET' } : posted(document)
    const response = await this.#fetch(path, { ...init, ...(signal === undefined ? {} : { signal }) })
    if (response.body === null) return
    try {
      yield* eventsOf(response.body)
    } catch (error) {
      throw failureOf(error)
    }
  }

  async #document<Answer>(path: string, init: RequestInit, { signal }: CallOptions): Promise<Answer> {
    const timeout = AbortSignal.timeout(pageLimitsDefaults.answerMsMax)
    const both = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
    const response = await this.#fetch(path, { ...init, signal: both })
    try {
      return (await response.json()) as Answer
    } catch (error) {
      throw failureOf(error)
    }
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string> | undefined), ...secretHeader(this.#options.secret()) }
    let response: Response
    try {
      response = await fetch(path, { ...init, headers, credentials: 'same-origin', cache: 'no-store' })
    } catch (error) {
      throw failureOf(error)
    }
    if (response.ok) return response
    const failure = await refusalIn(response)
    if (failure.isSessionOver) this.#options.onSessionOver(failure)
    throw failure
  }
}

function posted(document: object): RequestInit {
  return { method: 'POST', body: JSON.stringify(document), headers: { 'Content-Type': 'application/json' } }
}

function secretHeader(secret: string | undefined): Readonly<Record<string, string>> {
  return secret === undefined ? {} : { 'X-Flotilla-Session': secret }
}
