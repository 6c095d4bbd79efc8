import { FlotillaError } from '@flotilla/core/errors'
import { acquireIn, busyError, DeadlockError, type ClientWorld } from '../holding/acquisition.ts'
import { LossSignal } from '../holding/loss-signal.ts'
import type { LockMode } from '../locks.ts'
import type { LockRequest, OwnerAge, OwnerName } from '../machine/index.ts'
import { unlessAborted } from '../patience.ts'
import { Claim } from '../session/claim.ts'
import type { Session } from '../session/session.ts'
import { settle } from '../session/telling.ts'
import type { Transaction, TransactionAcquireOptions, TransactionLock } from './transaction.ts'

/** One try of a transaction: an owner of its own, and what it holds. */
export class RunningTransaction implements Transaction {
  readonly #world: ClientWorld
  readonly #session: Session
  readonly #owner: OwnerName
  readonly #loss = new LossSignal()
  readonly #claims = new Map<string, Claim>()
  /** Of the first try, so that it is not the youngest again. */
  #age: OwnerAge | undefined
  /** The service takes one wait of an owner at a time. */
  #turn: Promise<unknown> = Promise.resolve()
  /** Ends what waits when it is over. */
  readonly #over = new AbortController()
  /** One whose answer did not come. */
  #unanswered: LockRequest | undefined

  constructor(world: ClientWorld, session: Session, owner: string, age: OwnerAge | undefined) {
    this.#world = world
    this.#session = session
    this.#owner = owner as OwnerName
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

  /** Waits no more and holds nothing from here on. */
  async end(why: FlotillaError): Promise<void> {
    this.#loss.lose(why)
    this.#over.abort(why)
    await this.#turn
    const session = this.#session
    for (const claim of this.#claims.values()) claim.leave()
    const owner = this.#owner
    if (this.#claims.size === 0 && this.#unanswered === undefined) return
    const unanswered = this.#unanswered === undefined ? {} : { request: this.#unanswered }
    await settle(session, `owner ${owner}`, { type: 'release-all', session: session.id, owner, ...unanswered })
  }
}
