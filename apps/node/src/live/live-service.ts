import type { Logger } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import { askedValue } from '../http/asked-value.ts'
import type { Caller } from '../http/caller.ts'
import { eventBeats } from '../http/event-beats.ts'
import type { EventStream } from '../http/event-stream.ts'
import type { AnyRoute, StreamRoute } from '../http/route.ts'
import { LiveHub } from './live-hub.ts'
import { LiveReader } from './live-reader.ts'
import { liveTopicsIn } from './live-topics.ts'

export interface LiveServiceOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** Of which some are watched. */
  readonly routes: readonly AnyRoute[]
}

/** The node itself, which asks for all who watch. Each of them is somebody who may ask as much. */
const self: Caller = { name: 'who watches', role: 'viewer', via: 'session' }

/** `/v1/live`: what other paths answer, whenever that has changed, as events. */
export class LiveService implements Disposable {
  readonly routes: readonly [StreamRoute]
  readonly #clock: Clock
  readonly #hub: LiveHub
  readonly #stopping = new AbortController()

  constructor({ clock, logger, routes }: LiveServiceOptions) {
    this.#clock = clock
    this.#hub = new LiveHub({
      clock,
      logger: logger.child({ part: 'live' }),
      ask: (path) => askedValue(routes, path, self),
    })
    this.routes = [{ path: '/v1/live', isPosted: false, stream: ({ query }, events) => this.#serve(query, events) }]
  }

  /** Before the server waits for its answers to end. */
  [Symbol.dispose](): void {
    this.#stopping.abort()
    this.#hub[Symbol.dispose]()
  }

  async #serve(query: URLSearchParams, events: EventStream): Promise<void> {
    const topics = liveTopicsIn(query)
    const reader = new LiveReader(events, this.#clock)
    using _following = this.#hub.follow(topics, (topic, json) => reader.news(topic, json))
    // The answer begins at once, however long the first topic takes.
    events.send({ event: 'beat' })
    using _beats = eventBeats(this.#clock, events)
    await reader.run(AbortSignal.any([events.signal, this.#stopping.signal]))
  }
}
