import { FlotillaError } from '@flotilla/core/errors'
import type { CallOptions } from '@flotilla/raft'
import type { DeadlockReport, ListOptions, LockState } from '../locks.ts'
import {
  allResourcesTopic,
  resourceTopic,
  type LockAnswer,
  type LockQuery,
  type ResourceName,
} from '../machine/index.ts'
import type { SessionWorld } from '../session/session.ts'
import { deadlockOf, freeState, stateOf, waitOf } from '../views.ts'
import { Watches } from './watches.ts'

/** Looking at locks, one's own and others'. It needs no session. */
export class Sightings {
  readonly #world: SessionWorld
  readonly #watches: Watches

  constructor(world: SessionWorld) {
    this.#world = world
    this.#watches = new Watches(world)
  }

  watch<Value>(
    key: string,
    look: (state: LockState) => Value,
    { signal }: { readonly signal?: AbortSignal },
  ): AsyncIterable<Value> {
    return this.#watches.watch({
      topic: resourceTopic(key as ResourceName),
      look: async (stop) => look(await this.inspect(key, { signal: stop })),
      signal,
    })
  }

  watchAll(prefix: string, { signal }: { readonly signal?: AbortSignal }): AsyncIterable<readonly LockState[]> {
    return this.#watches.watch({
      topic: allResourcesTopic,
      look: (stop) => this.list({ prefix, signal: stop }),
      signal,
    })
  }

  async inspect(key: string, options: CallOptions): Promise<LockState> {
    const answer = await this.#read({ type: 'resource', resource: key as ResourceName }, options)
    if (answer.type === 'free') return freeState(key)
    return answer.type === 'resource' ? stateOf(answer.found) : unexpected(answer)
  }

  async list(options: ListOptions): Promise<readonly LockState[]> {
    const { prefix = '', after, limit = this.#world.limits.listKeysMax } = options
    const wanted = Math.min(limit, this.#world.limits.listKeysMax)
    const found: LockState[] = []
    let last = after
    while (found.length < wanted) {
      const query: LockQuery = { type: 'list', prefix, limit: wanted - found.length }
      const answer = await this.#read(last === undefined ? query : { ...query, after: last }, options)
      if (answer.type !== 'list') return unexpected(answer)
      found.push(...answer.resources.map(stateOf))
      last = found.at(-1)?.key
      if (!answer.more || answer.resources.length === 0) break
    }
    return found
  }

  async deadlocks(options: CallOptions): Promise<DeadlockReport> {
    const limit = this.#world.limits.listKeysMax
    const [past, present] = [
      await this.#read({ type: 'deadlocks', limit }, options),
      await this.#read({ type: 'waits-for', limit }, options),
    ]
    if (past.type !== 'deadlocks') return unexpected(past)
    if (present.type !== 'waits-for') return unexpected(present)
    return { deadlocks: past.deadlocks.map(deadlockOf), waits: present.edges.map(waitOf) }
  }

  close(): void {
    this.#watches.close()
  }

  #read(query: LockQuery, { signal, timeoutMs }: CallOptions): Promise<LockAnswer> {
    return this.#world.group.read(query, {
      ...(signal === undefined ? {} : { signal }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    })
  }
}

function unexpected({ type }: LockAnswer): never {
  throw new FlotillaError('wrong-request', `the lock service answered ${type} to another question`, {
    hint: 'run the same release on all nodes',
  })
}
