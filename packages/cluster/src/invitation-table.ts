import { certificateLimits, type Role } from '@flotilla/certificates'
import { array, bytes, createCodec, integer, literal, object, type Codec, type Schema } from '@flotilla/core/codec'
import type { WallMillis } from '@flotilla/core/time'
import { hexOf } from './byte-string.ts'
import { clusterLimits } from './config.ts'
import { clusterError } from './refusal.ts'
import { tokenLengths } from './token.ts'

/** `used` is for one key only, which may ask again. From the others there is no way back either. */
export type InvitationState = 'open' | 'used' | 'withdrawn' | 'burnt'

/** What is kept of an invitation. The token's secret is not. */
export interface Invitation {
  readonly id: Uint8Array
  /** What both sides derive from the token's secret. */
  readonly key: Uint8Array
  readonly role: Role
  readonly expiresAt: WallMillis
  readonly state: InvitationState
  readonly wrongProofs: number
  /** Who has used it; empty unless `used`. */
  readonly publicKey: Uint8Array
  /** What the user got; empty unless `used`. */
  readonly certificate: Uint8Array
}

const version = 1
/** Allowed by `validateClusterSettings`. */
const invitationsMax = 4_096

const schema: Schema<{ readonly version: number; readonly invitations: readonly Invitation[] }> = object({
  version: integer({ min: version, max: version }),
  invitations: array(
    object({
      id: bytes({ bytesMax: tokenLengths.invitation }),
      key: bytes({ bytesMax: 32 }),
      role: literal('node', 'agent', 'operator', 'replica'),
      expiresAt: integer<WallMillis>(),
      state: literal('open', 'used', 'withdrawn', 'burnt'),
      wrongProofs: integer({ max: 1_000 }),
      publicKey: bytes({ bytesMax: 32 }),
      certificate: bytes({ bytesMax: certificateLimits.certificateBytesMax }),
    }),
    { countMax: invitationsMax },
  ),
})
const codec: Codec<{ readonly version: number; readonly invitations: readonly Invitation[] }> = createCodec({
  name: 'record of invitations',
  schema,
})

/** The invitations of one authority, by id, oldest first. */
export class InvitationTable {
  readonly #countMax: number
  readonly #byId = new Map<string, Invitation>()

  constructor(countMax: number, record?: Uint8Array) {
    this.#countMax = countMax
    const invitations = record === undefined ? [] : codec.decode(record).invitations
    for (const invitation of invitations) this.#byId.set(hexOf(invitation.id), invitation)
  }

  record(): Uint8Array {
    return codec.encode({ version, invitations: this.all() })
  }

  all(): readonly Invitation[] {
    return [...this.#byId.values()]
  }

  find(id: Uint8Array): Invitation | undefined {
    return this.#byId.get(hexOf(id))
  }

  /** Throws `overloaded` when too many are open; finished ones make room. */
  add(wallNow: WallMillis, invitation: Invitation): void {
    this.#forget(wallNow)
    if (this.#byId.size >= this.#countMax) {
      throw clusterError(
        'overloaded',
        `there are ${this.#byId.size} invitations already (invitationsMax)`,
        'withdraw some, or wait until they expire',
      )
    }
    this.#byId.set(hexOf(invitation.id), invitation)
  }

  /** Puts the invitation in the place of the one with its id. */
  change(invitation: Invitation): void {
    this.#byId.set(hexOf(invitation.id), invitation)
  }

  /**
   * Forgets what was finished long ago, and sooner when there is no room: an unknown token is refused as well as a used
   * one, only with another sentence.
   */
  #forget(wallNow: WallMillis): void {
    for (const [id, { expiresAt }] of this.#byId) {
      if (expiresAt + clusterLimits.invitationKeptMs <= wallNow) this.#byId.delete(id)
    }
    for (const [id, { state, expiresAt }] of this.#byId) {
      if (this.#byId.size < this.#countMax) return
      if (state === 'withdrawn' || state === 'burnt' || expiresAt <= wallNow) this.#byId.delete(id)
    }
  }
}
