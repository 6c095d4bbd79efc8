import type { UserRole } from '../caller.ts'

export interface KnownUser {
  readonly name: string
  readonly role: UserRole
  /** Its hash: see `Passwords`. */
  readonly password: string
  /** Another one after each change of the account. */
  readonly mark: string
}

export interface KnownToken {
  readonly id: string
  readonly name: string
  readonly role: UserRole
  /** In milliseconds since 1970. */
  readonly until: number
}

/** Who may log in and which tokens are good, as far as this node has heard. */
export interface AccountsView {
  /** Who signs tokens: the cluster's authority; in no cluster, the node itself. */
  issuer(): { readonly id: string; readonly publicKey: Uint8Array }
  user(name: string): KnownUser | undefined
  token(id: string): KnownToken | undefined
}
