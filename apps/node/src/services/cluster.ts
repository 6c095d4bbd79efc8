import type { CertificateFacts, Role } from '@flotilla/certificates'
import { openClusterMember, type ClusterMember } from '@flotilla/cluster'
import { nodeFileStore, nodePassphraseCipher } from '@flotilla/cluster/node'
import { FlotillaError } from '@flotilla/core/errors'
import { parseNodeId, type NodeId } from '@flotilla/core/ids'
import type { Gauge } from '@flotilla/core/observe'
import { openDoor, type Door } from '@flotilla/transport/node'
import type { ClusterPlace, InvitationAnswer } from './answers.ts'
import type { ClusterControl, RevokedAnswer } from './cluster-control.ts'
import { meshAddressText, type MeshAddress } from './mesh-address.ts'
import { chosenNode } from './node-choice.ts'
import { noCluster, type Service, type ServiceParts } from './service.ts'

export interface ClusterServiceOptions extends ServiceParts {
  /** Where the records of the cluster are: as secret as the key. */
  readonly clusterFolder: string
  readonly secretKey: Uint8Array
  /** This node has joined through that one; told before `onBegun`. */
  readonly onInviter: (inviter: Inviter) => void
  /** This node is about to make a cluster. What it throws keeps it from that. */
  readonly onMaking: () => Promise<void>
  /** What this node names content by already, for the cluster that it makes. */
  readonly ownSecret: () => Promise<Uint8Array>
  /** This node is about to come into a cluster that others have made. What it throws keeps it from that. */
  readonly onJoining: () => Promise<void>
  /** That has come to an end, whichever. */
  readonly onJoiningEnded: () => void
  /** This node is in a cluster now. What it throws is told to whoever made it so. */
  readonly onBegun: () => Promise<void>
  readonly onIdentityChanged: () => void
  readonly onRevocationsChanged: () => void
  /** Where newcomers reach this node, best first. */
  readonly addresses: () => readonly MeshAddress[]
  /** Everybody whom somebody may name. */
  readonly known: () => readonly { readonly id: NodeId; readonly name: string }[]
}

/** Whom a newcomer knows before anybody else. */
export interface Inviter {
  readonly facts: CertificateFacts
  readonly address: MeshAddress
}

/** The door of a node at which newcomers knock, by its name in TLS. */
const joinDoor = 'flotilla-join/1'
/** As many as a token can carry. */
const tokenAddressesMax = 4

/** Being in a cluster: the authority, invitations, the certificate of this node. */
export class ClusterService implements Service, ClusterControl {
  readonly routes: Service['routes'] = []
  readonly #options: ClusterServiceOptions
  readonly #member: ClusterMember
  readonly #expiry: Gauge<never>
  readonly #revoked: Gauge<never>
  readonly #closing = new AbortController()
  #isChanging = false

  private constructor(options: ClusterServiceOptions, member: ClusterMember) {
    const { metrics } = options
    this.#options = options
    this.#member = member
    const gauge = (name: string, help: string): Gauge<never> => metrics.gauge<never>({ name, help, labelNames: [] })
    this.#expiry = gauge('flotilla_cluster_certificate_expires_seconds', 'When, in seconds since 1970; 0 for none.')
    this.#revoked = gauge('flotilla_cluster_revocations', 'Entries of the list of those who are out for good.')
  }

  static async open(options: ClusterServiceOptions): Promise<ClusterService> {
    const { clock, crypto, entropy, secretKey, clusterFolder, onIdentityChanged, onRevocationsChanged } = options
    const logger = options.logger.child({ part: 'cluster' })
    const member = await openClusterMember({
      store: await nodeFileStore({ folder: clusterFolder }),
      crypto,
      entropy,
      clock,
      secretKey,
      cipher: nodePassphraseCipher(),
      logger,
      identityChanged() {
        logger.info({ notAfter: dateText(member.facts) }, 'this node has another certificate')
        onIdentityChanged()
      },
      revocationsChanged() {
        logger.warn({}, 'the list of those who are out for good has changed')
        onRevocationsChanged()
      },
    })
    return new ClusterService(options, member)
  }

  /** Undefined in no cluster. */
  get member(): ClusterMember | undefined {
    return this.#member.state === 'none' ? undefined : this.#member
  }

  /** For the mesh to serve. */
  doors(): Readonly<Record<string, Door>> {
    const { logger } = this.#options
    return {
      [joinDoor]: async (stream, from) => {
        logger.info({ from: meshAddressText(from) }, 'somebody knocks to join')
        try {
          await this.#member.serveDoor(stream, { signal: this.#closing.signal })
        } catch (error) {
          if (!(error instanceof FlotillaError)) throw error
          logger.warn({ from: meshAddressText(from), reason: error.message }, 'a newcomer was not served')
        }
      },
    }
  }

  place(): ClusterPlace | undefined {
    const { facts } = this.member ?? {}
    if (facts === undefined) return undefined
    const { cluster, role, name, serial, notBefore, notAfter } = facts
    const certificate = { serial, notBefore: isoText(notBefore), notAfter: isoText(notAfter) }
    return { id: cluster, role, name, authorityHeld: this.#member.state === 'authority', certificate }
  }

  async init(): Promise<void> {
    const { settings, onMaking, ownSecret } = this.#options
    await this.#change(async () => {
      if (this.member === undefined) await onMaking()
      await this.#member.init({ name: settings.name, secret: await ownSecret() })
    })
    this.#options.logger.info({ cluster: this.place()?.id }, 'made a cluster, and holds its authority')
  }

  async join(token: string): Promise<void> {
    const { clock, settings, logger, onInviter } = this.#options
    await this.#change(async () => {
      let inviter: Inviter | undefined
      if (this.member === undefined) await this.#options.onJoining()
      await this.#member.join({
        token,
        name: settings.name,
        async open(address, options) {
          const door = await openDoor(address, joinDoor, { ...options, clock })
          inviter = { facts: door.node, address }
          return door
        },
        signal: this.#closing.signal,
      })
      if (inviter !== undefined) onInviter(inviter)
    })
    logger.info({ cluster: this.place()?.id }, 'joined a cluster')
  }

  async invite({ ttlMs, role }: { readonly ttlMs: number; readonly role: Role }): Promise<InvitationAnswer> {
    if (this.member === undefined) throw noCluster()
    const addresses = this.#options.addresses().slice(0, tokenAddressesMax)
    const { token, expiresAt } = await this.#member.invite({ ttlMs, role, addresses })
    const invitation = { role, expiresAt: isoText(expiresAt), addresses: addresses.map(meshAddressText) }
    this.#options.logger.info(invitation, 'gave out an invitation')
    return { token, ...invitation }
  }

  async rotate(): Promise<void> {
    if (this.member === undefined) throw noCluster()
    await this.#member.rotate()
  }

  async revoke({ node, reason }: { readonly node: string; readonly reason: string }): Promise<RevokedAnswer> {
    if (this.member === undefined) throw noCluster()
    const { id, name } = this.#meant(node)
    if (id === this.#member.id) {
      throw new FlotillaError('own-identity', 'this is the node itself that would be thrown out', {
        hint: 'move the authority to another node first, and revoke this one there',
      })
    }
    await this.#member.revoke(id, reason)
    this.#options.logger.warn({ id, name, reason }, 'threw a node out for good, as told')
    return { id, name, listNumber: this.#member.revocationListNumber }
  }

  async exportAuthority(passphrase: string): Promise<Uint8Array> {
    if (this.member === undefined) throw noCluster()
    const file = await this.#member.exportAuthority(passphrase)
    this.#options.logger.warn({}, 'gave out the authority of the cluster, encrypted, as told')
    return file
  }

  async importAuthority(file: Uint8Array, passphrase: string): Promise<void> {
    const { name } = this.#options.settings
    await this.#change(async () => {
      if (this.member === undefined) await this.#options.onJoining()
      await this.#member.importAuthority(file, { passphrase, name })
    })
    this.#options.logger.warn({ cluster: this.place()?.id }, 'holds the authority of the cluster now, as told')
  }

  measure(): void {
    this.#expiry.set({}, Math.floor((this.member?.facts?.notAfter ?? 0) / 1_000))
    this.#revoked.set({}, this.member?.revocations().length ?? 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new FlotillaError('closed', 'the node stops'))
    await this.#member[Symbol.asyncDispose]()
  }

  /** One change of what this node is at a time; where it brings the node into a cluster, that begins. */
  async #change(change: () => Promise<void>): Promise<void> {
    if (this.#isChanging) {
      throw new FlotillaError('busy', 'this node is making or joining a cluster already', { hint: 'wait for that' })
    }
    this.#isChanging = true
    try {
      const before = this.member
      await change()
      if (before === undefined) await this.#options.onBegun()
    } finally {
      this.#options.onJoiningEnded()
      this.#isChanging = false
    }
  }

  /** A whole id is taken even where nobody has heard of it: whom to throw out may have been away for long. */
  #meant(node: string): { readonly id: NodeId; readonly name: string } {
    const known = this.#options.known()
    const id = idIn(node)
    return known.find((other) => other.id === id) ?? (id === undefined ? chosenNode(node, known) : { id, name: '' })
  }
}

function idIn(text: string): NodeId | undefined {
  try {
    return parseNodeId(text)
  } catch (error) {
    if (error instanceof FlotillaError) return undefined
    throw error
  }
}

function isoText(wallMs: number): string {
  return new Date(wallMs).toISOString()
}

function dateText(facts: CertificateFacts | undefined): string {
  return facts === undefined ? '' : isoText(facts.notAfter)
}
