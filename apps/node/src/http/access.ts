import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { TokenBucket } from '@flotilla/core/machines'
import type { Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../limits.ts'
import { localSocketPort, ownerName, type Caller } from './caller.ts'
import type { AccountsView } from './callers/accounts-view.ts'
import { ApiTokens } from './callers/api-tokens.ts'
import { LoginAttempts } from './callers/attempts.ts'
import { BlobTickets, type ShownTicket } from './callers/blob-tickets.ts'
import { cookieOf, onlyReads, originRefusal } from './callers/browser.ts'
import {
  fromProxy,
  noKey,
  noOrigin,
  noSecret,
  sessionEnded,
  tooManyKeys,
  wrongKey,
  wrongTicket,
} from './callers/caller-refusals.ts'
import { LoginCodes } from './callers/login-codes.ts'
import type { Passwords } from './callers/passwords.ts'
import { digestOf, drawSecret, isSecretOf } from './callers/secret.ts'
import { Sessions, type OpenedSession, type SessionOwner } from './callers/sessions.ts'
import { gateRefusal } from './gate.ts'
import type { Refusal } from './reply.ts'

const bearerForm = /^Bearer +([^ ]+)$/i
const local: Pick<Caller, 'name' | 'role'> = { name: ownerName, role: 'admin' }

export interface AccessOptions {
  readonly entropy: Entropy
  readonly clock: Clock
  readonly accounts: AccountsView
  readonly passwords: Passwords
  /** Names under which this node answers too, with or without a port: see `--allow-host`. */
  readonly hosts: readonly string[]
}

/**
 * Who asks. There are four ways to show it: to come through the Unix socket, which only the owner of the data folder
 * can open; the key of this life of the node, which only the owner can read; an API token; and a session, which a
 * browser gets for a code or a password.
 *
 * The key is new in every life: were it kept, a program that takes the port of a crashed node would be handed a key
 * that opens the next one. The right key always opens: a stranger who tries wrong ones must not lock the owner out, and
 * 256 random bits cannot be guessed at any rate. What is limited is how much work and noise wrong ones make.
 */
export class Access implements Disposable {
  readonly token: string
  readonly codes: LoginCodes
  readonly sessions: Sessions
  readonly attempts: LoginAttempts
  readonly tickets: BlobTickets
  readonly #options: AccessOptions
  readonly #digest: Buffer
  readonly #tokens: ApiTokens
  readonly #wrongKeys: TokenBucket

  constructor(options: AccessOptions) {
    const { entropy, clock, accounts } = options
    this.#options = options
    this.token = drawSecret(entropy)
    this.#digest = digestOf(this.token)
    this.codes = new LoginCodes(options)
    this.attempts = new LoginAttempts(options)
    this.tickets = new BlobTickets(options)
    this.sessions = new Sessions({ ...options, isCurrent: (owner) => this.#isCurrent(owner) })
    this.#tokens = new ApiTokens({ clock, accounts })
    const { wrongKeysBurst: capacity, wrongKeyEveryMs: refillEveryMs } = nodeLimitsDefaults
    this.#wrongKeys = new TokenBucket({ capacity, refillTokens: 1, refillEveryMs }, clock.now())
  }

  /** Why a request is not even looked at. */
  gateRefusal(request: IncomingMessage, port: number): Refusal | undefined {
    return gateRefusal(request, port, this.#options.hosts)
  }

  /**
   * Who asks, or why that is not known. `isGuarded`: the cookie of a session is not enough. Browsers send it to every
   * port of this machine, whoever listens there, so it says who asks and opens nothing. `shown`: in place of the
   * secret, which a browser cannot send with what it fetches by a link.
   */
  caller(
    request: IncomingMessage,
    port: number,
    isGuarded: boolean = !onlyReads(request),
    shown?: ShownTicket,
  ): Caller | Refusal | Promise<Caller | Refusal> {
    if (port === localSocketPort) return isOfBrowser(request) ? fromProxy : { ...local, via: 'socket' }
    const refusal = originRefusal(request)
    if (refusal !== undefined) return refusal
    const { authorization } = request.headers
    if (authorization === undefined) return this.#bySession(request, port, isGuarded, shown)
    return this.#byKey(bearerForm.exec(authorization)?.[1] ?? '', request)
  }

  /** One for the owner of this machine. */
  ownCode(): string {
    return this.codes.make({ ...local, via: 'key' }).code
  }

  /** A session of whoever has made the code, for as long as he may ask himself. */
  openByCode(code: string): OpenedSession | undefined {
    const maker = this.codes.redeem(code)
    if (maker === undefined) return undefined
    const { name, role, ended: until } = maker
    return this.sessions.open({ name, role, until })
  }

  /** A session for the user whose password this is. */
  async openByPassword(name: string, password: string): Promise<OpenedSession | undefined> {
    const user = this.#options.accounts.user(name)
    const isRight = await this.#options.passwords.isRight(password, user?.password)
    if (!isRight || user === undefined) return undefined
    const owner: SessionOwner = { name, role: user.role, account: user.mark }
    // The account may have been changed while the password was looked at.
    return this.#isCurrent(owner) ? this.sessions.open(owner) : undefined
  }

  /** Accounts have changed: ends what was opened for those who may not any more. */
  recheck(): void {
    this.sessions.recheck()
    this.#tokens.recheck()
  }

  [Symbol.dispose](): void {
    this.sessions[Symbol.dispose]()
    this.#tokens[Symbol.dispose]()
  }

  #byKey(key: string, request: IncomingMessage): Caller | Refusal | Promise<Caller | Refusal> {
    // The key is for this machine: whoever has it elsewhere has it from a copy of the data folder.
    if (isSecretOf(key, this.#digest) && isFromHere(request)) return { ...local, via: 'key' }
    if (!this.#tokens.isOne(key)) return this.#refused()
    const found = this.#tokens.caller(key)
    if (found instanceof Promise) return found.then((caller) => caller ?? this.#refused())
    return found ?? this.#refused()
  }

  #bySession(
    request: IncomingMessage,
    port: number,
    isGuarded: boolean,
    shown: ShownTicket | undefined,
  ): Caller | Refusal {
    const cookie = cookieOf(request, port)
    if (cookie === undefined) return noKey
    const session = this.sessions.find(cookie)
    if (session === undefined) return sessionEnded
    if (shown !== undefined) return this.tickets.redeem(shown, session.caller) ? session.caller : wrongTicket
    if (isGuarded) {
      const { 'x-flotilla-session': secret, origin } = request.headers
      if (typeof secret !== 'string' || !this.sessions.isSecret(cookie, secret)) return noSecret
      // `originRefusal` has looked at the one that there is.
      if (origin === undefined && !onlyReads(request)) return noOrigin
    }
    return session.caller
  }

  #refused(): Refusal {
    const now = this.#options.clock.now()
    return this.#wrongKeys.take(now) ? wrongKey : tooManyKeys(this.#wrongKeys.waitMs(now))
  }

  #isCurrent({ name, account }: SessionOwner): boolean {
    return account === undefined || this.#options.accounts.user(name)?.mark === account
  }
}

/** No browser can open a socket of the file system, so such a request came through something that passes it on. */
function isOfBrowser({ headers }: IncomingMessage): boolean {
  const names = ['origin', 'sec-fetch-site', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via']
  return names.some((name) => headers[name] !== undefined)
}

/** Nobody elsewhere can hold a conversation under an address of this machine. */
function isFromHere({ socket: { remoteAddress, localAddress } }: IncomingMessage): boolean {
  if (remoteAddress === undefined) return false
  const address = remoteAddress.replace(/^::ffff:/i, '')
  return remoteAddress === localAddress || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'))
}
