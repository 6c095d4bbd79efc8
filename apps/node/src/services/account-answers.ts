import type { AccountRole } from '@flotilla/cluster'

export interface UsersAnswer {
  /** Whether users and tokens can be changed on this node. */
  readonly canChange: boolean
  readonly users: readonly UserShown[]
}

interface UserShown {
  readonly name: string
  readonly role: AccountRole
  readonly changedAt: string
}

export interface TokensAnswer {
  readonly canChange: boolean
  readonly tokens: readonly TokenShown[]
}

interface TokenShown {
  readonly id: string
  readonly name: string
  readonly role: AccountRole
  readonly until: string
  readonly createdAt: string
}

/** A token, which nobody can be told again. */
export interface TokenAnswer {
  readonly token: string
  readonly id: string
  readonly name: string
  readonly role: AccountRole
  readonly until: string
}
