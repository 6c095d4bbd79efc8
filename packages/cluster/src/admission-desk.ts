import { isMemberName, type Role } from '@flotilla/certificates'
import type { Crypto } from '@flotilla/core/crypto'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'
import type { Entropy } from '@flotilla/core/random'
import type { WallMillis } from '@flotilla/core/time'
import type { AuthorityKey } from './authority-key.ts'
import { equalInConstantTime } from './byte-string.ts'
import { mayHaveSecret, sealedSecret } from './cluster-secret.ts'
import { clusterLimits, type ClusterSettings } from './config.ts'
import type { Invitation, InvitationTable } from './invitation-table.ts'
import type { Hello, HostProof, NewcomerProof, Refused, Welcome } from './join-messages.ts'
import type { Address } from './ports.ts'
import { agreementBytes, proofOf, tokenKey } from './proof.ts'
import { clusterError, type HostRefusal } from './refusal.ts'
import { checkAddresses, tokenLengths, writeToken, type JoinToken } from './token.ts'

export interface DeskOptions {
  readonly crypto: Crypto
  readonly entropy: Entropy
  readonly key: AuthorityKey
  readonly invitations: InvitationTable
  readonly settings: ClusterSettings
  /** Of the cluster. */
  readonly secret: Uint8Array
  readonly isRevoked: (id: NodeId) => boolean
  /** The present list, as bytes. */
  readonly revocations: () => Uint8Array | undefined
}

export interface InviteOptions {
  readonly role: Role
  /** Where newcomers find this machine. */
  readonly addresses: readonly Address[]
  /** 15 minutes by default. */
  readonly ttlMs?: number
}

export interface Invited {
  /** For the newcomer alone: whoever has it can join in its place. */
  readonly token: string
  /** To withdraw it by. */
  readonly id: Uint8Array
  readonly expiresAt: WallMillis
}

/**
 * Where invitations are given out and redeemed. Each call changes the table at once and says what to answer; the host
 * makes the table durable before the answer leaves.
 *
 * One token admits one key: the table says `used`, and by whom, before anybody else is looked at, and a crash either
 * forgets the use together with the certificate that never left, or keeps both.
 */
export class AdmissionDesk {
  readonly #options: DeskOptions

  constructor(options: DeskOptions) {
    this.#options = options
  }

  invite(wallNow: WallMillis, { role, addresses, ttlMs }: InviteOptions): Invited {
    const { crypto, entropy, key, invitations } = this.#options
    const lasting = ttlMs ?? clusterLimits.invitationTtlMsDefault
    checkAddresses(addresses)
    if (!(lasting >= 1_000 && lasting <= clusterLimits.invitationTtlMsMax)) {
      const most = `${clusterLimits.invitationTtlMsMax / 86_400_000} days`
      throw clusterError('wrong-field', `an invitation cannot last ${lasting} ms`, `let it last from 1 s to ${most}`)
    }
    const token: JoinToken = {
      authorityFingerprint: crypto.sha256(key.certificate),
      invitation: entropy.bytes(tokenLengths.invitation),
      secret: entropy.bytes(tokenLengths.secret),
      expiresAt: (Math.ceil((wallNow + lasting) / 1_000) * 1_000) as WallMillis,
      role,
      addresses,
    }
    const { invitation: id, expiresAt } = token
    const nobody = new Uint8Array(0)
    invitations.add(wallNow, {
      id,
      key: tokenKey(crypto, token),
      role,
      expiresAt,
      state: 'open',
      wrongProofs: 0,
      publicKey: nobody,
      certificate: nobody,
    })
    return { token: writeToken(crypto, token), id, expiresAt }
  }

  /** Returns whether it was still open. */
  withdraw(id: Uint8Array): boolean {
    const found = this.#options.invitations.find(id)
    if (found?.state !== 'open') return false
    this.#options.invitations.change({ ...found, state: 'withdrawn' })
    return true
  }

  /** The inviter proves itself first, to whoever names an invitation that can be used. */
  greet(wallNow: WallMillis, hello: Hello, exporter: Uint8Array): HostProof | Refused {
    const { crypto, key, invitations } = this.#options
    const invitation = invitations.find(hello.invitation)
    const refused = this.#refusal(wallNow, hello, invitation)
    if (refused !== undefined || invitation === undefined) return refused ?? no('unknown-token')
    const agreed = this.#agreed(hello, exporter)
    return {
      type: 'authority',
      certificate: key.certificate,
      proof: proofOf(crypto, invitation.key, agreed, 'inviter'),
    }
  }

  /** The newcomer's turn. What it is answered is true only once the table is durable. */
  admit(wallNow: WallMillis, hello: Hello, proven: NewcomerProof, exporter: Uint8Array): Welcome | Refused {
    const { crypto, key, invitations, isRevoked } = this.#options
    const invitation = invitations.find(hello.invitation)
    // Somebody else may have been admitted since the greeting.
    const refused = this.#refusal(wallNow, hello, invitation)
    if (refused !== undefined || invitation === undefined) return refused ?? no('unknown-token')
    const agreed = this.#agreed(hello, exporter)
    const proof = proofOf(crypto, invitation.key, agreed, 'newcomer')
    if (!equalInConstantTime(proof, proven.proof)) return this.#wrong(invitation, 'wrong-token')
    if (!crypto.ed25519.verify(hello.publicKey, agreed, proven.signature)) return this.#wrong(invitation, 'wrong-key')
    if (isRevoked(nodeIdFromPublicKey(crypto, hello.publicKey))) return no('revoked-key')
    if (invitation.state === 'used') return this.#welcome(invitation, invitation.certificate, agreed)
    const { publicKey, name } = hello
    const certificate = key.issue({ publicKey, name, role: invitation.role }, wallNow)
    invitations.change({ ...invitation, state: 'used', publicKey, certificate })
    return this.#welcome(invitation, certificate, agreed)
  }

  #refusal(wallNow: WallMillis, hello: Hello, invitation: Invitation | undefined): Refused | undefined {
    if (invitation === undefined) return no('unknown-token')
    if (invitation.state === 'burnt') return no('token-burnt')
    if (invitation.state === 'withdrawn') return no('token-withdrawn')
    if (invitation.state === 'used' && !equalInConstantTime(invitation.publicKey, hello.publicKey))
      return no('token-used')
    if (wallNow >= invitation.expiresAt) return no('token-expired')
    const aheadMs = Math.round(hello.wallMs - wallNow)
    if (Math.abs(aheadMs) > this.#options.settings.clockOffsetMsMax) return no('clock-off', aheadMs)
    return isMemberName(hello.name) ? undefined : no('wrong-name')
  }

  /** Who is wrong too often burns the invitation, unless somebody has used it already. */
  #wrong(invitation: Invitation, reason: HostRefusal): Refused {
    if (invitation.state !== 'open') return no(reason)
    const wrongProofs = invitation.wrongProofs + 1
    const isBurnt = wrongProofs >= this.#options.settings.wrongProofsMax
    this.#options.invitations.change({ ...invitation, wrongProofs, state: isBurnt ? 'burnt' : 'open' })
    return no(isBurnt ? 'token-burnt' : reason)
  }

  #agreed({ invitation, publicKey, name, wallMs }: Hello, exporter: Uint8Array): Uint8Array {
    const authority = this.#options.key.certificate
    return agreementBytes(this.#options.crypto, { exporter, invitation, authority, publicKey, name, wallMs })
  }

  #welcome({ key, role }: Invitation, certificate: Uint8Array, agreed: Uint8Array): Welcome {
    const { crypto, secret } = this.#options
    const revocations = this.#options.revocations()
    const isLong = revocations === undefined || revocations.length > clusterLimits.welcomeListBytesMax
    return {
      type: 'welcome',
      certificate,
      ...(isLong ? {} : { revocations }),
      ...(mayHaveSecret(role) ? { secret: sealedSecret(crypto, { key, agreed }, secret) } : {}),
    }
  }
}

function no(reason: HostRefusal, detail: number = 0): Refused {
  return { type: 'refused', reason, detail }
}
