import type { Logger } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import { askedValue } from '../http/asked-value.ts'
import type { Caller } from '../http/caller.ts'
import { eventBeats } from '../http/event-beats.ts'
import type { EventStream } from '../http/event-stream.ts'
import { streamed } from '../http/described.ts'
import type { AnyRoute } from '../http/route.ts'
import { anything, either, object, oneOf, text } from '../schema/building.ts'
import type { Schema } from '../schema/schema.ts'
import { LiveHub } from './live-hub.ts'
import { LiveReader } from './live-reader.ts'
import { liveTopicNames, liveTopicsIn } from './live-topics.ts'

export interface LiveServiceOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** Of which some are watched. */
  readonly routes: readonly AnyRoute[]
}

/** The node itself, which asks for all who watch. Each of them is somebody who may ask as much. */
const self: Caller = { name: 'who watches', role: 'viewer', via: 'session' }

/** The value is what the path of the topic answers, or refuses. */
type LiveEvent =
  | { readonly event: 'beat' }
  | { readonly event: 'live'; readonly topic: string; readonly value: unknown }
  | { readonly event: 'live'; readonly topic: string; readonly error: LiveRefusal }

interface LiveRefusal {
  readonly code: string
  readonly message: string
  readonly hint: string
}

const topicsText = text({
  description:
    `some of ${liveTopicNames.join(', ')}, with commas between; what is one of several has its name behind it, and ` +
    'parameters of the path may follow: nodes,machine/ann,processes?sort=memory',
})
const refusal = object({ code: text(), message: text(), hint: text() })
const liveEvent: Schema<LiveEvent> = either([
  object({ event: oneOf(['beat']) }),
  object({ event: oneOf(['live']), topic: text(), value: anything() }),
  object({ event: oneOf(['live']), topic: text(), error: refusal }),
])

/** `/v1/live`: what other paths answer, whenever that has changed, as events. */
export class LiveService implements Disposable {
  readonly routes: readonly AnyRoute[]
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
    this.routes = [
      streamed({
        path: '/v1/live',
        isPosted: false,
        about: {
          summary: 'what other paths answer, whenever that has changed, at most once a second',
          query: object({ topics: topicsText }),
          events: liveEvent,
        },
        stream: ({ query, caller }, events) => this.#serve(query.topics, caller, events),
      }),
    ]
  }

  /** Before the server waits for its answers to end. */
  [Symbol.dispose](): void {
    this.#stopping.abort()
    this.#hub[Symbol.dispose]()
  }

  async #serve(names: string, { name }: Caller, events: EventStream<LiveEvent>): Promise<void> {
    const topics = liveTopicsIn(names)
    const reader = new LiveReader(events, this.#clock)
    using _following = this.#hub.follow(topics, (topic, json) => reader.news(topic, json), name)
    // The answer begins at once, however long the first topic takes.
    events.send({ event: 'beat' })
    using _beats = eventBeats(this.#clock, events)
    await reader.run(AbortSignal.any([events.signal, this.#stopping.signal]))
  }
}
