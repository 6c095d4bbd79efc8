import { BoundedQueue, TokenBucket } from '@flotilla/core/machines'
import type { Clock } from '@flotilla/core/time'
import { after } from '@flotilla/core/time'

export interface PacedQueueOptions<Item> {
  readonly clock: Clock
  readonly perSecondMax: number
  readonly burstMax: number
  readonly waitingMax: number
  readonly take: (item: Item) => void
}

/** Hands items on in order, no faster than a rate; when too many wait, the oldest gives way. */
export class PacedQueue<Item> implements Disposable {
  readonly #clock: Clock
  readonly #take: (item: Item) => void
  readonly #waiting: BoundedQueue<Item>
  readonly #rate: TokenBucket
  #timer: Disposable | undefined

  constructor({ clock, perSecondMax, burstMax, waitingMax, take }: PacedQueueOptions<Item>) {
    this.#clock = clock
    this.#take = take
    this.#waiting = new BoundedQueue({ capacity: waitingMax, whenFull: 'drop-oldest' })
    this.#rate = new TokenBucket({ capacity: burstMax, refillTokens: perSecondMax }, clock.now())
  }

  get dropped(): number {
    return this.#waiting.dropped
  }

  push(item: Item): void {
    this.#waiting.push(item)
    if (this.#timer === undefined) this.#handOn()
  }

  [Symbol.dispose](): void {
    this.#waiting.clear()
    this.#timer?.[Symbol.dispose]()
  }

  #handOn(): void {
    this.#timer = undefined
    const now = this.#clock.now()
    while (this.#waiting.size > 0) {
      if (!this.#rate.take(now)) {
        this.#timer = this.#clock.wakeAt(after(now, this.#rate.waitMs(now)), () => this.#handOn())
        return
      }
      const item = this.#waiting.shift()
      if (item !== undefined) this.#take(item)
    }
  }
}
