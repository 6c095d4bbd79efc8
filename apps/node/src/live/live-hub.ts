import { AsyncLocalStorage } from 'node:async_hooks'
import { FlotillaError } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import { after, type Clock } from '@flotilla/core/time'
import { ownerName } from '../http/caller.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import { tooManyTopics, tooManyTopicsOfOne, type LiveTopic } from './live-topics.ts'

export interface LiveHubOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** What a path answers. Rejects with a `FlotillaError` where it refuses. */
  readonly ask: (path: string) => Promise<unknown>
}

/** Is told a topic, and what is to be sent about it: now, and whenever it has changed. */
export type OnNews = (topic: string, json: string) => void

/** 0 < followers.size */
interface Followed {
  readonly topic: LiveTopic
  /** And their names. */
  readonly followers: Map<OnNews, string>
  /** What was told last; undefined before the first answer. */
  told: string | undefined
  isAsked: boolean
}

/**
 * What somebody watches is asked again every second, once for all who watch it, and told where the answer is another
 * one. Nothing is asked while nobody watches. An answer that takes longer than a second is not asked for twice, and
 * holds nothing else up.
 */
export class LiveHub implements Disposable {
  readonly #options: LiveHubOptions
  /** Where the hub was made, which is on behalf of nobody. */
  readonly #outside = AsyncLocalStorage.snapshot()
  /** At most `liveTopicsTogetherMax`. */
  readonly #followed = new Map<string, Followed>()
  #timer: Disposable | undefined

  constructor(options: LiveHubOptions) {
    this.#options = options
  }

  get topics(): number {
    return this.#followed.size
  }

  /** Tells what is known at once. Disposing of it ends it. `name`: of who watches. */
  follow(topics: readonly LiveTopic[], onNews: OnNews, name: string): Disposable {
    this.#checkRoom(topics, name)
    for (const topic of topics) this.#join(topic, onNews, name)
    // What is asked from now on is asked for all who watch, and not for the request of the first.
    if (this.#timer === undefined) this.#outside(() => this.#later())
    return { [Symbol.dispose]: () => this.#leave(topics, onNews) }
  }

  [Symbol.dispose](): void {
    this.#followed.clear()
    this.#rest()
  }

  /** One who watches many different things must not keep the others from watching theirs. */
  #checkRoom(topics: readonly LiveTopic[], who: string): void {
    const { liveTopicsTogetherMax, liveTopicsPerNameMax } = nodeLimitsDefaults
    const isNew = ({ name }: LiveTopic): boolean => !this.#followed.has(name)
    if (this.#followed.size + topics.filter(isNew).length > liveTopicsTogetherMax) throw tooManyTopics()
    if (who === ownerName) return
    const own = [...this.#followed.values()].filter(({ followers }) => [...followers.values()].includes(who))
    const all = new Set([...own.map(({ topic }) => topic.name), ...topics.map(({ name }) => name)])
    if (all.size > liveTopicsPerNameMax) throw tooManyTopicsOfOne()
  }

  #join(topic: LiveTopic, onNews: OnNews, who: string): void {
    const known = this.#followed.get(topic.name)
    if (known === undefined) {
      const followed: Followed = { topic, followers: new Map([[onNews, who]]), told: undefined, isAsked: false }
      this.#followed.set(topic.name, followed)
      void this.#look(followed)
      return
    }
    known.followers.set(onNews, who)
    if (known.told !== undefined) onNews(topic.name, known.told)
  }

  #leave(topics: readonly LiveTopic[], onNews: OnNews): void {
    for (const { name } of topics) {
      const followed = this.#followed.get(name)
      followed?.followers.delete(onNews)
      if (followed?.followers.size === 0) this.#followed.delete(name)
    }
    if (this.#followed.size === 0) this.#rest()
  }

  #later(): void {
    const { clock } = this.#options
    this.#timer = clock.wakeAt(after(clock.now(), nodeLimitsDefaults.liveEveryMs), () => {
      this.#later()
      for (const followed of this.#followed.values()) void this.#look(followed)
    })
  }

  #rest(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
  }

  async #look(followed: Followed): Promise<void> {
    if (followed.isAsked) return
    followed.isAsked = true
    const json = await this.#answer(followed.topic)
    followed.isAsked = false
    if (json === followed.told) return
    followed.told = json
    for (const tell of followed.followers.keys()) tell(followed.topic.name, json)
  }

  async #answer({ name, path }: LiveTopic): Promise<string> {
    const told = { event: 'live', topic: name } as const
    try {
      return JSON.stringify({ ...told, value: await this.#options.ask(path) })
    } catch (error) {
      if (isRefusal(error)) {
        const { code, message, hint = 'see its documentation' } = error
        return JSON.stringify({ ...told, error: { code, message, hint } })
      }
      this.#options.logger.error({ err: error, topic: name }, 'what is watched could not be asked')
      const failure = { code: 'failed', message: 'the node failed to answer', hint: 'its log says why' }
      return JSON.stringify({ ...told, error: failure })
    }
  }
}

function isRefusal(error: unknown): error is FlotillaError {
  return error instanceof FlotillaError
}
