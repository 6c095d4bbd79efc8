import { Accounts, type AccountIssuer, type AccountRole } from '@flotilla/cluster'
import { nodeFileStore } from '@flotilla/cluster/node'
import { FlotillaError } from '@flotilla/core/errors'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'
import type { Network } from '@flotilla/core/network'
import type { Gauge } from '@flotilla/core/observe'
import type { WallMillis } from '@flotilla/core/time'
import type { AccountsView, KnownToken, KnownUser } from '../http/callers/accounts-view.ts'
import { tokenAudience, tokenType } from '../http/callers/api-tokens.ts'
import { Passwords } from '../http/callers/passwords.ts'
import { ownerName } from '../http/caller.ts'
import type { AnyRoute } from '../http/route.ts'
import { accountRoutes } from './account-routes.ts'
import type { TokenAnswer, TokensAnswer, UsersAnswer } from './account-answers.ts'
import { LookingRights, type Standings } from './looking-rights.ts'
import type { Service, ServiceParts } from './service.ts'

export interface AccountsServiceOptions extends ServiceParts {
  /** Where the records of the cluster are. */
  readonly clusterFolder: string
  readonly secretKey: Uint8Array
  readonly self: NodeId
  /** The cluster that this node is in; undefined in none. */
  readonly issuer: () => AccountIssuer | undefined
}

/** Users and API tokens: changed where the authority of the cluster is, known everywhere. */
export class AccountsService implements Service, AccountsView {
  readonly routes: readonly AnyRoute[]
  readonly passwords: Passwords
  readonly #options: AccountsServiceOptions
  readonly #accounts: Accounts
  readonly #listeners: Set<() => void>
  readonly #attached = new AsyncDisposableStack()
  readonly #users: Gauge<never>
  readonly #tokens: Gauge<never>

  private constructor(options: AccountsServiceOptions, accounts: Accounts, listeners: Set<() => void>) {
    const { metrics } = options
    this.#options = options
    this.#accounts = accounts
    this.#listeners = listeners
    this.passwords = new Passwords()
    this.routes = accountRoutes(this)
    const gauge = (name: string, help: string): Gauge<never> => metrics.gauge<never>({ name, help, labelNames: [] })
    this.#users = gauge('flotilla_node_users', 'Users who may log in at the nodes of the cluster.')
    this.#tokens = gauge('flotilla_node_api_tokens', 'API tokens that are good now.')
  }

  static async open(options: AccountsServiceOptions): Promise<AccountsService> {
    const { crypto, clock, clusterFolder, secretKey, issuer, self } = options
    const listeners = new Set<() => void>()
    const accounts = await Accounts.open({
      store: await nodeFileStore({ folder: clusterFolder }),
      crypto,
      clock,
      logger: options.logger.child({ part: 'accounts' }),
      own: {
        scope: nodeIdFromPublicKey(crypto, crypto.ed25519.publicKey(secretKey)),
        publicKey: crypto.ed25519.publicKey(secretKey),
        sign: (message) => crypto.ed25519.sign(secretKey, message),
      },
      cluster: issuer,
      changed: () => listeners.forEach((listener) => listener()),
    })
    return new AccountsService({ ...options, self }, accounts, listeners)
  }

  /** `listener` hears of every change, wherever it was made. */
  watch(listener: () => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  /** This node is in a cluster; `hasMade`: it has made it just now. */
  async settle({ hasMade }: { readonly hasMade: boolean }): Promise<void> {
    await this.#accounts.begin({ hasMade })
  }

  begin({ network, ...standings }: Standings & { readonly network: Network }): void {
    const rights = new LookingRights({ self: this.#options.self, allowed: () => 'own', standings: () => standings })
    this.#attached.use(this.#accounts.attach({ network, admits: rights.admits }))
  }

  issuer(): { readonly id: string; readonly publicKey: Uint8Array } {
    const { scope, publicKey } = this.#accounts.issuer
    return { id: scope, publicKey }
  }

  user(name: string): KnownUser | undefined {
    const user = this.#accounts.user(name)
    if (user === undefined) return undefined
    const { role, password, changedAt } = user
    return { name, role, password, mark: `${changedAt} ${role} ${password}` }
  }

  token(id: string): KnownToken | undefined {
    return this.#accounts.token(id)
  }

  users(): UsersAnswer {
    const users = this.#accounts.users().map(({ name, role, changedAt }) => ({ name, role, changedAt: iso(changedAt) }))
    return { canChange: this.#accounts.issuer.sign !== undefined, users }
  }

  tokens(): TokensAnswer {
    const tokens = this.#accounts
      .tokens()
      .map(({ id, name, role, until, changedAt }) => ({ id, name, role, until: iso(until), createdAt: iso(changedAt) }))
    return { canChange: this.#accounts.issuer.sign !== undefined, tokens }
  }

  async addUser(name: string, role: AccountRole, password: string): Promise<void> {
    checkName(name)
    if (this.#accounts.user(name) !== undefined) {
      throw new FlotillaError('exists', `there is a user ${name} already`, {
        hint: '`flotilla user password` and `flotilla user role` change one',
      })
    }
    this.#checkChangeable()
    await this.#accounts.setUser(name, { role, password: await this.passwords.hash(password) })
  }

  async setPassword(name: string, password: string): Promise<void> {
    this.#checkChangeable()
    await this.#accounts.setUser(name, { password: await this.passwords.hash(password) })
  }

  async setRole(name: string, role: AccountRole): Promise<void> {
    await this.#accounts.setUser(name, { role })
  }

  async removeUser(name: string): Promise<void> {
    await this.#accounts.removeUser(name)
  }

  /** The token itself is in this answer and nowhere else. */
  async createToken(name: string, role: AccountRole, ttlSeconds: number): Promise<TokenAnswer> {
    checkName(name)
    const { clock, entropy } = this.#options
    const issuedAt = Math.floor(clock.wallNow() / 1_000)
    const id = Buffer.from(entropy.bytes(16)).toString('hex')
    const until = ((issuedAt + ttlSeconds) * 1_000) as WallMillis
    this.#checkChangeable()
    const { id: issuer } = this.issuer()
    await this.#accounts.addToken({ id, name, role, until })
    const claims = {
      iss: issuer,
      aud: tokenAudience,
      sub: name,
      jti: id,
      role,
      iat: issuedAt,
      exp: issuedAt + ttlSeconds,
    }
    const signed = `${part({ alg: 'EdDSA', typ: tokenType })}.${part(claims)}`
    const signature = Buffer.from(this.#accounts.sign(new TextEncoder().encode(signed))).toString('base64url')
    return { token: `${signed}.${signature}`, id, name, role, until: iso(until) }
  }

  async revokeToken(id: string): Promise<void> {
    await this.#accounts.revokeToken(id)
  }

  measure(): void {
    this.#users.set({}, this.#accounts.users().length)
    this.#tokens.set({}, this.#accounts.tokens().length)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#attached.disposeAsync()
  }

  /** Before half a second is spent on a hash. */
  #checkChangeable(): void {
    if (this.#accounts.issuer.sign === undefined) this.#accounts.sign(new Uint8Array(0))
  }
}

/** In the audit log the owner of a machine and nobody else is called so. */
function checkName(name: string): void {
  if (name !== ownerName) return
  throw new FlotillaError('wrong-field', `${name} is what the owner of a machine is called`, {
    hint: 'take another name',
  })
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function iso(wallMs: number): string {
  return new Date(wallMs).toISOString()
}
