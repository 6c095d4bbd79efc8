import type { GroupStatus } from '../group.ts'

/** Tells those who watch a group of each change; one who is slow sees the latest only. */
export class StatusWatch {
  readonly #status: () => GroupStatus
  readonly #watchers = new Set<() => void>()
  #closed = false

  constructor(status: () => GroupStatus) {
    this.#status = status
  }

  changed(): void {
    for (const nudge of this.#watchers) nudge()
  }

  close(): void {
    this.#closed = true
    this.changed()
  }

  async *follow(signal: AbortSignal | undefined): AsyncGenerator<GroupStatus, void, undefined> {
    let news = true
    let wake = (): void => {}
    const nudge = (): void => {
      news = true
      wake()
    }
    this.#watchers.add(nudge)
    signal?.addEventListener('abort', nudge, { once: true })
    try {
      for (;;) {
        if (signal?.aborted === true || this.#closed) return
        if (news) {
          news = false
          yield this.#status()
        } else await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      this.#watchers.delete(nudge)
      signal?.removeEventListener('abort', nudge)
    }
  }
}
