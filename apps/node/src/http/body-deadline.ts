import type { IncomingMessage, ServerResponse } from 'node:http'
import { after, type Clock } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../limits.ts'

/**
 * Until when a client must have sent its whole request. The server of Node has one such time for all requests, and an
 * upload may take hours: so each request has its own, and one that is allowed to be long has to go on coming instead.
 */
export class BodyDeadline {
  readonly #clock: Clock
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  #timer: Disposable | undefined

  constructor(clock: Clock, request: IncomingMessage, response: ServerResponse) {
    this.#clock = clock
    this.#request = request
    this.#response = response
    this.#set(nodeLimitsDefaults.requestTimeoutMs)
    request.once('close', () => this.#timer?.[Symbol.dispose]())
  }

  /** Something of a request came that may take as long as it likes. For those only who may ask. */
  goesOn(): void {
    this.#set(nodeLimitsDefaults.uploadSilenceMsMax)
  }

  /** What is still coming is of no use any more. */
  answered(): void {
    if (this.#request.complete) this.#timer?.[Symbol.dispose]()
    else this.#set(nodeLimitsDefaults.requestTimeoutMs)
  }

  #set(durationMs: number): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = this.#clock.wakeAt(after(this.#clock.now(), durationMs), () => this.#expire())
  }

  #expire(): void {
    if (this.#request.complete) return
    if (!this.#response.headersSent) this.#response.writeHead(408, { Connection: 'close' }).end()
    this.#request.destroy()
  }
}
