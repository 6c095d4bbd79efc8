import { availableParallelism, loadavg } from 'node:os'
import type { CertificateFacts } from '@flotilla/certificates'
import type { Gauge } from '@flotilla/core/observe'
import { Prng } from '@flotilla/core/random'
import { after } from '@flotilla/core/time'
import {
  createDiscovery,
  createMembership,
  datagramLanes,
  type Credentials,
  type Discovery,
  type Member,
  type MemberMetadata,
  type Membership,
} from '@flotilla/discovery'
import { sqlitePeerStore } from '@flotilla/discovery/node'
import type { Transport } from '@flotilla/transport'
import { nodeLimitsDefaults } from '../limits.ts'
import type { Inviter } from './cluster.ts'
import { Counted } from './counted.ts'
import { beaconLane, openDatagrams } from './datagrams.ts'
import { parseMeshAddress, type MeshAddress } from './mesh-address.ts'
import { logMembership } from './membership-log.ts'
import { ownAddresses } from './own-addresses.ts'
import type { Service, ServiceParts } from './service.ts'

export interface DiscoveryServiceOptions extends ServiceParts {
  /** Of the peer store. */
  readonly peersPath: string
}

/** What being in a cluster means for who is found and believed. */
export interface DiscoveryPlace {
  readonly transport: Transport
  readonly credentials: Credentials
  readonly facts: CertificateFacts
}

/** What there is once it has begun. */
interface Begun {
  readonly discovery: Discovery
  readonly membership: Membership
  readonly addresses: () => readonly MeshAddress[]
  readonly datagramCounts: () => Readonly<Record<string, number>>
}

/**
 * Half as often as membership does by itself, which costs an idle node a third of what it does at all. A killed process
 * is noticed by its connections, whatever this is; a machine whose cable is pulled half a second later.
 */
const probeIntervalMs = 1_000

/** Who is there, from the moment on that this node is in a cluster. */
export class DiscoveryService implements Service {
  readonly routes: Service['routes'] = []
  readonly #options: DiscoveryServiceOptions
  readonly #known: Gauge<never>
  readonly #beacons: Counted
  readonly #datagrams: Counted
  /** No datagrams can be had, so no beacons either: everything goes over connections, to those who are known. */
  isFailed = false
  readonly #parts: AsyncDisposableStack = new AsyncDisposableStack()
  #begun: Begun | undefined

  constructor(options: DiscoveryServiceOptions) {
    const { metrics } = options
    this.#options = options
    this.#known = metrics.gauge<never>({
      name: 'flotilla_discovery_peers',
      help: 'Nodes whose addresses this one knows.',
      labelNames: [],
    })
    const counted = (name: string, help: string): Counted =>
      new Counted(metrics.counter({ name, help, labelNames: ['what'] }))
    this.#beacons = counted('flotilla_discovery_beacons_total', 'What became of the beacons, heard and sent.')
    this.#datagrams = counted('flotilla_discovery_datagrams_total', 'What became of the datagrams, by name or error.')
  }

  /** At most once in the life of a node. What fails here leaves nothing open. */
  async begin(place: DiscoveryPlace): Promise<void> {
    await using parts = new AsyncDisposableStack()
    const { settings, given, clock, crypto, entropy, metrics, peersPath } = this.#options
    const { transport, credentials } = place
    const { network } = transport
    const logger = this.#options.logger.child({ part: 'discovery' })
    const advertised = settings.advertise.map((text) => parseMeshAddress(text, given.get('advertise') ?? '--advertise'))
    const peers = (): readonly MeshAddress[] =>
      settings.peer.map((text) => parseMeshAddress(text, given.get('peer') ?? '--peer'))

    const udp = await openDatagrams({ settings, clock, logger, port: transport.addresses[0]?.port ?? 0 })
    if (udp !== undefined) parts.use(udp)
    const hosts = (): readonly string[] => (udp?.addresses() ?? []).map(({ host }) => host)
    const listening = (): readonly MeshAddress[] => (advertised.length > 0 ? advertised : transport.addresses)
    const addresses = (): readonly MeshAddress[] => ownAddresses(listening(), hosts())
    const lanes = udp === undefined ? undefined : datagramLanes(udp)
    const metadata = (): MemberMetadata => this.#metadata(place.facts, addresses())

    const store = parts.use(sqlitePeerStore({ path: peersPath, logger }))
    const shared = { network, credentials, crypto, clock, logger }
    const prng = new Prng(entropy.bytes(4).reduce((seed, byte) => (seed << 8) | byte, 0))
    const membership = parts.use(
      createMembership({
        ...shared,
        datagrams: lanes?.membership,
        prng: prng.split('membership'),
        metadata: metadata(),
        metrics,
        settings: { probeIntervalMs },
      }),
    )
    let told = JSON.stringify(membership.self().metadata)
    const tell = (): void => {
      const present = metadata()
      const text = JSON.stringify(present)
      if (text === told) return
      told = text
      membership.setMetadata(present)
    }
    const discovery = parts.use(
      createDiscovery({
        ...shared,
        datagrams: lanes && beaconLane(lanes.beacons, { silent: settings['no-beacons'], onMoved: tell }),
        store,
        prng: prng.split('discovery'),
        entropy,
        listening,
        onTargets: (targets) => transport.setTargets(targets),
        onFound: (member) => membership.meet(member),
        question: membership.question,
        settings: { bootstrapPeers: peers() },
      }),
    )
    parts.use(this.#options.watchSetting('peer', () => discovery.setBootstrapPeers(peers())))
    this.#tellRegularly(parts, tell)
    logMembership(membership, logger, credentials.self).catch((error: unknown) => {
      logger.error({ err: error }, 'who comes and goes is not written down any more')
    })
    this.#begun = { discovery, membership, addresses, datagramCounts: () => udp?.figures() ?? {} }
    this.isFailed = udp === undefined
    this.#parts.use(parts.move())
  }

  /** To be dialled when discovery begins, also where no beacon reaches. */
  remember({ facts: { id, name, role }, address }: Inviter): void {
    const { clock, peersPath, logger } = this.#options
    const store = sqlitePeerStore({ path: peersPath, logger })
    try {
      const lastSeen = clock.wallNow()
      store.upsert([{ id, name, roles: [role], addresses: [address], status: 'seen', lastSeen }])
    } catch (error) {
      // Beacons may find it all the same.
      logger.warn({ err: error, id }, 'the node that this one joined through could not be remembered')
    } finally {
      void store[Symbol.asyncDispose]()
    }
  }

  /** Everybody, this node included. Empty in no cluster. */
  members(): readonly Member[] {
    return this.#begun?.membership.members() ?? []
  }

  /** Also those that membership does not know, as somebody who was remembered and has not come back. */
  known(): readonly { readonly id: Member['id']; readonly name: string }[] {
    const peers = this.#begun?.discovery.peers() ?? []
    const members = this.members().map(({ id, metadata }) => ({ id, name: metadata.name }))
    const ids = new Set(members.map(({ id }) => id))
    return [...members, ...peers.filter(({ id }) => !ids.has(id)).map(({ id, name }) => ({ id, name }))]
  }

  get degraded(): boolean {
    return this.#begun?.membership.degraded() ?? false
  }

  /** Where others reach this node, best first. */
  addresses(): readonly MeshAddress[] {
    return this.#begun?.addresses() ?? []
  }

  /** Somebody may have been revoked. */
  recheck(): void {
    this.#begun?.membership.recheck()
  }

  measure(): void {
    const figures = this.#begun?.discovery.figures()
    this.#known.set({}, figures?.peers ?? 0)
    this.#beacons.look(figures?.beacons ?? {})
    this.#datagrams.look(this.#begun?.datagramCounts() ?? {})
  }

  /** Says good-bye first, so that nobody has to find out. */
  async [Symbol.asyncDispose](): Promise<void> {
    const witnesses = await this.#begun?.membership.leave()
    if (witnesses !== undefined) this.#options.logger.info({ witnesses }, 'said good-bye to the cluster')
    await this.#parts.disposeAsync()
  }

  #metadata({ name, role }: CertificateFacts, addresses: readonly MeshAddress[]): MemberMetadata {
    const told = addresses.slice(0, nodeLimitsDefaults.addressesToldMax)
    const load = Math.round((10 * (loadavg()[0] ?? 0)) / availableParallelism()) / 10
    const { version } = this.#options
    return { name, roles: [role], capabilities: [], version, addresses: told, load: Math.min(1, load) }
  }

  #tellRegularly(parts: AsyncDisposableStack, tell: () => void): void {
    const { clock } = this.#options
    let timer: Disposable | undefined
    const later = (): void => {
      timer = clock.wakeAt(after(clock.now(), nodeLimitsDefaults.loadToldEveryMs), () => {
        tell()
        later()
      })
    }
    later()
    parts.defer(() => timer?.[Symbol.dispose]())
  }
}
