import { createPublicKey, type KeyObject } from 'node:crypto'
import { Lru } from '@flotilla/core/machines'
import { after, type Clock } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../../limits.ts'
import type { Caller } from '../caller.ts'
import type { AccountsView, KnownToken } from './accounts-view.ts'
import { digestOf } from './secret.ts'

/** What an API token says of itself, so that nothing else which the same key has signed is taken for one. */
export const tokenType = 'flotilla-api+jwt'
export const tokenAudience = 'flotilla-api'

interface Proven {
  readonly id: string
  readonly issuer: string
  readonly ended: AbortController
  readonly caller: Caller
}

/**
 * API tokens: JWTs of the authority of the cluster. A token is good while its signature is right, its time is not over,
 * and the book of accounts has it: where nobody has told this node of it (yet, or any more) it opens nothing.
 */
export class ApiTokens implements Disposable {
  readonly #clock: Clock
  readonly #accounts: AccountsView
  /** By the digest of the token; a signature is looked at once. */
  readonly #proven = new Lru<string, Proven>({ entriesMax: nodeLimitsDefaults.apiTokensRemembered })
  #timer: Disposable | undefined

  constructor({ clock, accounts }: { readonly clock: Clock; readonly accounts: AccountsView }) {
    this.#clock = clock
    this.#accounts = accounts
  }

  /** Whether it has the form of one, whatever it is worth. */
  isOne(text: string): boolean {
    return /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(text)
  }

  /** Whose token it is, at once where it was looked at before; undefined where it is not good. */
  caller(token: string): Caller | undefined | Promise<Caller | undefined> {
    if (token.length > nodeLimitsDefaults.apiTokenLengthMax) return undefined
    const key = digestOf(token).toString('base64url')
    const proven = this.#proven.get(key)
    if (proven === undefined) return this.#prove(token, key)
    if (this.#isGood(proven)) return proven.caller
    this.#forget(key, proven)
    return undefined
  }

  /** Ends what was opened by tokens that are not good any more. */
  recheck(): void {
    for (const [key, proven] of Array.from(this.#proven)) if (!this.#isGood(proven)) this.#forget(key, proven)
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]()
    for (const [key, proven] of Array.from(this.#proven)) this.#forget(key, proven)
  }

  async #prove(token: string, key: string): Promise<Caller | undefined> {
    const { id: issuer, publicKey } = this.#accounts.issuer()
    // Most nodes are never shown a token.
    const { decodeJwt, jwtVerify } = await import('jose')
    try {
      // What it claims, which nobody has looked at yet. Numbers of tokens are drawn at random, so who makes one up is
      // turned away before any signature is looked at.
      const known = this.#known(decodeJwt(token).jti)
      if (known === undefined) return undefined
      const { id, name, role } = known
      const { payload } = await jwtVerify(token, keyOf(publicKey), {
        algorithms: ['EdDSA'],
        issuer,
        audience: tokenAudience,
        typ: tokenType,
        requiredClaims: ['jti', 'sub', 'exp', 'role'],
        currentDate: new Date(this.#clock.wallNow()),
      })
      // What the book says counts; a token that says something else was not made for that entry.
      if (payload.jti !== id || payload.sub !== name || payload['role'] !== role) return undefined
      // It may have been revoked while the signature was looked at, and another request may have shown it too: all that
      // one token has opened has to end with it.
      const before = this.#proven.get(key)
      if (before !== undefined && this.#isGood(before)) return before.caller
      return this.#known(id)?.role === role ? this.#remember(key, { id, name, role, issuer }) : undefined
    } catch {
      return undefined // Whatever is wrong with it, a stranger is not told.
    }
  }

  #remember(key: string, proven: Pick<KnownToken, 'id' | 'name' | 'role'> & { readonly issuer: string }): Caller {
    const { id, issuer, name, role } = proven
    const ended = new AbortController()
    const caller: Caller = { name, role, via: 'token', ended: ended.signal }
    for (const [, old] of this.#proven.set(key, { id, issuer, ended, caller })) old.ended.abort()
    this.#watch()
    return caller
  }

  /** So that what a token has open does not outlive it by much: nobody says when its time is over. */
  #watch(): void {
    if (this.#timer !== undefined) return
    const clock = this.#clock
    this.#timer = clock.wakeAt(after(clock.now(), nodeLimitsDefaults.sessionsLookedAtEveryMs), () => {
      this.#timer = undefined
      this.recheck()
      if (this.#proven.size > 0) this.#watch()
    })
  }

  #isGood({ id, issuer, caller }: Proven): boolean {
    return issuer === this.#accounts.issuer().id && this.#known(id)?.role === caller.role
  }

  #known(id: string | undefined): KnownToken | undefined {
    const token = id === undefined ? undefined : this.#accounts.token(id)
    return token !== undefined && this.#clock.wallNow() < token.until ? token : undefined
  }

  #forget(key: string, { ended }: Proven): void {
    this.#proven.delete(key)
    ended.abort()
  }
}

function keyOf(publicKey: Uint8Array): KeyObject {
  const x = Buffer.from(publicKey).toString('base64url')
  return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } })
}
