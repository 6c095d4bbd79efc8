import { FlotillaError } from '@flotilla/core/errors'
import { acquireIn, busyError, DeadlockError, type ClientWorld } from '../holding/acquisition.ts'
import { LossSignal } from '../holding/loss-signal.ts'
import type { OwnerAge, OwnerName } from '../machine/index.ts'
import { Claim } from '../session/claim.ts'
import type { Session } from '../session/session.ts'
import { settle } from '../session/telling.ts'
import type { Transaction, TransactionAcquireOptions, TransactionLock } from './transaction.ts'

/** One try of a transaction: an owner of its own, and what it holds. */
export class RunningTransaction implements Transaction {
  readonly #world: ClientWorld
  readonly #session: Session
  readonly #owner: string
  readonly #loss = new LossSignal()
  /** The strongest that it has of each key. */
  readonly #claims = new Map<string, Claim>()
  readonly #held: Claim[] = []
  /** Of the first try, so that it is not the youngest again. */
  #age: OwnerAge | undefined
  /** The service takes one wait of an owner at a time. */
  #turn: Promise<unknown> = Promise.resolve()
  /** Ends what waits when it is over. */
  readonly #over = new AbortController()

  constructor(world: ClientWorld, session: Session, owner: string, age: OwnerAge | undefined) {
    this.#world = world
    this.#session = session
    this.#owner = owner
    this.#age = age
  }

  get signal(): AbortSignal {
    return this.#loss.signal
  }

  get age(): OwnerAge | undefined {
    return this.#age
  }

  /** Why it has to end: a deadlock, a lost session. */
  get doom(): FlotillaError | undefined {
    return this.#loss.why
  }

  acquire(key: string, options: TransactionAcquireOptions = {}): Promise<TransactionLock> {
    const mine = this.#turn.then(() => this.#acquire(key, options))
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  /** Whoever began it has changed its mind. */
  stop(reason: unknown): void {
    this.#over.abort(reason)
    this.#loss.lose(new FlotillaError('released', 'the transaction was given up', { cause: reason }))
  }

  /** Waits no more and holds nothing from here on. It never rejects. */
  async end(): Promise<void> {
    this.#lose(new FlotillaError('released', 'the transaction is over, and its locks were released'))
    await this.#turn
    const { id } = this.#session
    for (const claim of this.#held) claim.leave()
    if (this.#held.length === 0) return
    const owner = this.#owner
    await settle(this.#session, `owner ${owner}`, {
      type: 'release-all',
      session: id,
      owner: owner as OwnerName,
    })
  }

  async #acquire(key: string, options: TransactionAcquireOptions): Promise<TransactionLock> {
    const { mode = 'exclusive', timeoutMs } = options
    if (this.#loss.why !== undefined) throw this.#loss.why
    const had = this.#claims.get(key)
    if (had !== undefined && (had.wish.mode === 'exclusive' || mode === 'shared')) return this.#lockOf(key, had)
    using stop = eitherOf(options.signal, this.#over.signal)
    const wish = { key, mode, owner: this.#owner, wait: true, age: this.#age }
    const waiting = { signal: stop.signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) }
    try {
      const got = await acquireIn(this.#world, this.#session, wish, waiting)
      if (!(got instanceof Claim)) throw busyError(key, got)
      return this.#take(key, got)
    } catch (error) {
      if (error instanceof DeadlockError) {
        this.#age ??= error.age
        this.#lose(error)
      }
      throw error
    }
  }

  #take(key: string, claim: Claim): TransactionLock {
    claim.onOver = (why) => this.#lose(why)
    this.#age ??= claim.age
    this.#claims.set(key, claim)
    this.#held.push(claim)
    return this.#lockOf(key, claim)
  }

  #lockOf(key: string, claim: Claim): TransactionLock {
    const loss = this.#loss
    return {
      key,
      mode: claim.wish.mode === 'shared' ? 'shared' : 'exclusive',
      get token() {
        return claim.token
      },
      get held() {
        return claim.isHeld
      },
      get signal() {
        return loss.signal
      },
    }
  }

  #lose(why: FlotillaError): void {
    this.#loss.lose(why)
    this.#over.abort(why)
  }
}

function eitherOf(one: AbortSignal | undefined, other: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const either = new AbortController()
  const stop = (): void => either.abort(one?.aborted ? one.reason : other.reason)
  const both = one === undefined ? [other] : [one, other]
  for (const signal of both) {
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  }
  return {
    signal: either.signal,
    [Symbol.dispose]() {
      for (const signal of both) signal.removeEventListener('abort', stop)
    },
  }
}
