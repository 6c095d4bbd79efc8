import { assert } from '@flotilla/core/errors'
import type { Lock, LockMode, WaitOptions } from '../locks.ts'
import type { ReleaseReason } from '../machine/index.ts'
import { patienceOf, unlessAborted } from '../patience.ts'
import { Claim } from '../session/claim.ts'
import { lockReleased } from '../session/errors.ts'
import { DeadlockError, measured, type ClientWorld } from './acquisition.ts'
import { LossSignal } from './loss-signal.ts'

/** A lock that was granted: a claim, or after an upgrade the claim that took its place. */
export class HeldLock implements Lock {
  readonly key: string
  readonly #world: ClientWorld
  readonly #loss = new LossSignal()
  #claim: Claim
  /** A change of mode that nobody waits for any more, and of which nobody knows yet whether it came to be. */
  #doubtful: Claim | undefined
  #doubt: Promise<void> = Promise.resolve()
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
    const doubtful = this.#doubtful
    const releasing = this.#claim.release()
    doubtful?.takeBack('done')
    return releasing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(act)
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  async #convert(mode: LockMode, options: WaitOptions): Promise<void> {
    using patience = patienceOf(this.#world.clock, this.key, options)
    await unlessAborted(this.#doubt, patience.signal)
    if (!this.held) throw this.#loss.why ?? lockReleased(this.key)
    if (this.mode === mode) return
    const before = this.#claim
    const next = new Claim(before.session, { ...before.wish, mode, owner: before.owner, wait: true, replaces: before })
    this.#doubtful = next
    try {
      await measured(this.#world, next.wish, patience, () => decided(next, patience.signal))
    } catch (error) {
      // The service may have granted it all the same.
      this.#doubt = this.#resolve(before, next, patience.because)
      throw error
    }
    this.#replace(before, next)
    if (!this.held) throw this.#loss.why ?? lockReleased(this.key)
  }

  #replace(before: Claim, next: Claim): void {
    this.#doubtful = undefined
    if (!before.isHeld) return next.takeBack('done')
    before.onOver = () => {}
    next.onOver = (why) => this.#loss.lose(why)
    this.#claim = next
    before.leave()
  }

  /** Finds out what became of it; the mode is as before in the end, because that is what the caller was told. */
  async #resolve(before: Claim, next: Claim, because: ReleaseReason): Promise<void> {
    try {
      if (!(await next.withdraw(because))) return
      this.#replace(before, next)
      if (!this.held) return
      const back = new Claim(next.session, { ...before.wish, owner: next.owner, wait: true, replaces: next })
      this.#doubtful = back
      if ((await back.obtain(undefined)).type === 'held') this.#replace(next, back)
    } catch {
      // Its session has ended, and `signal` has said so.
    } finally {
      this.#doubtful = undefined
    }
  }
}

async function decided(next: Claim, signal: AbortSignal | undefined): Promise<Claim> {
  const end = await next.obtain(signal)
  if (end.type === 'deadlock') throw new DeadlockError(next.wish.key, end.cycle, next.age)
  assert(end.type === 'held', 'what waits is not told that it is busy')
  return next
}
