import type { Gauge } from '@flotilla/core/observe'
import { createLocks, type Locks } from '@flotilla/locks'
import { eventBeats } from '../http/event-beats.ts'
import { asked, posted, streamed } from '../http/described.ts'
import type { EventStream } from '../http/event-stream.ts'
import type { AnyRoute } from '../http/route.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import { object, optional, text, usual } from '../schema/building.ts'
import type { ValueOf } from '../schema/schema.ts'
import type { LocksAnswer, WatchEvent } from './lock-answers.ts'
import { holdDocument, LockHolds } from './lock-holds.ts'
import type { LockGroup } from './raft-member.ts'
import { limited } from './query-parameters.ts'
import {
  deadlocksAnswer,
  holdEvent,
  lockAnswer,
  locksAnswer,
  releasedAnswer,
  watchEvent,
} from './schemas/lock-schemas.ts'
import { noCluster, type Service, type ServiceParts } from './service.ts'

const { lockAnswerMsMax, lockDelayMs, lockKeysAnsweredMax, lockLeaseMs } = nodeLimitsDefaults

const listQuery = object({
  prefix: usual(text({ description: 'keys that begin with it' }), ''),
  after: optional(text({ description: 'keys after this one, for the next page' })),
  limit: limited(lockKeysAnsweredMax),
})
const keyRest = { name: 'key', description: 'of the lock; it may have slashes' }

/** Locks that the whole cluster knows, for programs on this machine. */
export class LocksService implements Service {
  readonly routes: readonly AnyRoute[]
  readonly #options: ServiceParts
  readonly #holds: LockHolds
  readonly #held: Gauge<never>
  readonly #stopping = new AbortController()
  #locks: Locks | undefined
  #isDrained = true

  constructor(options: ServiceParts) {
    const { metrics, clock, entropy } = options
    this.#options = options
    this.#holds = new LockHolds({ clock, entropy, logger: options.logger.child({ part: 'locks' }) })
    this.#held = metrics.gauge<never>({
      name: 'flotilla_node_locks_held',
      help: 'Locks that this node holds for programs on its machine.',
      labelNames: [],
    })
    this.routes = [...this.#askedRoutes(), ...this.#holdRoutes()]
  }

  /** At most once in the life of a node. */
  begin(group: LockGroup): void {
    const { clock, entropy, metrics, settings } = this.#options
    const logger = this.#options.logger.child({ part: 'locks' })
    const lease = { ttlMs: lockLeaseMs, lockDelayMs }
    this.#locks = createLocks({ group, clock, entropy, metrics, logger, name: settings.name, ...lease })
  }

  measure(): void {
    this.#held.set({}, this.#holds.count)
  }

  /** Has whoever holds a lock through this node end, and waits for it. */
  async drain(): Promise<void> {
    this.#stopping.abort()
    this.#isDrained = await this.#holds.drain()
    if (this.#isDrained) return
    const message = 'somebody still holds a lock through this node: it is free when its lease is over'
    this.#options.logger.warn({ part: 'locks', held: this.#holds.count }, message)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What somebody may still be at work under must not be given to another at once.
    if (this.#isDrained) await this.#locks?.[Symbol.asyncDispose]()
  }

  #askedRoutes(): readonly AnyRoute[] {
    const timeoutMs = lockAnswerMsMax
    return [
      asked({
        path: '/v1/locks',
        about: { summary: 'locks that are held or waited for, by key', query: listQuery, answer: locksAnswer },
        get: ({ query }) => this.#list(query),
      }),
      asked({
        path: '/v1/locks/*',
        about: { summary: 'one lock', rest: keyRest, answer: lockAnswer },
        get: async ({ rest }) => ({ lock: await this.#begun().inspect(rest, { timeoutMs }) }),
      }),
      asked({
        path: '/v1/deadlocks',
        about: { summary: 'who waits for whom, and the deadlocks of late', answer: deadlocksAnswer },
        get: () => this.#begun().deadlocks({ timeoutMs }),
      }),
      streamed({
        path: '/v1/lock/watch',
        isPosted: false,
        about: { summary: 'a lock, now and after each change', query: object({ key: text() }), events: watchEvent },
        stream: ({ query }, events) => this.#watch(query.key, events),
      }),
    ]
  }

  /** Not in the audit log: there are many. The group's log has each of them, with the node that it came through. */
  #holdRoutes(): readonly AnyRoute[] {
    const holds = this.#holds
    return [
      streamed({
        path: '/v1/lock/hold',
        isPosted: true,
        audit: 'never',
        about: {
          summary: 'wait for a lock and hold it, for as long as this request lasts',
          detail: 'The end of the connection releases it. A `beat` comes every second.',
          document: holdDocument,
          events: holdEvent,
        },
        stream: ({ document }, events) => holds.serve(this.#begun(), document, events),
      }),
      posted({
        path: '/v1/lock/release',
        audit: 'never',
        about: {
          summary: 'release a lock that is held through this node',
          document: object({ hold: text({ lengthMax: 128, description: 'of the event `granted`' }) }),
          answer: releasedAnswer,
        },
        async post({ hold }) {
          await holds.release(hold)
          return { released: true }
        },
      }),
    ]
  }

  async #list({ prefix, limit, after }: ValueOf<typeof listQuery>): Promise<LocksAnswer> {
    const page = { prefix, limit, ...(after === undefined ? {} : { after }) }
    const locks = await this.#begun().list({ ...page, timeoutMs: lockAnswerMsMax })
    return { locks, next: nextOf(locks, limit) }
  }

  async #watch(key: string, events: EventStream<WatchEvent>): Promise<void> {
    using _beats = eventBeats(this.#options.clock, events)
    const signal = AbortSignal.any([events.signal, this.#stopping.signal])
    for await (const lock of this.#begun().watch(key, { signal })) {
      events.send({ event: 'lock', lock })
      await events.drained()
    }
  }

  #begun(): Locks {
    if (this.#locks === undefined) throw noCluster()
    return this.#locks
  }
}

function nextOf(locks: LocksAnswer['locks'], limit: number): string | null {
  return locks.length < limit ? null : (locks.at(-1)?.key ?? null)
}
