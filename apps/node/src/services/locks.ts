import { FlotillaError } from '@flotilla/core/errors'
import type { Gauge } from '@flotilla/core/observe'
import { createLocks, type Locks } from '@flotilla/locks'
import { eventBeats } from '../http/event-beats.ts'
import type { EventStream } from '../http/event-stream.ts'
import { jsonReply } from '../http/reply.ts'
import type { AnyRoute } from '../http/route.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import type { DeadlocksAnswer, LockAnswer, LocksAnswer, WatchEvent } from './lock-answers.ts'
import { LockHolds } from './lock-holds.ts'
import type { LockGroup } from './raft-member.ts'
import { checkParameters, decodedRest, limitIn, wrongParameter } from './query-parameters.ts'
import { noCluster, type Service, type ServiceParts } from './service.ts'

const { lockAnswerMsMax, lockDelayMs, lockKeysAnsweredMax, lockLeaseMs } = nodeLimitsDefaults

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
    this.routes = [
      { path: '/v1/locks', answer: async ({ query }) => jsonReply(200, await this.#list(query)) },
      {
        path: '/v1/locks/*',
        answer: async ({ rest }) => jsonReply(200, await this.#lock(decodedRest(rest, 'the key'))),
      },
      { path: '/v1/deadlocks', answer: async () => jsonReply(200, await this.#deadlocks()) },
      {
        path: '/v1/lock/hold',
        isPosted: true,
        stream: ({ document }, events) => this.#holds.serve(this.#begun(), document, events),
      },
      {
        path: '/v1/lock/release',
        post: async (document) => {
          await this.#holds.release(document.only('hold').text('hold'))
          return { released: true }
        },
      },
      { path: '/v1/lock/watch', isPosted: false, stream: ({ query }, events) => this.#watch(query, events) },
    ]
  }

  /** At most once in the life of a node. */
  begin(group: LockGroup): void {
    const { clock, entropy, metrics, settings } = this.#options
    const logger = this.#options.logger.child({ part: 'locks' })
    const lease = { ttlMs: lockLeaseMs, lockDelayMs }
    this.#locks = createLocks({ group, clock, entropy, metrics, logger, name: settings.name, ...lease })
  }

  /** For the page: what can be had at once, and nothing where the group does not answer soon. */
  async shown(): Promise<LocksAnswer | undefined> {
    const limit = nodeLimitsDefaults.lockKeysShownMax
    try {
      const locks = await this.#locks?.list({ limit, timeoutMs: nodeLimitsDefaults.pageLocksMsMax })
      return locks === undefined ? undefined : { locks, next: nextOf(locks, limit) }
    } catch (error) {
      if (error instanceof FlotillaError) return undefined
      throw error
    }
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

  async #list(query: URLSearchParams): Promise<LocksAnswer> {
    checkParameters(query, ['prefix', 'after', 'limit'])
    const limit = limitIn(query, lockKeysAnsweredMax)
    const [prefix, afterKey] = [query.get('prefix') ?? '', query.get('after')]
    const page = { prefix, limit, ...(afterKey === null ? {} : { after: afterKey }) }
    const locks = await this.#begun().list({ ...page, timeoutMs: lockAnswerMsMax })
    return { locks, next: nextOf(locks, limit) }
  }

  async #lock(key: string): Promise<LockAnswer> {
    return { lock: await this.#begun().inspect(key, { timeoutMs: lockAnswerMsMax }) }
  }

  #deadlocks(): Promise<DeadlocksAnswer> {
    return this.#begun().deadlocks({ timeoutMs: lockAnswerMsMax })
  }

  async #watch(query: URLSearchParams, events: EventStream): Promise<void> {
    checkParameters(query, ['key'])
    const key = query.get('key')
    if (key === null) throw wrongParameter('there is no key', 'write ?key=KEY')
    using _beats = eventBeats(this.#options.clock, events)
    const signal = AbortSignal.any([events.signal, this.#stopping.signal])
    for await (const lock of this.#begun().watch(key, { signal })) {
      send(events, { event: 'lock', lock })
      await events.drained()
    }
  }

  #begun(): Locks {
    if (this.#locks === undefined) throw noCluster()
    return this.#locks
  }
}

function send(events: EventStream, event: WatchEvent): void {
  events.send(event)
}

function nextOf(locks: LocksAnswer['locks'], limit: number): string | null {
  return locks.length < limit ? null : (locks.at(-1)?.key ?? null)
}
