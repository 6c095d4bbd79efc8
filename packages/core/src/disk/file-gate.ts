import { diskError } from './disk-error.ts'

/** What every open file has in common: it may be closed or poisoned, and closing it waits for what is in flight. */
export class FileGate {
  readonly #subject: string
  readonly #inFlight = new Set<Promise<unknown>>()
  #closing = false
  /** What the failed sync said; set for good. */
  #poison: { readonly cause: unknown } | undefined

  constructor(subject: string) {
    this.#subject = subject
  }

  /** Runs one operation on the file. Its success does not count if the file was poisoned in the meantime. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#closing) throw diskError('closed', this.#subject)
    this.check()
    const running = work()
    this.#inFlight.add(running)
    try {
      const result = await running
      this.check()
      return result
    } finally {
      this.#inFlight.delete(running)
    }
  }

  poison(cause: unknown): void {
    this.#poison ??= { cause }
  }

  check(): void {
    if (this.#poison) throw diskError('poisoned', this.#subject, this.#poison.cause)
  }

  /** Refuses everything new; resolves when nothing is in flight. Returns false to all but the first caller. */
  async close(): Promise<boolean> {
    const first = !this.#closing
    this.#closing = true
    await Promise.allSettled(this.#inFlight)
    return first
  }
}
