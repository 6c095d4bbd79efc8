import { FlotillaError } from '@flotilla/core/errors'
import { readLock, type ListedLock } from '../commands/lock-answer.ts'
import type { NodeAnswer } from '../running-node/node-answer.ts'
import type { NodeClient } from '../running-node/node-client.ts'
import type { NodeEvents } from '../running-node/node-events.ts'

export interface HoldWish {
  readonly key: string
  readonly mode: 'shared' | 'exclusive'
  readonly wait: boolean
  readonly timeoutMs?: number
  /** For those who look at the key. */
  readonly value: string
}

/** A lock that a node holds for us, as long as our connection with it lasts. Disposing of it releases the lock. */
export interface Hold extends AsyncDisposable {
  readonly key: string
  readonly token: number
  /** Aborts when the lock is lost, or may be. */
  readonly signal: AbortSignal
  /** Why it was lost, as half a sentence; undefined while it is held. */
  readonly loss: string | undefined
}

/** Resolves when the lock is ours; `onWaiting` is told who has it meanwhile. */
export async function acquireHold(
  client: NodeClient,
  wish: HoldWish,
  onWaiting: (lock: ListedLock) => void,
): Promise<Hold> {
  const { signal } = new AbortController()
  const events = await client.events('/v1/lock/hold', signal, wish)
  try {
    const iterator = events[Symbol.asyncIterator]()
    for (;;) {
      const { value: event } = await iterator.next()
      if (event === undefined) throw ended(wish)
      switch (event.text('event')) {
        case 'granted':
          return new NodeHold(client, events, iterator, event)
        case 'waiting':
          onWaiting(readLock(event.object('lock')))
          break
        case 'stopping':
          throw ended(wish)
      }
    }
  } catch (error) {
    events[Symbol.dispose]()
    throw error
  }
}

function ended({ key }: HoldWish): FlotillaError {
  return new FlotillaError('no-answer', `the node stopped before ${JSON.stringify(key)} was ours`, {
    hint: 'try again when it runs',
  })
}

class NodeHold implements Hold {
  readonly key: string
  readonly token: number
  loss: string | undefined
  readonly #client: NodeClient
  readonly #events: NodeEvents
  readonly #hold: string
  readonly #lost = new AbortController()
  readonly #reading: Promise<void>
  #isReleasing = false

  constructor(
    client: NodeClient,
    events: NodeEvents,
    iterator: AsyncIterator<NodeAnswer, undefined>,
    granted: NodeAnswer,
  ) {
    this.#client = client
    this.#events = events
    this.#hold = granted.text('hold')
    this.key = granted.text('key')
    this.token = granted.count('token')
    this.#reading = this.#read(iterator)
  }

  get signal(): AbortSignal {
    return this.#lost.signal
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isReleasing = true
    try {
      // With the end of the connection the node lets go too; asked for it, it says when others can have the lock.
      if (this.loss === undefined) await this.#client.post('/v1/lock/release', { hold: this.#hold }, () => undefined)
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error
    }
    this.#events[Symbol.dispose]()
    await this.#reading
  }

  async #read(iterator: AsyncIterator<NodeAnswer, undefined>): Promise<void> {
    try {
      for (;;) {
        const { value: event } = await iterator.next()
        if (event === undefined) return this.#lose('the node ended it')
        const type = event.text('event')
        if (type === 'lost') return this.#lose(event.text('message'))
        if (type === 'stopping') return this.#lose('the node stops')
        if (type === 'released') return
      }
    } catch (error) {
      // What cannot be known to be held counts as lost.
      this.#lose(error instanceof Error ? error.message : String(error))
    } finally {
      await iterator.return?.()
    }
  }

  #lose(why: string): void {
    if (this.#isReleasing || this.loss !== undefined) return
    this.loss = why
    this.#lost.abort()
  }
}
