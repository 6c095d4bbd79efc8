import { checkCertificate, readAuthority } from '@flotilla/certificates'
import type { Crypto } from '@flotilla/core/crypto'
import { ProtocolError } from '@flotilla/core/errors'
import { nodeIdFromPublicKey } from '@flotilla/core/ids'
import type { WallMillis } from '@flotilla/core/time'
import { equalInConstantTime } from './byte-string.ts'
import { mayHaveSecret, openedSecret } from './cluster-secret.ts'
import type { HostMessage, HostProof, NewcomerMessage, Welcome } from './join-messages.ts'
import { agreementBytes, proofOf, tokenKey } from './proof.ts'
import { hostRefusalError, joinRefused, malformedJoin } from './refusal.ts'
import { readRevocations } from './revocation-list.ts'
import type { JoinToken } from './token.ts'

export interface NewcomerOptions {
  readonly crypto: Crypto
  readonly token: JoinToken
  readonly secretKey: Uint8Array
  readonly name: string
  /** Of the TLS session to the host. */
  readonly exporter: Uint8Array
  readonly wallNow: WallMillis
  readonly clockToleranceMs: number
}

/** What a newcomer has in the end. */
export interface Membership {
  /** The authority's, in DER. */
  readonly authority: Uint8Array
  /** The newcomer's own, in DER. */
  readonly certificate: Uint8Array
  readonly revocations: Uint8Array | undefined
  /** Of the cluster, for those who may have it. */
  readonly secret: Uint8Array | undefined
}

/**
 * The newcomer's side of joining. It believes nothing before the host has shown the authority's certificate that the
 * token names and has proven that it knows the token too; then it proves the same, and that it holds its own key.
 */
export class Newcomer {
  readonly #options: NewcomerOptions
  readonly #key: Uint8Array
  readonly #publicKey: Uint8Array
  /** Defined once the host is believed. */
  #believed: { readonly authority: Uint8Array; readonly agreed: Uint8Array } | undefined
  #membership: Membership | undefined
  #toSend: NewcomerMessage[]

  constructor(options: NewcomerOptions) {
    const { crypto, token, secretKey, name, wallNow } = options
    this.#options = options
    this.#key = tokenKey(crypto, token)
    this.#publicKey = crypto.ed25519.publicKey(secretKey)
    const { invitation } = token
    const wallMs = Math.max(0, Math.round(wallNow))
    this.#toSend = [{ type: 'hello', invitation, publicKey: this.#publicKey, name, wallMs }]
  }

  /** Defined when joining has succeeded. */
  get membership(): Membership | undefined {
    return this.#membership
  }

  /** Throws a `FlotillaError<JoinErrorCode>` when joining has failed. */
  step(message: HostMessage): void {
    if (this.#membership !== undefined) throw malformedJoin('it goes on after the end')
    switch (message.type) {
      case 'refused':
        throw hostRefusalError(message.reason, message.detail)
      case 'authority':
        return this.#believe(message)
      case 'welcome':
        this.#membership = this.#checked(message)
        return
    }
  }

  drain(): readonly NewcomerMessage[] {
    const toSend = this.#toSend
    this.#toSend = []
    return toSend
  }

  #believe({ certificate, proof }: HostProof): void {
    const { crypto, token, secretKey, name, exporter, wallNow } = this.#options
    if (this.#believed !== undefined) throw malformedJoin('it shows its authority twice')
    if (!equalInConstantTime(crypto.sha256(certificate), token.authorityFingerprint)) {
      throw joinRefused(
        'wrong-authority',
        'whoever answers is not of the cluster that the token is for',
        'do not trust that machine; or the token was tampered with: ask for a new one',
      )
    }
    const { invitation } = token
    const wallMs = Math.max(0, Math.round(wallNow))
    const terms = { exporter, invitation, authority: certificate, publicKey: this.#publicKey, name, wallMs }
    const agreed = agreementBytes(crypto, terms)
    if (!equalInConstantTime(proofOf(crypto, this.#key, agreed, 'inviter'), proof)) {
      throw joinRefused(
        'wrong-inviter',
        'whoever answers does not know the token, or the token was tampered with',
        'ask for a new invitation; if it happens again, somebody stands between the two machines',
      )
    }
    this.#believed = { authority: certificate, agreed }
    const signature = crypto.ed25519.sign(secretKey, agreed)
    this.#toSend.push({ type: 'proof', proof: proofOf(crypto, this.#key, agreed, 'newcomer'), signature })
  }

  #checked({ certificate, revocations, secret: sealed }: Welcome): Membership {
    const { crypto, token, wallNow, clockToleranceMs } = this.#options
    if (this.#believed === undefined) throw malformedJoin('it welcomes us before it has shown its authority')
    const { authority, agreed } = this.#believed
    try {
      const read = readAuthority(crypto, authority)
      const facts = checkCertificate({ crypto, authority: read, certificate, now: wallNow, clockToleranceMs })
      if (facts.id !== nodeIdFromPublicKey(crypto, this.#publicKey)) throw malformedJoin('the certificate is not ours')
      if (facts.role !== token.role) throw malformedJoin(`it makes us ${facts.role} instead of ${token.role}`)
      if (revocations !== undefined) readRevocations(crypto, read, revocations)
    } catch (error) {
      if (error instanceof ProtocolError) throw malformedJoin(error.message)
      throw error
    }
    return { authority, certificate, revocations, secret: this.#secret(agreed, sealed) }
  }

  /** The token says whether we shall know it; a host that sees that otherwise is not of our kind. */
  #secret(agreed: Uint8Array, sealed: Uint8Array | undefined): Uint8Array | undefined {
    const { crypto, token } = this.#options
    if (!mayHaveSecret(token.role)) {
      if (sealed === undefined) return undefined
      throw malformedJoin(`it hands the secret of the cluster over to a member of role ${token.role}`)
    }
    if (sealed === undefined) throw malformedJoin('it does not hand over the secret of the cluster')
    const secret = openedSecret(crypto, { key: this.#key, agreed }, sealed)
    if (secret === undefined) throw malformedJoin('the secret of the cluster was changed on the way')
    return secret
  }
}
