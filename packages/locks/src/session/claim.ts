import { FlotillaError, unreachable } from '@flotilla/core/errors'
import {
  type DeadlockCycle,
  type LockCommand,
  type LockParty,
  type LockRequest,
  type LockResult,
  type OwnerAge,
  type OwnerName,
  type ReleaseReason,
  type ResourceName,
} from '../machine/index.ts'
import { lockReleased } from './errors.ts'
import { settle } from './telling.ts'
import type { Claimant, Session } from './session.ts'
import type { TokenCell, TokenUser } from './token-cells.ts'

/** What is asked for; the claim adds who asks. */
export interface Wish {
  readonly key: string
  readonly mode: 'exclusive' | 'shared' | 'permits'
  readonly wait: boolean
  /** Default: somebody who is nobody else. */
  readonly owner: string | undefined
  readonly value?: string | undefined
  readonly permits?: number
  readonly capacity?: number
  readonly age?: OwnerAge | undefined
}

export type ClaimEnd =
  | { readonly type: 'held' }
  | { readonly type: 'busy'; readonly holders: readonly LockParty[]; readonly delayedMs: number }
  | { readonly type: 'deadlock'; readonly cycle: DeadlockCycle }

type ClaimState = 'asking' | 'waiting' | 'held' | 'over'

/**
 * One request of a session, from the asking to its end. Whatever becomes of the one who asks, the service ends up with
 * either a holder who knows that it holds, or a request that is over.
 */
export class Claim implements Claimant, TokenUser {
  readonly session: Session
  readonly wish: Wish
  readonly owner: string
  /** Whether somebody else had to be waited for. */
  hasWaited = false
  age: OwnerAge | undefined
  /** Called once, when what was held is not held any more. */
  onOver: (why: FlotillaError) => void = () => {}
  readonly #cell: TokenCell
  #request: LockRequest
  #state: ClaimState = 'asking'
  #deadlock: DeadlockCycle | undefined
  /** Wakes whoever waits, to look at the state again. */
  #wake: () => void = () => {}
  #askAgain = false
  #releasing: Promise<boolean> | undefined

  constructor(session: Session, wish: Wish) {
    this.session = session
    this.wish = wish
    this.#request = session.draw(this)
    // Numbers are never used twice in a session, and users' owners do not begin so: this is nobody else.
    this.owner = wish.owner ?? `~${this.#request}`
    this.#cell = session.cell(this.owner, wish.key, this)
  }

  get request(): LockRequest {
    return this.#request
  }

  get token(): number {
    return this.#cell.token
  }

  get isWaiting(): boolean {
    return this.#state === 'waiting'
  }

  /** Asks the clock. */
  get isHeld(): boolean {
    return this.#state === 'held' && this.session.isAlive
  }

  granted(token: number): void {
    if (this.#state === 'over') return
    this.#cell.raise(token)
    this.#state = 'held'
    this.#wake()
  }

  deadlocked(cycle: DeadlockCycle): void {
    if (this.#state === 'over' || this.#state === 'held') return
    this.#deadlock = cycle
    this.#wake()
  }

  askAgain(): void {
    this.#askAgain = true
    this.#wake()
  }

  lost(why: FlotillaError): void {
    const wasHeld = this.#state === 'held'
    this.leave()
    if (wasHeld) this.onOver(why)
  }

  /**
   * Resolves when it is decided; when it says `held`, the lease is known to last at that moment. When it rejects, by
   * the signal or because the service refused, nobody knows what the service thinks: then `takeBack`.
   */
  async obtain(signal: AbortSignal | undefined): Promise<ClaimEnd> {
    const end = await this.#pursue(signal)
    // A promise that was kept while the process slept is worth nothing (etcd#11456).
    this.session.assertAlive()
    if (end.type !== 'held') this.leave()
    return end
  }

  /** Over here; the service is told in the background. */
  takeBack(because: ReleaseReason): void {
    if (this.#state === 'over') return
    this.leave()
    this.session.owe(`request ${this.#request}`, this.#release(because), this.#released)
  }

  async learnToken(signal: AbortSignal | undefined): Promise<void> {
    // A number means the same thing again: what is granted is not granted once more.
    const result = await this.session.ask(this.#command(), { signal })
    if (result.type === 'granted') this.#cell.raise(result.token)
  }

  /** Lets go; resolves with whether the service knows. It never rejects. */
  release(): Promise<boolean> {
    if (this.#state === 'over') return this.#releasing ?? Promise.resolve(false)
    this.leave()
    this.onOver(lockReleased(this.wish.key))
    this.#releasing = settle(this.session, `request ${this.#request}`, this.#release('done'), this.#released)
    return this.#releasing
  }

  /** Over here, and nothing to tell: the service knows, or is told by somebody else. */
  leave(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#cell.letGo()
    this.session.forget(this.#request)
    this.#wake()
  }

  #release(because: ReleaseReason): LockCommand {
    return { type: 'release', session: this.session.id, request: this.#request, because }
  }

  /** What the same owner still has of this key may have another token now. */
  readonly #released = async (result: LockResult, signal?: AbortSignal): Promise<void> => {
    if (result.type === 'released') this.#cell.raise(result.token)
    // It was released by one whose answer was lost, and that said which token holds from then on.
    else await this.#cell.learn(signal)
  }

  async #pursue(signal: AbortSignal | undefined): Promise<ClaimEnd> {
    while (this.#state !== 'over') {
      this.#askAgain = false
      const result = await this.session.ask(this.#command(), { signal })
      this.#take(result)
      if (result.type === 'busy') return result
      await this.#decision(signal)
      if (this.#state === 'held') return { type: 'held' }
      if (this.#deadlock !== undefined) return { type: 'deadlock', cycle: this.#deadlock }
    }
    throw lockReleased(this.wish.key)
  }

  #take(result: LockResult): void {
    if (result.type === 'granted' || result.type === 'waiting' || result.type === 'deadlock') this.age = result.age
    if (result.type === 'granted') this.granted(result.token)
    else if (result.type === 'waiting') this.#wait()
    else if (result.type === 'deadlock') this.deadlocked(result.cycle)
    else if (result.type === 'ended') this.#redraw()
    else if (result.type !== 'busy') {
      throw new FlotillaError('wrong-request', `the service answered ${result.type} to a request for a lock`)
    }
  }

  #wait(): void {
    this.hasWaited = true
    // The event may have been faster than the answer.
    if (this.#state === 'asking') this.#state = 'waiting'
    this.session.onWork()
  }

  /** Its number became too old before it came, as may happen to one that was on its way for long: another is drawn. */
  #redraw(): void {
    if (this.#state === 'over') return
    this.session.forget(this.#request)
    this.#request = this.session.draw(this)
    this.#askAgain = true
  }

  /** Resolves when it does not wait, or should ask again. */
  async #decision(signal: AbortSignal | undefined): Promise<void> {
    const stop = (): void => this.#wake()
    signal?.addEventListener('abort', stop, { once: true })
    try {
      while (this.#state === 'waiting' && !this.#askAgain && this.#deadlock === undefined) {
        signal?.throwIfAborted()
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      signal?.removeEventListener('abort', stop)
    }
    this.session.assertAlive()
  }

  #command(): LockCommand {
    const { session, wish } = this
    const asking = {
      session: session.id,
      owner: this.owner as OwnerName,
      request: this.#request,
      resource: wish.key as ResourceName,
      wait: wish.wait,
      ...(wish.value === undefined ? {} : { value: wish.value }),
      ...(wish.age === undefined ? {} : { age: wish.age }),
    }
    switch (wish.mode) {
      case 'permits':
        return { type: 'acquire-permits', ...asking, permits: wish.permits ?? 1, capacity: wish.capacity ?? 1 }
      case 'exclusive':
      case 'shared':
        return { type: 'acquire', ...asking, mode: wish.mode }
      default:
        return unreachable(wish.mode, 'mode')
    }
  }
}
