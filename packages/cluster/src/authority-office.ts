import type { CertificateFacts } from '@flotilla/certificates'
import type { Crypto } from '@flotilla/core/crypto'
import { ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { TokenBucket } from '@flotilla/core/machines'
import type { Logger } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import { AdmissionDesk, type Invited, type InviteOptions } from './admission-desk.ts'
import { AuthorityKey } from './authority-key.ts'
import type { ChannelAnswer } from './channel-messages.ts'
import { clusterSecretOf } from './cluster-secret.ts'
import type { ClusterSettings } from './config.ts'
import { DurableRecord } from './durable-record.ts'
import { InvitationTable, type Invitation } from './invitation-table.ts'
import { serveNewcomer, turnAway, type ServedNewcomer } from './join-driver.ts'
import type { ClusterStore, DoorPipe } from './ports.ts'
import { authorityCodec, fromRecord, recordVersion, type AuthorityRecord } from './records.ts'
import type { RevocationBook } from './revocation-book.ts'
import type { Revocation } from './revocation-list.ts'
import { Revoker } from './revoker.ts'

export interface OfficeOptions {
  readonly store: ClusterStore
  readonly crypto: Crypto
  readonly entropy: Entropy
  readonly clock: Clock
  readonly logger: Logger
  readonly settings: ClusterSettings
  readonly book: RevocationBook
  readonly record: AuthorityRecord
  readonly invitations: Uint8Array | undefined
}

/** Everything that only a holder of the authority does: inviting, admitting, renewing, revoking. */
export class AuthorityOffice {
  readonly key: AuthorityKey
  /** Of the cluster. */
  readonly secret: Uint8Array
  readonly #options: OfficeOptions
  readonly #revoker: Revoker
  readonly #table: InvitationTable
  readonly #desk: AdmissionDesk
  readonly #authorityRecord: DurableRecord
  readonly #invitationsRecord: DurableRecord
  readonly #knocks: TokenBucket

  constructor(options: OfficeOptions) {
    const { store, crypto, entropy, clock, settings, book, record, invitations } = options
    const { certificateValidityMs, knocksPerMinuteMax: knocksMax } = settings
    this.#options = options
    this.key = new AuthorityKey({ crypto, entropy, certificateValidityMs, ...record })
    this.secret = clusterSecretOf(crypto, record)
    this.#revoker = new Revoker({ key: this.key, book, certificateValidityMs, revoked: record.revoked })
    this.#table = fromRecord('invitations', () => new InvitationTable(settings.invitationsMax, invitations))
    this.#desk = new AdmissionDesk({
      crypto,
      entropy,
      settings,
      key: this.key,
      secret: this.secret,
      invitations: this.#table,
      isRevoked: (id) => this.#revoker.isRevoked(id),
      revocations: () => book.bytes,
    })
    this.#authorityRecord = new DurableRecord(store, 'authority', () => authorityCodec.encode(this.record()))
    this.#invitationsRecord = new DurableRecord(store, 'invitations', () => this.#table.record())
    const rate = { capacity: knocksMax, refillTokens: knocksMax, refillEveryMs: 60_000 }
    this.#knocks = new TokenBucket(rate, clock.now())
  }

  record(): AuthorityRecord {
    const { secretKey, certificate } = this.key
    return { version: recordVersion, secretKey, certificate, secret: this.secret, revoked: this.#revoker.ever() }
  }

  invitations(): readonly Invitation[] {
    return this.#table.all()
  }

  /** The token is given out once the authority will remember it. */
  async invite(options: InviteOptions): Promise<Invited> {
    const invited = this.#desk.invite(this.#options.clock.wallNow(), options)
    await this.#persistInvitations()
    return invited
  }

  async withdraw(id: Uint8Array): Promise<boolean> {
    const wasOpen = this.#desk.withdraw(id)
    await this.#persistInvitations()
    return wasOpen
  }

  async serve(pipe: DoorPipe, signal: AbortSignal | undefined): Promise<ServedNewcomer> {
    const { clock, settings } = this.#options
    const options = { clock, joinMsMax: settings.joinMsMax, ...(signal && { signal }) }
    if (!this.#knocks.take(clock.now())) {
      const detail = Math.ceil(this.#knocks.waitMs(clock.now()) / 1_000)
      const refused = { type: 'refused', reason: 'overloaded', detail } as const
      await turnAway(pipe, { ...options, refused })
      return refused
    }
    return serveNewcomer(pipe, { ...options, desk: this.#desk, persist: () => this.#persistInvitations() })
  }

  /** What a member hears that asks for a new certificate. Its connection has proven who it is. */
  renew(from: NodeId, certificate: Uint8Array): ChannelAnswer {
    const { clock } = this.#options
    const facts = this.#checked(certificate)
    if (facts === undefined) return { type: 'refused', reason: 'not-valid' }
    if (facts.id !== from) return { type: 'refused', reason: 'not-yours' }
    if (this.#revoker.isRevoked(from)) return { type: 'refused', reason: 'revoked' }
    return { type: 'renewed', certificate: this.key.issue(facts, clock.wallNow()) }
  }

  isRevoked(id: NodeId): boolean {
    return this.#revoker.isRevoked(id)
  }

  /** The new list, once this authority will never forget the revocation. */
  async revoke(id: NodeId, reason: string): Promise<Uint8Array> {
    const list = this.#revoker.revoke(this.#options.clock.wallNow(), id, reason)
    await this.persist()
    return list
  }

  /** To be called when the book has taken over a list; a new one if it lacked some of ours. */
  reconcile(): Uint8Array | undefined {
    const list = this.#revoker.reconcile(this.#options.clock.wallNow())
    this.#authorityRecord.changed()
    return list
  }

  /** Another copy of this authority has revoked these. */
  merge(revoked: readonly Revocation[]): void {
    this.#revoker.merge(revoked)
    this.#authorityRecord.changed()
  }

  async persist(): Promise<void> {
    this.#authorityRecord.changed()
    await this.#authorityRecord.persist()
  }

  async #persistInvitations(): Promise<void> {
    this.#invitationsRecord.changed()
    await this.#invitationsRecord.persist()
  }

  #checked(certificate: Uint8Array): CertificateFacts | undefined {
    try {
      return this.key.check(certificate, this.#options.clock.wallNow())
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#options.logger.debug({ err: error }, 'a certificate is not renewed')
      return undefined
    }
  }
}
