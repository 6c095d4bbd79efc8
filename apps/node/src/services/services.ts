import { join } from 'node:path'
import type { Disk } from '@flotilla/core/disk'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'
import { after } from '@flotilla/core/time'
import type { AccountIssuer } from '@flotilla/cluster'
import type { Admission } from '@flotilla/transport'
import { asked } from '../http/described.ts'
import type { AnyRoute } from '../http/route.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import { BlobsService } from './blobs.ts'
import { AccountsService } from './accounts.ts'
import type { ClusterAnswer, NodesAnswer } from './answers.ts'
import { ClusterService } from './cluster.ts'
import { clusterRoutes } from './cluster-routes.ts'
import { DiscoveryService } from './discovery.ts'
import { LocksService } from './locks.ts'
import { MeshService } from './mesh.ts'
import { meshAddressText } from './mesh-address.ts'
import { nodeEntries } from './node-entries.ts'
import { AuditService } from './audit.ts'
import { MachinesService } from './machines.ts'
import { NeighboursService } from './neighbours/neighbours.ts'
import { NotesService } from './notes.ts'
import { RaftService } from './raft.ts'
import { nodesAnswer } from './schemas/cluster-schemas.ts'
import { followedNetwork } from '../observe/following/followed-network.ts'
import type { Tracing } from '../observe/following/tracing.ts'
import { healthOf, type PartsHealth } from './parts-health.ts'
import type { Service, ServiceParts } from './service.ts'
import { VmsService } from './vms.ts'

export interface ServicesOptions extends ServiceParts {
  readonly dataFolder: string
  /** The node's own, for what it must remember. */
  readonly disk: Disk
  readonly secretKey: Uint8Array
  readonly tracing: Tracing
}

/**
 * Everything that makes this machine one of several: the cluster that it is in, and from the moment that it is in one,
 * connections and who is there.
 */
export class Services implements Service {
  readonly routes: readonly AnyRoute[]
  /** Who may log in, and which tokens are good. */
  readonly accounts: AccountsService
  /** Where it is written down what was done through this node. */
  readonly audit: AuditService
  readonly #options: ServicesOptions
  readonly #cluster: ClusterService
  readonly #mesh: MeshService
  readonly #discovery: DiscoveryService
  readonly #notes: NotesService
  readonly neighbours: NeighboursService
  readonly #raft: RaftService
  readonly #locks: LocksService
  readonly #blobs: BlobsService
  readonly #machines: MachinesService
  readonly #vms: VmsService
  readonly #attached = new AsyncDisposableStack()

  /** Reads what there is on disk; touches no network. */
  static async open(options: ServicesOptions): Promise<Services> {
    const { dataFolder } = options
    const discovery = new DiscoveryService({ ...options, peersPath: join(dataFolder, 'peers.sqlite') })
    const known = (): ReturnType<DiscoveryService['known']> => discovery.known()
    const mesh = new MeshService({ ...options, known })
    const nameOf = (id: string): string => known().find((node) => node.id === id)?.name ?? ''
    const raft = await RaftService.open({ ...options, raftFolder: join(dataFolder, 'raft'), nameOf })
    const blobs = new BlobsService({ ...options, viewer: { self: selfOf(options), nameOf } })
    const clusterFolder = join(dataFolder, 'cluster')
    // Whether the cluster that this node comes into is one that it makes.
    let isMaking = false
    const cluster = await ClusterService.open({
      ...options,
      clusterFolder,
      known,
      addresses: () => discovery.addresses(),
      onInviter: (inviter) => discovery.remember(inviter),
      onMaking() {
        isMaking = true
        return raft.founding.begins()
      },
      ownSecret: () => blobs.ownSecret(),
      async onJoining() {
        isMaking = false
        await blobs.joins()
        await raft.founding.joins()
      },
      onJoiningEnded: () => blobs.joined(),
      onBegun: () => services.start(isMaking),
      onIdentityChanged: () => services.#useIdentity(),
      onRevocationsChanged: () => services.#recheck(),
    })
    const audit = new AuditService({ ...options, contexts: options.tracing.contexts })
    const self = selfOf(options)
    const issuer = (): AccountIssuer | undefined => cluster.member?.issuer()
    const accounts = await AccountsService.open({ ...options, clusterFolder, self, issuer })
    const vms = await VmsService.open({ ...options, self, audit, known })
    const machines = await MachinesService.open({ ...options, self, audit, known, guests: vms.guests })
    const services = new Services(options, { accounts, cluster, mesh, discovery, raft, blobs, audit, machines, vms })
    return services
  }

  private constructor(options: ServicesOptions, opened: Opened) {
    const { accounts, cluster, mesh, discovery, raft, blobs, audit, machines, vms } = opened
    this.#options = options
    this.accounts = accounts
    this.#cluster = cluster
    this.#mesh = mesh
    this.#discovery = discovery
    this.#raft = raft
    this.#blobs = blobs
    this.audit = audit
    this.#machines = machines
    this.#vms = vms
    this.#locks = new LocksService(options)
    this.neighbours = new NeighboursService({ ...options, self: selfOf(options), members: () => discovery.members() })
    this.#notes = new NotesService({
      ...options,
      known: () => discovery.known(),
      isRevoked: (id) => cluster.member?.isRevoked(id) ?? false,
    })
    this.routes = [
      ...clusterRoutes(cluster, () => this.cluster()),
      ...accounts.routes,
      asked({
        path: '/v1/nodes',
        about: { summary: 'the nodes of the cluster, as this one sees them', answer: nodesAnswer },
        get: () => this.nodes(),
      }),
      ...mesh.routes,
      ...this.#notes.routes,
      ...this.neighbours.routes,
      ...raft.routes,
      ...this.#locks.routes,
      ...blobs.routes,
      ...audit.routes,
      ...machines.routes,
      ...vms.routes,
    ]
  }

  /** In a cluster, resolves when it listens for the other nodes; in none, there is nothing to start yet. */
  async start(hasMade: boolean = false): Promise<void> {
    const { clock } = this.#options
    const member = this.#cluster.member
    const facts = member?.facts
    if (member === undefined || facts === undefined) return this.#blobs.begin(undefined)
    await this.accounts.settle({ hasMade })
    const admission: Admission = (peer) =>
      clock.wallNow() > peer.notAfter ? 'its certificate has expired' : member.admission(peer)
    const transport = await this.#mesh.begin({
      self: { id: member.id, cluster: facts.cluster },
      identity: member.identity(),
      admission,
      doors: this.#cluster.doors(),
    })
    this.#attached.use(member.attach(transport.network))
    this.#recheckRegularly()
    const credentials = { ...member.credentials(), cluster: facts.cluster }
    this.#notes.begin(transport)
    await this.#discovery.begin({ transport, credentials, facts })
    const { network } = transport
    // What decides together and who is there is nobody's request, and is asked too often to be followed.
    const followed = followedNetwork(network, this.#options.tracing)
    const standings = {
      self: member.id,
      certificateOf: (id: NodeId) => (id === member.id ? member.facts : this.#mesh.certificateOf(id)),
      isRevoked: (id: NodeId) => member.isRevoked(id),
    }
    const group = await this.#raft.begin({
      ...standings,
      network,
      isConnected: (id) => network.peers().includes(id),
      members: () => this.#discovery.members(),
      holdsAuthority: () => member.state === 'authority',
    })
    this.#locks.begin(group)
    const hostOf = (id: NodeId): string | undefined => this.#mesh.hostOf(id)
    for (const each of [this.accounts, this.neighbours]) each.begin({ ...standings, network: followed, hostOf })
    await this.#machines.begin({ ...standings, network: followed })
    await this.#vms.begin({ ...standings, network: followed })
    const keys = { publicKey: facts.publicKey, sign: (message: Uint8Array) => credentials.sign(message) }
    await this.#blobs.begin({ ...standings, network: followed, keys, role: facts.role, secret: member.secret })
  }

  /** What does not work though the node goes on, and what does. */
  health(): PartsHealth {
    const parts = { audit: this.audit, beacons: this.#discovery, blobs: this.#blobs, raft: this.#raft }
    return healthOf(parts, ['accounts', 'locks', 'machines', 'mesh', 'vms'])
  }

  cluster(): ClusterAnswer {
    const listening = this.#discovery.addresses().map(meshAddressText)
    return { cluster: this.#cluster.place() ?? null, listening }
  }

  nodes(): NodesAnswer {
    const { degraded } = this.#discovery
    return { degraded, nodes: nodeEntries(this.#mesh, this.#discovery.members(), this.#cluster.member?.facts) }
  }

  measure(): void {
    const all: readonly Service[] = [
      this.accounts,
      this.#cluster,
      this.#mesh,
      this.#discovery,
      this.#raft,
      this.#locks,
      this.#blobs,
      this.#vms,
    ]
    for (const service of all) service.measure()
  }

  /** What takes a while and wants everything to work still: locks are let go, and others lead where this node leads. */
  async prepareStop(): Promise<void> {
    await this.#locks.drain()
    await this.#raft.handOver()
  }

  /** Closes what decides with others, says good-bye, then closes what stands on the connections, then those. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.accounts[Symbol.asyncDispose]()
    await this.#machines[Symbol.asyncDispose]()
    await this.#vms[Symbol.asyncDispose]()
    await this.#locks[Symbol.asyncDispose]()
    await this.#blobs[Symbol.asyncDispose]()
    await this.#raft[Symbol.asyncDispose]()
    await this.#discovery[Symbol.asyncDispose]()
    await this.#notes[Symbol.asyncDispose]()
    await this.neighbours[Symbol.asyncDispose]()
    await this.#attached.disposeAsync()
    await this.#mesh[Symbol.asyncDispose]()
    await this.#cluster[Symbol.asyncDispose]()
    await this.audit[Symbol.asyncDispose]()
  }

  #useIdentity(): void {
    const member = this.#cluster.member
    if (member !== undefined) this.#mesh.useIdentity(member.identity())
  }

  /** Somebody who is connected may not be let in any more. */
  #recheck(): void {
    this.#mesh.transport?.recheck()
    this.#discovery.recheck()
  }

  /** What a connection began with may have expired since. */
  #recheckRegularly(): void {
    const { clock } = this.#options
    let timer: Disposable | undefined
    const later = (): void => {
      timer = clock.wakeAt(after(clock.now(), nodeLimitsDefaults.certificatesCheckedEveryMs), () => {
        this.#recheck()
        later()
      })
    }
    later()
    this.#attached.defer(() => timer?.[Symbol.dispose]())
  }
}

interface Opened {
  readonly accounts: AccountsService
  readonly cluster: ClusterService
  readonly mesh: MeshService
  readonly discovery: DiscoveryService
  readonly raft: RaftService
  readonly blobs: BlobsService
  readonly audit: AuditService
  readonly machines: MachinesService
  readonly vms: VmsService
}

function selfOf({ crypto, secretKey }: ServicesOptions): NodeId {
  return nodeIdFromPublicKey(crypto, crypto.ed25519.publicKey(secretKey))
}
