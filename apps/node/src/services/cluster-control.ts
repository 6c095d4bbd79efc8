import type { Role } from '@flotilla/certificates'
import type { ClusterPlace, InvitationAnswer } from './answers.ts'

/** Being in a cluster, as the paths of the API need it. What is refused is a `FlotillaError`. */
export interface ClusterControl {
  /** Undefined where this node is in no cluster. */
  place(): ClusterPlace | undefined
  init(): Promise<void>
  join(token: string): Promise<void>
  invite(options: { readonly ttlMs: number; readonly role: Role }): Promise<InvitationAnswer>
  rotate(): Promise<void>
  /** Resolves with the number of the list that it is on. */
  revoke(options: { readonly node: string; readonly reason: string }): Promise<RevokedAnswer>
  exportAuthority(passphrase: string): Promise<Uint8Array>
  importAuthority(file: Uint8Array, passphrase: string): Promise<void>
}

export interface RevokedAnswer {
  readonly id: string
  readonly name: string
  readonly listNumber: number
}
