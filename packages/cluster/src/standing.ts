import type { CertificateFacts } from '@flotilla/certificates'
import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { AccountIssuer } from './accounts/entry.ts'
import { AuthorityOffice } from './authority-office.ts'
import type { ChannelHost, RenewalQuestion } from './channel-driver.ts'
import type { ChannelAnswer } from './channel-messages.ts'
import type { ClusterMemberOptions } from './cluster-member.ts'
import type { ClusterSettings } from './config.ts'
import { HeldMembership, renewedCertificate } from './membership.ts'
import type { AuthorityRecord, MemberRecord } from './records.ts'
import { clusterError } from './refusal.ts'
import type { ListVersion } from './revocation-list.ts'

export interface StandingOptions extends ClusterMemberOptions {
  readonly logger: Required<ClusterMemberOptions>['logger']
  readonly complete: ClusterSettings
  /** Our list is another now. */
  readonly listChanged: () => void
}

/** An authority whose cluster has no member yet: its machine died before it had a certificate of its own. */
export interface Unfinished {
  readonly record: AuthorityRecord
  readonly revocations: Uint8Array | undefined
}

/** What this machine is in its cluster now, and what it does as such for others. */
export class Standing implements ChannelHost {
  readonly #options: StandingOptions
  #held: HeldMembership | undefined
  #office: AuthorityOffice | undefined
  #unfinished: Unfinished | undefined
  /** The list may lack somebody whom this authority has revoked. */
  #mayLack = false

  constructor(options: StandingOptions) {
    this.#options = options
  }

  get held(): HeldMembership | undefined {
    return this.#held
  }

  get office(): AuthorityOffice | undefined {
    return this.#office
  }

  get unfinished(): Unfinished | undefined {
    return this.#unfinished
  }

  hold(member: Pick<MemberRecord, 'authority' | 'certificate' | 'secret'>, list: Uint8Array | undefined): void {
    const { store, crypto, secretKey } = this.#options
    const revocations = list?.length === 0 ? undefined : list
    const { authority, certificate, secret } = member
    this.#held = new HeldMembership({ store, crypto, secretKey, revocations, authority, certificate, secret })
    this.#unfinished = undefined
  }

  holdUnfinished(unfinished: Unfinished): void {
    this.#unfinished = unfinished
  }

  holdAuthority(record: AuthorityRecord, invitations: Uint8Array | undefined): void {
    const { book, authorityFacts } = this.member()
    const office = new AuthorityOffice({
      ...this.#options,
      settings: this.#options.complete,
      book,
      record,
      invitations,
    })
    if (office.key.facts.cluster !== authorityFacts.cluster) {
      throw clusterError(
        'damaged',
        `this machine is a member of ${authorityFacts.cluster}, but keeps the authority of ${office.key.facts.cluster}`,
        'move the record "authority" away, to where that cluster is',
      )
    }
    this.member().learn(office.secret)
    this.#office = office
    this.#mayLack = true
  }

  dropAuthority(): void {
    this.#office = undefined
  }

  /** Throws `already-member` where it is one. */
  checkNone(): void {
    if (this.#held === undefined) return
    const { name, cluster } = this.#held.facts
    const hint = 'to leave it for another one, start in an empty folder, with a new key'
    throw clusterError('already-member', `this machine is ${name} of the cluster ${cluster} already`, hint)
  }

  member(): HeldMembership {
    if (this.#held !== undefined) return this.#held
    throw clusterError('not-a-member', 'this machine is in no cluster', 'use flotilla init or flotilla join')
  }

  holder(): AuthorityOffice {
    this.member()
    if (this.#office !== undefined) return this.#office
    throw clusterError(
      'not-the-authority',
      "this machine does not hold the cluster's authority",
      'do it where the authority is, or import the authority (flotilla authority import)',
    )
  }

  refusal(facts: CertificateFacts): string | undefined {
    const refusal = this.member().book.refusal(facts)
    if (refusal !== undefined || this.#office?.isRevoked(facts.id) !== true) return refusal
    return `${facts.name} (${facts.id}) was revoked`
  }

  /** Lists may have come from elsewhere that lack some of what this authority has revoked. */
  mergeRevoked(record: AuthorityRecord): void {
    this.holder().merge(record.revoked)
    this.#mayLack = true
  }

  get facts(): CertificateFacts {
    return this.member().facts
  }

  /** Who vouches for what counts in the whole cluster; only who holds the authority can sign as that. */
  issuer(): AccountIssuer {
    const { cluster: scope, publicKey } = this.member().authorityFacts
    const office = this.#office
    return { scope, publicKey, ...(office && { sign: (message) => office.key.sign(message) }) }
  }

  isAuthority(): boolean {
    return this.#office !== undefined
  }

  version(): ListVersion {
    return this.member().book.version
  }

  list(): Uint8Array | undefined {
    return this.member().book.bytes
  }

  adopt(list: Uint8Array): ListVersion {
    const { book, revocationsRecord } = this.member()
    const { isNew, version } = book.offer(list)
    if (!isNew) return version
    revocationsRecord.changed()
    this.#mayLack = true
    this.#options.revocationsChanged?.()
    this.#options.listChanged()
    return version
  }

  answerRenewal(from: NodeId, certificate: Uint8Array): ChannelAnswer {
    return this.#office?.renew(from, certificate) ?? { type: 'refused', reason: 'not-the-authority' }
  }

  async renew({ authorities, ask }: RenewalQuestion): Promise<void> {
    const held = this.member()
    const { clock } = this.#options
    if (this.#office !== undefined) {
      await held.replace(this.#office.key.issue(held.facts, clock.wallNow()), clock.wallNow())
      return this.#options.identityChanged?.()
    }
    let failure: Error = clusterError(
      'not-the-authority',
      'no machine that holds the authority is connected, so the certificate cannot be renewed',
      'start one, or import the authority (flotilla authority import)',
    )
    for (const authority of authorities) {
      try {
        await held.replace(renewedCertificate(await ask(authority, held.certificate)), clock.wallNow())
        return this.#options.identityChanged?.()
      } catch (error) {
        if (!(error instanceof FlotillaError)) throw error
        failure = error
      }
    }
    throw failure
  }

  async tidy(): Promise<void> {
    if (this.#mayLack && this.#office !== undefined) {
      this.#mayLack = false
      try {
        const list = this.#office.reconcile()
        // A list is given out once the authority will never forget who is on it.
        await this.#office.persist()
        if (list !== undefined) this.adopt(list)
      } catch (error) {
        this.#mayLack = true
        throw error
      }
    }
    await this.member().revocationsRecord.persist()
  }
}
