import {
  checkCertificate,
  readAuthority,
  readCertificate,
  type AuthorityFacts,
  type CertificateFacts,
} from '@flotilla/certificates'
import type { Crypto } from '@flotilla/core/crypto'
import { nodeIdFromPublicKey } from '@flotilla/core/ids'
import type { WallMillis } from '@flotilla/core/time'
import { equalInConstantTime } from './byte-string.ts'
import type { ChannelAnswer, RenewalRefusal } from './channel-messages.ts'
import { DurableRecord } from './durable-record.ts'
import type { ClusterStore } from './ports.ts'
import { fromRecord, memberBytes } from './records.ts'
import { clusterError } from './refusal.ts'
import { RevocationBook } from './revocation-book.ts'

export interface MembershipOptions {
  readonly store: ClusterStore
  readonly crypto: Crypto
  readonly secretKey: Uint8Array
  /** The authority's certificate in DER. */
  readonly authority: Uint8Array
  readonly certificate: Uint8Array
  /** Of the cluster, where it is known here. */
  readonly secret: Uint8Array | undefined
  readonly revocations: Uint8Array | undefined
}

/** What every member has: a certificate, and the list of those who must not be in. */
export class HeldMembership {
  readonly authority: Uint8Array
  readonly authorityFacts: AuthorityFacts
  readonly book: RevocationBook
  readonly revocationsRecord: DurableRecord
  readonly #store: ClusterStore
  readonly #crypto: Crypto
  #certificate: Uint8Array
  #facts: CertificateFacts
  #secret: Uint8Array | undefined

  /** Throws `damaged` unless the certificate is for this key and of this authority. To have expired is no damage. */
  constructor(options: MembershipOptions) {
    const { store, crypto, secretKey, authority, certificate, secret, revocations } = options
    this.#store = store
    this.#crypto = crypto
    this.authority = authority
    this.#certificate = certificate
    this.#secret = secret
    this.authorityFacts = fromRecord('member', () => readAuthority(crypto, authority))
    this.#facts = fromRecord('member', () => {
      const { notAfter } = readCertificate(crypto, certificate)
      return checkCertificate({ crypto, authority: this.authorityFacts, certificate, now: notAfter })
    })
    if (this.#facts.id !== nodeIdFromPublicKey(crypto, crypto.ed25519.publicKey(secretKey))) {
      throw clusterError(
        'damaged',
        `the certificate of this machine is for ${this.#facts.id}, which is not its key's id`,
        'restore the key file that belongs to it, or let the machine join anew in an empty folder',
      )
    }
    this.book = fromRecord('revocations', () => new RevocationBook(crypto, this.authorityFacts, revocations))
    this.revocationsRecord = new DurableRecord(store, 'revocations', () => this.book.bytes ?? new Uint8Array(0))
  }

  get certificate(): Uint8Array {
    return this.#certificate
  }

  get facts(): CertificateFacts {
    return this.#facts
  }

  get secret(): Uint8Array | undefined {
    return this.#secret
  }

  /** Whoever comes to hold the authority knows the secret from it; it is durable with the next `save`. */
  learn(secret: Uint8Array): void {
    if (this.#secret !== undefined && !equalInConstantTime(this.#secret, secret)) {
      throw clusterError(
        'damaged',
        'this member and the authority that it keeps do not know the same secret of the cluster',
        'restore a backup of the records "member" and "authority" that were kept together',
      )
    }
    this.#secret = secret
  }

  async save(): Promise<void> {
    await this.#save(this.#certificate)
  }

  /** Takes the new certificate over once it is durable. Throws a `ProtocolError` if it is not ours. */
  async replace(certificate: Uint8Array, wallNow: WallMillis): Promise<void> {
    const now = wallNow
    const facts = checkCertificate({ crypto: this.#crypto, authority: this.authorityFacts, certificate, now })
    const { id, role, notAfter } = this.#facts
    if (facts.id !== id || facts.role !== role || facts.notAfter < notAfter) {
      throw clusterError(
        'wrong-field',
        'the new certificate is not one in place of ours',
        'look at who holds the authority',
      )
    }
    await this.#save(certificate)
    this.#certificate = certificate
    this.#facts = facts
  }

  async #save(certificate: Uint8Array): Promise<void> {
    const { authority } = this
    await this.#store.save('member', memberBytes({ authority, certificate, secret: this.#secret }))
  }
}

/** The certificate in the answer; throws what the holder of the authority says against it. */
export function renewedCertificate(answer: ChannelAnswer): Uint8Array {
  if (answer.type === 'renewed') return answer.certificate
  const reason: RenewalRefusal = answer.type === 'refused' ? answer.reason : 'not-the-authority'
  throw clusterError('not-the-authority', sentences[reason], 'see the log of the machine that holds the authority')
}

const sentences: Readonly<Record<RenewalRefusal, string>> = {
  'not-the-authority': 'the machine that was asked for a new certificate does not hold the authority',
  'not-yours': 'a new certificate is given for the old one of the same machine only',
  revoked: 'this machine was revoked, so its certificate is not renewed',
  'not-valid': 'the certificate of this machine is not valid any more, so it is not renewed: join anew',
}
