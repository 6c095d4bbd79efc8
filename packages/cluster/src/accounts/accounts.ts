import type { Crypto } from '@flotilla/core/crypto'
import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Network } from '@flotilla/core/network'
import { silentLogger, type Logger } from '@flotilla/core/observe'
import type { Clock, WallMillis } from '@flotilla/core/time'
import { clusterDefaults } from '../config.ts'
import { DurableRecord } from '../durable-record.ts'
import type { ClusterStore } from '../ports.ts'
import { fromRecord } from '../records.ts'
import { AccountBook, bookCodec, type BookState } from './account-book.ts'
import { AccountsDriver, type AccountsHost } from './accounts-driver.ts'
import { accountLimits } from './config.ts'
import {
  isAccountName,
  signedEntry,
  type AccountEntry,
  type AccountIssuer,
  type AccountRole,
  type TokenEntry,
  type UserEntry,
} from './entry.ts'

export interface AccountsOptions {
  readonly store: ClusterStore
  readonly crypto: Crypto
  readonly clock: Clock
  readonly logger?: Logger
  /** This machine itself: it vouches for accounts while it is in no cluster. Its `scope` is its id. */
  readonly own: AccountIssuer
  /** The cluster that it is in; undefined in none. Asked again and again: `sign` comes and goes with the authority. */
  readonly cluster: () => AccountIssuer | undefined
  /** Somebody may log in, or has a good token, who could not before; or the other way around. */
  readonly changed?: () => void
}

export interface AttachOptions {
  readonly network: Network
  /** Whether a peer is told of accounts, and believed. */
  readonly admits: (peer: NodeId) => boolean
}

/** Who may log in at the nodes of a cluster, and which API tokens are good there. What changes is durable at once. */
export class Accounts implements AccountsHost {
  readonly #options: AccountsOptions
  readonly #logger: Logger
  readonly #record: DurableRecord
  #book: AccountBook
  #driver: AccountsDriver | undefined

  private constructor(options: AccountsOptions) {
    this.#options = options
    this.#logger = options.logger ?? silentLogger
    this.#book = new AccountBook(options.crypto, this.issuer)
    this.#record = new DurableRecord(options.store, 'accounts', () => this.#book.record())
  }

  /** Reads what there is, and throws `damaged` rather than to begin anew: a removed user would come back with that. */
  static async open(options: AccountsOptions): Promise<Accounts> {
    const accounts = new Accounts(options)
    const bytes = await options.store.load('accounts')
    if (bytes !== undefined) await accounts.#load(bytes)
    return accounts
  }

  /** Who vouches for accounts now. */
  get issuer(): AccountIssuer {
    return this.#options.cluster() ?? this.#options.own
  }

  user(name: string): UserEntry | undefined {
    return this.#book.user(name)
  }

  users(): readonly UserEntry[] {
    return this.#book.users().toSorted((one, other) => (one.name < other.name ? -1 : 1))
  }

  token(id: string): TokenEntry | undefined {
    return this.#book.token(id)
  }

  /** Those that are good, the newest first. */
  tokens(): readonly TokenEntry[] {
    const now = this.#options.clock.wallNow()
    return this.#book
      .tokens()
      .filter(({ until }) => until > now)
      .toSorted((one, other) => other.changedAt - one.changedAt)
  }

  /** Adds a user, or changes one: whatever is left out stays as it is. */
  async setUser(name: string, change: { readonly role?: AccountRole; readonly password?: string }): Promise<void> {
    checkName(name)
    const known = this.#book.user(name)
    // One that was removed is a stranger, but the new entry has to come after that.
    const last = this.#book.about({ type: 'removed-user', name, changedAt: 0 as WallMillis })
    const role = change.role ?? known?.role
    const password = change.password ?? known?.password
    if (role === undefined || password === undefined) throw noUser(name)
    if (known === undefined) this.#checkRoom('user', last === undefined)
    await this.#write({ type: 'user', name, role, password, changedAt: this.#after(last) })
  }

  async removeUser(name: string): Promise<void> {
    const known = this.#book.user(name)
    if (known === undefined) throw noUser(name)
    await this.#write({ type: 'removed-user', name, changedAt: this.#after(known) })
  }

  /** From now on a token of this number is good; whoever asks makes the token itself, by `sign`. */
  async addToken(token: Pick<TokenEntry, 'id' | 'name' | 'role' | 'until'>): Promise<TokenEntry> {
    checkName(token.name)
    const { tokenMsMax } = accountLimits
    const { id, name, role, until } = token
    const now = this.#options.clock.wallNow()
    if (until <= now || until > now + tokenMsMax) {
      throw new FlotillaError('wrong-field', 'a token cannot be good until then', {
        hint: `let it end in the next ${tokenMsMax / 86_400_000} days`,
      })
    }
    this.#checkRoom('token', true)
    const entry: TokenEntry = { type: 'token', id, name, role, until, changedAt: now }
    await this.#write(entry)
    return entry
  }

  async revokeToken(id: string): Promise<void> {
    const token = this.#book.token(id)
    if (token === undefined) {
      throw new FlotillaError('not-found', 'there is no such token', {
        hint: '`flotilla token ls` shows those there are',
      })
    }
    await this.#write({ type: 'revoked-token', id, until: token.until, changedAt: this.#after(token) })
  }

  /** In the name of who vouches for accounts; throws `not-the-authority` where its key is not. */
  sign(message: Uint8Array): Uint8Array {
    const { sign } = this.issuer
    if (sign !== undefined) return sign(message)
    throw new FlotillaError('not-the-authority', 'users and tokens are changed where the authority of the cluster is', {
      hint: 'do it where `flotilla init` was run, or the authority was imported; all others hear of it at once',
    })
  }

  /**
   * To be called when this machine has come into a cluster. `hasMade`: it has made that cluster just now, and its users
   * are those of the cluster; else those of the cluster count and no others.
   */
  async begin({ hasMade }: { readonly hasMade: boolean }): Promise<void> {
    const { issuer } = this
    const before = this.#book
    if (before.issuer.scope === issuer.scope) return
    this.#book = new AccountBook(this.#options.crypto, issuer)
    if (hasMade && issuer.sign !== undefined) this.#signAnew(before.all(), issuer.sign)
    else if (before.users().length > 0) {
      this.#logger.warn({ users: before.users().length }, 'the users of this machine do not count in its cluster')
    }
    this.#record.changed()
    await this.#record.persist()
    this.#options.changed?.()
  }

  /** Has all members know the same accounts, until disposed. */
  attach({ network, admits }: AttachOptions): AsyncDisposable {
    const { clock } = this.#options
    const settings = clusterDefaults
    const driver = new AccountsDriver({ network, clock, logger: this.#logger, settings, host: this, admits })
    this.#driver = driver
    return {
      [Symbol.asyncDispose]: async () => {
        if (this.#driver === driver) this.#driver = undefined
        await driver[Symbol.asyncDispose]()
      },
    }
  }

  state(): BookState {
    return this.#book.state
  }

  page(after: string): ReturnType<AccountBook['page']> {
    return this.#book.page(after)
  }

  adopt(entries: readonly Uint8Array[]): boolean {
    const now = this.#options.clock.wallNow()
    let hadNews = false
    try {
      for (const entry of entries) if (this.#book.offer(entry, now)) hadNews = true
    } finally {
      if (hadNews) this.#changed()
    }
    return hadNews
  }

  async tidy(): Promise<void> {
    if (this.#book.prune(this.#options.clock.wallNow())) this.#changed()
    await this.#record.persist()
  }

  async #load(bytes: Uint8Array): Promise<void> {
    const { own, crypto, clock } = this.#options
    const { scope, entries } = fromRecord('accounts', () => bookCodec.decode(bytes))
    const { issuer } = this
    // A machine that died while it came into a cluster has still its own, and `begin` sees to that.
    const isOwn = scope === own.scope && scope !== issuer.scope
    if (scope !== issuer.scope && !isOwn) {
      throw new FlotillaError(
        'damaged',
        `the record "accounts" of this member is of ${scope}, not of ${issuer.scope}`,
        {
          hint: 'restore the records of the cluster that were kept together',
        },
      )
    }
    if (isOwn) this.#book = new AccountBook(crypto, own)
    const now = clock.wallNow()
    for (const entry of entries) fromRecord('accounts', () => this.#book.offer(entry, now))
    if (isOwn) await this.begin({ hasMade: false })
  }

  /** Durable when this resolves. */
  async #write(entry: AccountEntry): Promise<void> {
    const { scope } = this.issuer
    const signed = signedEntry(scope, entry, (message) => this.sign(message))
    this.#book.offer(signed.bytes, this.#options.clock.wallNow())
    this.#record.changed()
    await this.#record.persist()
    this.#options.changed?.()
    this.#driver?.changed()
  }

  #changed(): void {
    this.#record.changed()
    this.#options.changed?.()
    this.#driver?.changed()
  }

  #signAnew(entries: readonly AccountEntry[], sign: (message: Uint8Array) => Uint8Array): void {
    const { scope } = this.issuer
    const now = this.#options.clock.wallNow()
    // Tokens say who has signed them, so those of before are worth nothing.
    const users = entries.filter((entry) => entry.type === 'user' || entry.type === 'removed-user')
    for (const user of users) this.#book.offer(signedEntry(scope, user, sign).bytes, now)
  }

  /** Later than what is known, however wrong the clock of some copy of the authority was. */
  #after(known: AccountEntry | undefined): WallMillis {
    return Math.max(this.#options.clock.wallNow(), (known?.changedAt ?? 0) + 1) as WallMillis
  }

  /** `isNew`: nothing was ever known of that name. */
  #checkRoom(type: 'user' | 'token', isNew: boolean): void {
    const { usersMax, tokensMax, userNamesMax, tokenIdsMax } = accountLimits
    const { userNames, tokenIds } = this.#book.counts()
    const [count, most, ever, everMax] =
      type === 'user'
        ? [this.#book.users().length, usersMax, userNames, userNamesMax]
        : [this.tokens().length, tokensMax, tokenIds, tokenIdsMax]
    if (count < most && (!isNew || ever < everMax)) return
    const message = `there are ${count} ${type}s, and ${ever} with those that were removed`
    const hint = `there can be ${most}, and ${everMax} with those: remove some, or take a name of one that was removed`
    throw new FlotillaError('overloaded', message, { hint })
  }
}

function checkName(name: string): void {
  if (isAccountName(name)) return
  const hint = `use 1 to ${accountLimits.nameLengthMax} of a-z, 0-9, ".", "_", "@" and "-", a letter or digit first`
  throw new FlotillaError('wrong-field', `${JSON.stringify(name.slice(0, 64))} is no name of an account`, { hint })
}

function noUser(name: string): FlotillaError {
  return new FlotillaError('not-found', `there is no user ${JSON.stringify(name.slice(0, 64))}`, {
    hint: '`flotilla user ls` shows those there are; to add one takes a role and a password',
  })
}
