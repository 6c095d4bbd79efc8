import type { CallOptions, ReadOptions, Replicated } from '@flotilla/raft'

interface Subscriber {
  readonly topic: string
  readonly take: (payload: Uint8Array) => void
  /** At what the group is now. */
  there: Disposable
}

/**
 * A group for those who use it and do not mind whether this node is a member of it: it becomes one while they go on,
 * and may cease to be one. What is under way at the old place fails as a group fails that is closed, which is tried
 * again by whoever asked.
 */
export class MovingGroup<Command, Result, Query, Answer> implements Replicated<Command, Result, Query, Answer> {
  readonly name: Replicated<Command, Result, Query, Answer>['name']
  #place: Replicated<Command, Result, Query, Answer>
  readonly #subscribers = new Set<Subscriber>()

  constructor(place: Replicated<Command, Result, Query, Answer>) {
    this.name = place.name
    this.#place = place
  }

  moveTo(place: Replicated<Command, Result, Query, Answer>): void {
    this.#place = place
    for (const subscriber of this.#subscribers) {
      const before = subscriber.there
      subscriber.there = place.subscribe(subscriber.topic, subscriber.take)
      before[Symbol.dispose]()
    }
  }

  run(command: Command, options?: CallOptions): Promise<Result> {
    return this.#place.run(command, options)
  }

  read(query: Query, options?: ReadOptions): Promise<Answer> {
    return this.#place.read(query, options)
  }

  subscribe(topic: string, take: (payload: Uint8Array) => void): Disposable {
    const subscriber = { topic, take, there: this.#place.subscribe(topic, take) }
    this.#subscribers.add(subscriber)
    return {
      [Symbol.dispose]: () => {
        this.#subscribers.delete(subscriber)
        subscriber.there[Symbol.dispose]()
      },
    }
  }
}
