/** A node that a client knows of. */
export interface KnownNode {
  readonly origin: string
  readonly token: string
}

/** How long one thing may take through all nodes together. */
const patienceMs = 60_000
const answerMsMax = 8_000

/**
 * What a client has to do so that nobody sees that a node is started again: know more than one node, stay with the one
 * that answered last, ask the next one where that cannot be reached, breaks off or answers 5xx, and do so again for
 * some time. All that it asks for may be done twice. What it has put just now, and another node has not heard of yet,
 * is not there (404) for a moment: whoever knows that it is asks again.
 */
export class RetryingClient {
  readonly #nodes: KnownNode[]
  #present = 0
  /** What had to be asked again, and why. */
  readonly retried: string[] = []

  constructor(nodes: readonly KnownNode[]) {
    this.#nodes = [...nodes]
  }

  /** It is somewhere else, or opens with another key, since it was started again. */
  renew(index: number, node: KnownNode): void {
    this.#nodes[index] = node
  }

  async ask<Value>(path: string, options: RequestInit, read: (response: Response) => Promise<Value>): Promise<Value> {
    const until = performance.now() + patienceMs
    for (;;) {
      const node = this.#nodes[this.#present]
      if (node === undefined) throw new Error('a client knows no node')
      try {
        return await once(node, path, options, read)
      } catch (error) {
        this.retried.push(`${path}: ${String(error)}`)
        if (error instanceof Refused || performance.now() > until) throw error
        this.#present = (this.#present + 1) % this.#nodes.length
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }
}

/** A key that does not open any more is that of the life before. */
const passing: ReadonlySet<number> = new Set([401, 404])

/** No other node would answer anything else. */
class Refused extends Error {}

async function once<Value>(
  { origin, token }: KnownNode,
  path: string,
  options: RequestInit,
  read: (response: Response) => Promise<Value>,
): Promise<Value> {
  const stop = new AbortController()
  const late = setTimeout(() => stop.abort(new Error(`no answer in ${answerMsMax} ms`)), answerMsMax)
  try {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await fetch(`${origin}${path}`, { ...options, headers, signal: stop.signal })
    if (response.ok) return await read(response)
    const said = `${response.status} ${await response.text()}`
    if (response.status >= 500 || passing.has(response.status)) throw new Error(said)
    throw new Refused(said)
  } finally {
    clearTimeout(late)
  }
}
