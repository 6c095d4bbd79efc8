import type { CertificateFacts } from '@flotilla/certificates'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'
import type { Network } from '@flotilla/core/network'
import { silentLogger } from '@flotilla/core/observe'
import { Prng } from '@flotilla/core/random'
import type { AccountIssuer } from './accounts/entry.ts'
import type { Invited, InviteOptions } from './admission-desk.ts'
import { AuthorityKey } from './authority-key.ts'
import { exportedAuthority, importedAuthority } from './authority-move.ts'
import { ChannelDriver } from './channel-driver.ts'
import {
  checkName,
  type ClusterMember,
  type ClusterMemberOptions,
  type ClusterState,
  type InvitationFacts,
  type InitOptions,
  type JoinOptions,
  type MemberIdentity,
} from './cluster-member.ts'
import { clusterSecretOf, givenOrDrawn } from './cluster-secret.ts'
import { validateClusterSettings } from './config.ts'
import { memberCredentials, type Credentials } from './credentials.ts'
import { invitationFacts, invitationId } from './invitation-facts.ts'
import { turnAway } from './join-driver.ts'
import { joinByToken } from './joining.ts'
import type { DoorPipe } from './ports.ts'
import { authorityCodec, fromRecord, memberBytes, memberCodec, recordVersion } from './records.ts'
import type { AuthorityFileContent } from './records.ts'
import { clusterError } from './refusal.ts'
import type { Revocation } from './revocation-list.ts'
import { Standing, type StandingOptions } from './standing.ts'

/** Reads what the store has, and throws `damaged` rather than to begin anew. */
export async function openClusterMember(options: ClusterMemberOptions): Promise<ClusterMember> {
  const { store } = options
  const names = ['member', 'authority', 'invitations', 'revocations'] as const
  const [member, authority, invitations, revocations] = await Promise.all(names.map((name) => store.load(name)))
  const opened = new OpenMember(options)
  const { standing } = opened
  const record = authority && fromRecord('authority', () => authorityCodec.decode(authority))
  if (member === undefined) {
    if (record !== undefined) standing.holdUnfinished({ record, revocations })
    return opened
  }
  standing.hold(
    fromRecord('member', () => memberCodec.decode(member)),
    revocations,
  )
  if (record !== undefined) standing.holdAuthority(record, invitations)
  return opened
}

class OpenMember implements ClusterMember {
  readonly id: NodeId
  readonly standing: Standing
  readonly #options: StandingOptions
  readonly #publicKey: Uint8Array
  #driver: ChannelDriver | undefined
  #isBusy = false

  constructor(options: ClusterMemberOptions) {
    const { crypto, secretKey } = options
    const complete = validateClusterSettings(options.settings)
    this.#options = { logger: silentLogger, ...options, complete, listChanged: () => this.#driver?.changed() }
    this.standing = new Standing(this.#options)
    this.#publicKey = crypto.ed25519.publicKey(secretKey)
    this.id = nodeIdFromPublicKey(crypto, this.#publicKey)
  }

  get state(): ClusterState {
    if (this.standing.held === undefined) return 'none'
    return this.standing.isAuthority() ? 'authority' : 'member'
  }

  get facts(): CertificateFacts {
    return this.standing.facts
  }

  async init({ name, secret }: InitOptions): Promise<void> {
    checkName(name)
    await this.#alone(async () => {
      this.standing.checkNone()
      const { store, clock, entropy } = this.#options
      const unfinished = this.standing.unfinished
      const key = unfinished
        ? new AuthorityKey({ ...this.#keyOptions(), ...unfinished.record })
        : AuthorityKey.draw(this.#keyOptions(), clock.wallNow())
      const { secretKey, certificate } = key
      const made = {
        version: recordVersion,
        secretKey,
        certificate,
        secret: givenOrDrawn(secret, entropy),
        revoked: [],
      }
      const record = unfinished?.record ?? made
      await store.save('authority', authorityCodec.encode(record))
      this.standing.holdUnfinished({ record, revocations: unfinished?.revocations })
      await this.#settle(key, name, { authority: record, revocations: unfinished?.revocations ?? new Uint8Array(0) })
      this.standing.holdAuthority(record, undefined)
    })
  }

  async join(options: JoinOptions): Promise<void> {
    await this.#alone(async () => {
      this.standing.checkNone()
      if (this.standing.unfinished !== undefined) {
        throw clusterError(
          'already-member',
          'this machine has begun to make a cluster of its own',
          'finish that (flotilla init), or join from an empty folder',
        )
      }
      const { store, crypto, clock, secretKey, complete: settings } = this.#options
      const joined = await joinByToken({ ...options, crypto, clock, secretKey, settings })
      const { revocations } = joined
      // The list goes first: once there is a member, it must not be without it.
      if (revocations !== undefined) await store.save('revocations', revocations)
      await store.save('member', memberBytes(joined))
      this.standing.hold(joined, revocations)
    })
  }

  identity(): MemberIdentity {
    const { certificate, authority } = this.standing.member()
    return { secretKey: this.#options.secretKey, certificate, authority }
  }

  get secret(): Uint8Array | undefined {
    return this.standing.member().secret?.slice()
  }

  credentials(): Credentials {
    const { crypto, secretKey, clock } = this.#options
    const held = this.standing.member()
    return memberCredentials({
      crypto,
      secretKey,
      self: this.id,
      authority: held.authorityFacts,
      wallNow: () => clock.wallNow(),
      certificate: () => held.certificate,
      refusal: (facts) => this.admission(facts),
    })
  }

  issuer(): AccountIssuer {
    return this.standing.issuer()
  }

  admission(facts: CertificateFacts): string | undefined {
    return this.standing.refusal(facts)
  }

  isRevoked(id: NodeId): boolean {
    return this.standing.member().book.isRevoked(id)
  }

  get revocationListNumber(): number {
    return this.standing.member().book.version.number
  }

  revocations(): readonly Revocation[] {
    return this.standing.member().book.all()
  }

  attach(network: Network): AsyncDisposable {
    this.standing.member()
    if (this.#driver !== undefined) {
      throw clusterError('wrong-setting', 'this member is attached to a network already', 'dispose of that first')
    }
    const { clock, logger, entropy, complete: settings } = this.#options
    const prng = new Prng(new DataView(entropy.bytes(4).buffer).getUint32(0))
    const driver = new ChannelDriver({ network, clock, logger, prng, settings, host: this.standing })
    this.#driver = driver
    return {
      [Symbol.asyncDispose]: async () => {
        if (this.#driver === driver) this.#driver = undefined
        await driver[Symbol.asyncDispose]()
      },
    }
  }

  async rotate(): Promise<void> {
    if (this.#driver !== undefined) return this.#driver.renewNow()
    const nobody = { type: 'refused', reason: 'not-the-authority' } as const
    return this.standing.renew({ authorities: [], ask: () => Promise.resolve(nobody) })
  }

  async invite(options: InviteOptions): Promise<Invited> {
    return this.standing.holder().invite(options)
  }

  invitations(): readonly InvitationFacts[] {
    const { crypto, clock } = this.#options
    const wallNow = clock.wallNow()
    const invitations = this.standing.holder().invitations()
    return invitations.map((invitation) => invitationFacts(crypto, invitation, wallNow))
  }

  async withdraw(id: string): Promise<boolean> {
    return this.standing.holder().withdraw(invitationId(id))
  }

  async revoke(id: NodeId, reason: string): Promise<void> {
    const office = this.standing.holder()
    if (id === this.id) {
      throw clusterError('wrong-field', 'this machine cannot revoke itself', 'move the authority to another one first')
    }
    this.standing.adopt(await office.revoke(id, reason))
    await this.standing.member().revocationsRecord.persist()
  }

  async exportAuthority(passphrase: string): Promise<Uint8Array> {
    const authority = this.standing.holder().record()
    const revocations = this.standing.list() ?? new Uint8Array(0)
    return exportedAuthority({ authority, revocations }, { ...this.#options, passphrase })
  }

  async importAuthority(
    file: Uint8Array,
    { passphrase, name = '' }: { readonly passphrase: string; readonly name?: string },
  ): Promise<void> {
    await this.#alone(async () => {
      const { store } = this.#options
      const { held, office } = this.standing
      const content = await importedAuthority(file, held?.authorityFacts.cluster, { ...this.#options, passphrase })
      const { authority: record, revocations } = content
      const key = new AuthorityKey({ ...this.#keyOptions(), ...record })
      if (held === undefined) {
        checkName(name)
        if (record.revoked.some(({ id }) => id === this.id)) {
          throw clusterError('already-revoked', "this machine's key was revoked in that cluster", 'use an empty folder')
        }
        if (revocations.length > 0) await store.save('revocations', revocations)
      }
      if (office === undefined) await store.save('authority', authorityCodec.encode(record))
      if (held === undefined) await this.#settle(key, name, content)
      if (office === undefined) this.standing.holdAuthority(record, undefined)
      else this.standing.mergeRevoked(record)
      if (revocations.length > 0) this.standing.adopt(revocations)
      await this.standing.tidy()
    })
  }

  async forgetAuthority(): Promise<void> {
    this.standing.holder()
    await this.#alone(async () => {
      // What only the authority has told this member until now must not go with it.
      await this.standing.member().save()
      await this.#options.store.remove('authority')
      this.standing.dropAuthority()
      await this.#options.store.remove('invitations')
    })
  }

  async serveDoor(pipe: DoorPipe, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { clock, logger, complete } = this.#options
    const { office } = this.standing
    if (office === undefined) {
      const refused = { type: 'refused', reason: 'not-the-authority', detail: 0 } as const
      return turnAway(pipe, { clock, joinMsMax: complete.joinMsMax, refused, ...(signal && { signal }) })
    }
    const served = await office.serve(pipe, signal)
    if (served.type === 'welcome') logger.info({}, 'a newcomer has joined')
    else logger.warn({ reason: served.reason }, 'a newcomer was refused')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#driver?.[Symbol.asyncDispose]()
    this.#driver = undefined
  }

  /** Makes this machine the first member, or the first again, of the cluster of this authority. */
  async #settle(key: AuthorityKey, name: string, content: AuthorityFileContent): Promise<void> {
    const { store, clock, crypto } = this.#options
    const certificate = key.issue({ publicKey: this.#publicKey, name, role: 'node' }, clock.wallNow())
    const member = { authority: key.certificate, certificate, secret: clusterSecretOf(crypto, content.authority) }
    await store.save('member', memberBytes(member))
    this.standing.hold(member, content.revocations)
  }

  async #alone(work: () => Promise<void>): Promise<void> {
    if (this.#isBusy)
      throw clusterError('overloaded', 'another change of the membership is under way', 'wait for its end')
    this.#isBusy = true
    try {
      await work()
    } finally {
      this.#isBusy = false
    }
  }

  #keyOptions(): Omit<ConstructorParameters<typeof AuthorityKey>[0], 'secretKey' | 'certificate'> {
    const { crypto, entropy, complete } = this.#options
    return { crypto, entropy, certificateValidityMs: complete.certificateValidityMs }
  }
}
