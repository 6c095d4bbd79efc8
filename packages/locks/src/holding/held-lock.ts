import { assert } from '@flotilla/core/errors'
import type { Lock, LockMode, WaitOptions } from '../locks.ts'
import { patienceOf } from '../patience.ts'
import { Claim } from '../session/claim.ts'
import { lockReleased, notYetShared } from '../session/errors.ts'
import { DeadlockError, measured, type ClientWorld } from './acquisition.ts'
import { LossSignal } from './loss-signal.ts'

/** A lock that was granted: a claim, or after a change of mode the claim that took its place. */
export class HeldLock implements Lock {
  readonly key: string
  readonly #world: ClientWorld
  readonly #loss = new LossSignal()
  #claim: Claim
  /** What is asked for by a change of mode that is under way. */
  #converting: Claim | undefined
  /** Changes of mode, one after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(world: ClientWorld, claim: Claim) {
    this.#world = world
    this.key = claim.wish.key
    this.#claim = claim
    claim.onOver = (why) => this.#loss.lose(why)
  }

  get mode(): LockMode {
    return this.#claim.wish.mode === 'shared' ? 'shared' : 'exclusive'
  }

  get token(): number {
    return this.#claim.token
  }

  get held(): boolean {
    return this.#claim.isHeld
  }

  get signal(): AbortSignal {
    return this.#loss.signal
  }

  upgrade(options: WaitOptions = {}): Promise<void> {
    return this.#inTurn(() => this.#convert('exclusive', options))
  }

  downgrade(options: WaitOptions = {}): Promise<void> {
    return this.#inTurn(() => this.#convert('shared', options))
  }

  release(): Promise<boolean> {
    this.#converting?.takeBack('done')
    return this.#claim.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(act)
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  /**
   * The new mode is a second grant of the same owner, and the old one goes when that is there: so there is no moment
   * without either, and an upgrade that is given up leaves everything as it was.
   */
  async #convert(mode: LockMode, options: WaitOptions): Promise<void> {
    using patience = patienceOf(this.#world.clock, this.key, options)
    const before = this.#claim
    if (!before.isHeld) throw this.#loss.why ?? lockReleased(this.key)
    if (this.mode === mode) return
    const next = new Claim(before.session, { ...before.wish, mode, owner: before.owner, wait: true })
    this.#converting = next
    try {
      await measured(this.#world, next.wish, patience, () => decided(next, patience.signal))
    } catch (error) {
      next.takeBack(patience.because)
      throw error
    } finally {
      this.#converting = undefined
    }
    if (!before.isHeld) next.takeBack('done')
    if (!next.isHeld) throw this.#loss.why ?? lockReleased(this.key)
    before.onOver = () => {}
    next.onOver = (why) => this.#loss.lose(why)
    this.#claim = next
    // Only then the service draws the token that is shared with other readers.
    const isTold = await before.release()
    if (mode === 'exclusive' || isTold) return
    throw next.isHeld ? notYetShared(this.key) : (this.#loss.why ?? lockReleased(this.key))
  }
}

async function decided(next: Claim, signal: AbortSignal | undefined): Promise<Claim> {
  const end = await next.obtain(signal)
  if (end.type === 'deadlock') throw new DeadlockError(next.wish.key, end.cycle, next.age)
  assert(end.type === 'held', 'what waits is not told that it is busy')
  return next
}
