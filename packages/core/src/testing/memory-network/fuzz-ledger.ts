/** No request gives more time than this. */
export const deadlineMsMax = 500

/** How many bytes one direction of a stream carried; `written` counts writes that have resolved. */
export interface Flow {
  written: number
  read: number
}

/** What hosts and the world share: what was seen to go wrong, and what is still to be done. */
export class FuzzLedger {
  readonly violations: string[] = []
  /** Errors of handlers that were handed over; each is one that a handler threw on purpose. */
  handedOver = 0
  publicationsTaken = 0
  /** What handlers and scripts wait for; the world lets them go on at drawn moments. */
  readonly waiting: (() => void)[] = []
  readonly cancels: AbortController[] = []
  /** The ids of requests that a handler has seen. */
  readonly served: Set<number> = new Set()
  readonly #flows = new Map<string, Flow>()
  #lastId = 0

  /** What one direction of a stream has carried. */
  flow(name: string): Flow {
    const known = this.#flows.get(name)
    if (known !== undefined) return known
    const none = { written: 0, read: 0 }
    this.#flows.set(name, none)
    return none
  }

  newId(): number {
    return ++this.#lastId
  }

  expect(condition: boolean, what: string): void {
    if (!condition) this.violations.push(what)
  }

  /** Resolves when the world feels like it. */
  pause(): Promise<void> {
    return new Promise((resolve) => void this.waiting.push(resolve))
  }
}
