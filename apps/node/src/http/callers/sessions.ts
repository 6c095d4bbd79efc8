import type { Entropy } from '@flotilla/core/random'
import { after, type Clock, type Millis, type WallMillis } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../../limits.ts'
import type { Caller, UserRole } from '../caller.ts'
import { digestOf, drawSecret, isSecretOf } from './secret.ts'

/** Whose session it is. */
export interface SessionOwner {
  readonly name: string
  readonly role: UserRole
  /** Which state of the user's account it was opened by; undefined where a code has opened it. */
  readonly account?: string
  /** The session ends with this: with the token, or the other session, by which its code was made. */
  readonly until?: AbortSignal | undefined
}

export interface Session {
  readonly caller: Caller
  readonly idleEndsAt: WallMillis
  readonly endsAt: WallMillis
}

export interface OpenedSession extends Session {
  /** What the browser keeps, and shows to no script. */
  readonly cookie: string
  /** What the page keeps, and no other origin can read. */
  readonly secret: string
}

export interface SessionsOptions {
  readonly entropy: Entropy
  readonly clock: Clock
  /** Whether a user's account is still as it was when the session was opened. */
  readonly isCurrent: (owner: SessionOwner) => boolean
}

interface Held {
  readonly key: string
  readonly owner: SessionOwner
  readonly caller: Caller
  readonly secret: Buffer
  readonly ended: AbortController
  readonly endsAt: Millis
  /** Clocks that count from the start may stand still while the machine sleeps. */
  readonly endsAtWall: WallMillis
  idleEndsAt: Millis
}

/**
 * The sessions of browsers, in memory only: after a restart everybody logs in anew. Of the cookie and the secret only
 * digests are kept.
 */
export class Sessions implements Disposable {
  readonly #options: SessionsOptions
  /** By the digest of the cookie, the one that has been idle for longest first; at most `sessionsMax`. */
  readonly #held = new Map<string, Held>()
  #timer: Disposable | undefined

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#held.size
  }

  open(owner: SessionOwner): OpenedSession {
    const { entropy, clock } = this.#options
    const { sessionMsMax, sessionIdleMsMax } = nodeLimitsDefaults
    this.#makeRoom(owner)
    const [cookie, secret] = [drawSecret(entropy), drawSecret(entropy)]
    const ended = new AbortController()
    const held: Held = {
      key: keyOf(cookie),
      owner,
      caller: { name: owner.name, role: owner.role, via: 'session', ended: ended.signal },
      secret: digestOf(secret),
      ended,
      endsAt: after(clock.now(), sessionMsMax),
      endsAtWall: (clock.wallNow() + sessionMsMax) as WallMillis,
      idleEndsAt: after(clock.now(), sessionIdleMsMax),
    }
    this.#held.set(held.key, held)
    owner.until?.addEventListener('abort', () => this.#end(held), { once: true, signal: ended.signal })
    this.#watch()
    return { cookie, secret, ...this.#shown(held) }
  }

  /** The session that the cookie is of, which counts as used now. */
  find(cookie: string): Session | undefined {
    const held = this.#held.get(keyOf(cookie))
    if (held === undefined || this.#endIfOver(held)) return undefined
    held.idleEndsAt = after(this.#options.clock.now(), nodeLimitsDefaults.sessionIdleMsMax)
    this.#held.delete(held.key)
    this.#held.set(held.key, held)
    return this.#shown(held)
  }

  /** Whether the secret is that of the cookie's session. */
  isSecret(cookie: string, secret: string): boolean {
    const held = this.#held.get(keyOf(cookie))
    return held !== undefined && isSecretOf(secret, held.secret)
  }

  end(cookie: string): void {
    const held = this.#held.get(keyOf(cookie))
    if (held !== undefined) this.#end(held)
  }

  /** Ends what is over, as when accounts have changed. */
  recheck(): void {
    for (const held of this.#held.values()) this.#endIfOver(held)
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]()
    for (const held of this.#held.values()) this.#end(held)
  }

  /** One name cannot push the sessions of all others out. */
  #makeRoom({ name, account }: SessionOwner): void {
    const { sessionsMax, sessionsPerNameMax } = nodeLimitsDefaults
    const isSame = ({ owner }: Held): boolean =>
      owner.name === name && (owner.account === undefined) === (account === undefined)
    const own = [...this.#held.values()].filter(isSame)
    const [first] = this.#held.values()
    const leaves = own.length >= sessionsPerNameMax ? own[0] : this.#held.size >= sessionsMax ? first : undefined
    if (leaves !== undefined) this.#end(leaves)
  }

  #endIfOver(held: Held): boolean {
    const { clock, isCurrent } = this.#options
    const now = clock.now()
    const isOver = now >= held.idleEndsAt || now >= held.endsAt || clock.wallNow() >= held.endsAtWall
    if (!isOver && isCurrent(held.owner)) return false
    this.#end(held)
    return true
  }

  #end({ key, ended }: Held): void {
    this.#held.delete(key)
    ended.abort()
  }

  /** So that what a session has open does not outlive it by much. */
  #watch(): void {
    if (this.#timer !== undefined) return
    const { clock } = this.#options
    this.#timer = clock.wakeAt(after(clock.now(), nodeLimitsDefaults.sessionsLookedAtEveryMs), () => {
      this.#timer = undefined
      this.recheck()
      if (this.#held.size > 0) this.#watch()
    })
  }

  #shown({ caller, idleEndsAt, endsAtWall }: Held): Session {
    const { clock } = this.#options
    const idleMs = Math.max(0, Math.round(idleEndsAt - clock.now()))
    return { caller, idleEndsAt: (clock.wallNow() + idleMs) as WallMillis, endsAt: endsAtWall }
  }
}

function keyOf(cookie: string): string {
  return digestOf(cookie).toString('base64url')
}
