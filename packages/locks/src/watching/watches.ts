import { FlotillaError } from '@flotilla/core/errors'
import { Backoff } from '@flotilla/core/machines'
import { after } from '@flotilla/core/time'
import { locksClosed } from '../session/errors.ts'
import type { SessionWorld } from '../session/session.ts'
import { latest } from './latest.ts'

export interface WatchOptions<Value> {
  /** What is told of changes; it may lose some. */
  readonly topic: string
  readonly look: (signal: AbortSignal) => Promise<Value>
  readonly signal: AbortSignal | undefined
}

/** Looks once, and again after each nudge, and now and then without one, since nudges may be lost. */
export class Watches {
  readonly #world: SessionWorld
  readonly #closed = new AbortController()
  #open = 0

  constructor(world: SessionWorld) {
    this.#world = world
  }

  /** Every loop over what it returns is a watch of its own. */
  watch<Value>({ topic, look, signal }: WatchOptions<Value>): AsyncIterable<Value> {
    return latest<Value>({ signal, begin: (tell, fail) => this.#begin(topic, look, tell, fail) })
  }

  close(): void {
    this.#closed.abort(locksClosed(this.#world.name))
  }

  #begin<Value>(
    topic: string,
    look: (signal: AbortSignal) => Promise<Value>,
    tell: (value: Value) => void,
    fail: (error: Error) => void,
  ): Disposable {
    this.#closed.signal.throwIfAborted()
    const { watchesMax } = this.#world.limits
    if (this.#open >= watchesMax) {
      throw new FlotillaError('overloaded', `this client watches ${watchesMax} keys (watchesMax)`, {
        hint: 'end one of these loops first',
      })
    }
    this.#open++
    const watching = new Watching(this.#world, look, tell)
    const subscription = this.#world.group.subscribe(topic, () => watching.nudge())
    const close = (): void => fail(this.#closed.signal.reason as Error)
    this.#closed.signal.addEventListener('abort', close, { once: true })
    watching.nudge()
    return {
      [Symbol.dispose]: () => {
        this.#open--
        this.#closed.signal.removeEventListener('abort', close)
        subscription[Symbol.dispose]()
        watching[Symbol.dispose]()
      },
    }
  }
}

/** One look at a time; nudges that come meanwhile are one more look. */
class Watching<Value> implements Disposable {
  readonly #world: SessionWorld
  readonly #look: (signal: AbortSignal) => Promise<Value>
  readonly #tell: (value: Value) => void
  readonly #over = new AbortController()
  readonly #pauses: Backoff
  #timer: Disposable | undefined
  #isLooking = false
  #isNudged = false
  /** What was told last, to tell only what is new. */
  #told: string | undefined

  constructor(world: SessionWorld, look: (signal: AbortSignal) => Promise<Value>, tell: (value: Value) => void) {
    this.#world = world
    this.#look = look
    this.#tell = tell
    const { retryPauseMs, retryPauseMsMax } = world.limits
    this.#pauses = new Backoff(world.prng, { firstMs: retryPauseMs, capMs: retryPauseMsMax, jitter: 'equal' })
  }

  nudge(): void {
    if (this.#isLooking) this.#isNudged = true
    else void this.#lookOnce()
  }

  [Symbol.dispose](): void {
    this.#over.abort(new FlotillaError('closed', 'this watch has ended'))
    this.#timer?.[Symbol.dispose]()
  }

  async #lookOnce(): Promise<void> {
    this.#timer?.[Symbol.dispose]()
    this.#isLooking = true
    this.#isNudged = false
    let againMs = this.#world.limits.watchAgainMs
    let hasFailed = false
    try {
      const seen = await this.#look(this.#over.signal)
      this.#pauses.reset()
      this.#tellNew(seen)
    } catch (error) {
      this.#world.logger.debug({ err: error }, 'a watched key could not be looked at, and will be again')
      againMs = this.#pauses.nextMs()
      hasFailed = true
    }
    this.#isLooking = false
    if (this.#over.signal.aborted) return
    if (this.#isNudged && !hasFailed) return void this.#lookOnce()
    const { clock } = this.#world
    this.#timer = clock.wakeAt(after(clock.now(), againMs), () => this.nudge())
  }

  #tellNew(seen: Value): void {
    if (this.#over.signal.aborted) return
    const text = JSON.stringify([seen], withoutTime)
    if (text === this.#told) return
    this.#told = text
    this.#tell(seen)
  }
}

/** How long something has lasted changes all the time, and is no news. */
function withoutTime(name: string, value: unknown): unknown {
  return name === 'heldMs' || name === 'waitedMs' || name === 'delayedMs' ? undefined : value
}
