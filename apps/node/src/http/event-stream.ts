import type { IncomingMessage, ServerResponse } from 'node:http'
import { securityHeaders } from './security-headers.ts'

/** An answer that goes on: JSON documents, one after the other, as server-sent events. */
export interface EventStream<Event extends object = object> {
  /** Aborts when nobody reads any more, or the node ends it. */
  readonly signal: AbortSignal
  /** The first one begins the answer: before it, a refusal is an answer like any other. */
  send(event: Event): void
  /** As `send`, of what was made into JSON already, because it goes to many. */
  sendText(json: string): void
  /** Resolves when what was sent has gone out, as far as this machine goes, or nobody reads any more. */
  drained(): Promise<void>
  /** Ends it at once, whatever has not been read: for who reads no more, and does not go either. */
  cut(): void
}

/** One such answer, over one response. */
export class ServedEvents implements EventStream {
  readonly #response: ServerResponse
  readonly #gone = new AbortController()

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#response = response
    const gone = (): void => this.#gone.abort()
    // Whoever is killed closes its connection, and that is how it is known here.
    response.on('close', gone)
    response.on('error', gone)
    request.on('error', gone)
  }

  get signal(): AbortSignal {
    return this.#gone.signal
  }

  get hasBegun(): boolean {
    return this.#response.headersSent
  }

  send(event: object): void {
    // JSON has no line ends, which is what ends an event.
    this.sendText(JSON.stringify(event))
  }

  sendText(json: string): void {
    if (this.#gone.signal.aborted) return
    if (!this.hasBegun) {
      this.#response.writeHead(200, { ...securityHeaders, 'Content-Type': 'text/event-stream; charset=utf-8' })
    }
    this.#response.write(`data: ${json}\n\n`)
  }

  drained(): Promise<void> {
    const response = this.#response
    if (!response.writableNeedDrain || this.#gone.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        response.off('drain', done)
        this.#gone.signal.removeEventListener('abort', done)
        resolve()
      }
      response.once('drain', done)
      this.#gone.signal.addEventListener('abort', done, { once: true })
    })
  }

  /** As if nobody read any more. */
  abort(): void {
    this.#gone.abort()
  }

  /** As if nobody read any more, as soon as the signal aborts; until that is disposed of. */
  abortsWith(signal: AbortSignal | undefined): Disposable {
    const abort = (): void => this.abort()
    if (signal?.aborted === true) abort()
    signal?.addEventListener('abort', abort, { once: true })
    return { [Symbol.dispose]: () => signal?.removeEventListener('abort', abort) }
  }

  end(): void {
    this.#response.end()
  }

  cut(): void {
    this.#response.destroy()
  }
}
