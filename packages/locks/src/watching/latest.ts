/** Ends early when the signal aborts; a throw ends the iteration with that error. */
export interface LatestOptions<Value> {
  readonly signal: AbortSignal | undefined
  /** Called when the iteration begins; what it returns is disposed when it ends. */
  readonly begin: (tell: (value: Value) => void, fail: (error: Error) => void) => Disposable
}

/** An iteration that keeps no more than the latest value that nobody has read. */
export function latest<Value>(options: LatestOptions<Value>): AsyncIterable<Value> {
  return { [Symbol.asyncIterator]: () => iterate(options) }
}

async function* iterate<Value>({ signal, begin }: LatestOptions<Value>): AsyncGenerator<Value, undefined> {
  if (signal?.aborted) return undefined
  let unread: { readonly value: Value } | undefined
  let failure: Error | undefined
  let wake = (): void => {}
  const source = begin(
    (value) => {
      unread = { value }
      wake()
    },
    (error) => {
      failure = error
      wake()
    },
  )
  const stop = (): void => wake()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    for (;;) {
      if (signal?.aborted) return undefined
      if (unread !== undefined) {
        const { value } = unread
        unread = undefined
        yield value
      } else if (failure === undefined) {
        await new Promise<void>((resolve) => (wake = resolve))
      } else throw failure
    }
  } finally {
    signal?.removeEventListener('abort', stop)
    source[Symbol.dispose]()
  }
}
