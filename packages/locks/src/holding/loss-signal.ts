import type { FlotillaError } from '@flotilla/core/errors'

/** An abort signal that is made when somebody asks for it: most locks are let go before anybody does. */
export class LossSignal {
  #controller: AbortController | undefined
  #why: FlotillaError | undefined

  get why(): FlotillaError | undefined {
    return this.#why
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#why !== undefined) this.#controller.abort(this.#why)
    return this.#controller.signal
  }

  lose(why: FlotillaError): void {
    if (this.#why !== undefined) return
    this.#why = why
    this.#controller?.abort(why)
  }
}
