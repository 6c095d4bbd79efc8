import { networkInterfaces } from 'node:os'
import type { CertificateFacts, ClusterId } from '@flotilla/certificates'
import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { Lru } from '@flotilla/core/machines'
import type { Gauge } from '@flotilla/core/observe'
import { createTransport, type Address, type Admission, type PeerFigures, type Transport } from '@flotilla/transport'
import { tlsLinks, type Door, type TlsIdentity, type TlsLinks } from '@flotilla/transport/node'
import { asked, posted } from '../http/described.ts'
import type { AnyRoute } from '../http/route.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import { object, text, whole } from '../schema/building.ts'
import type { ValueOf } from '../schema/schema.ts'
import type { MeshAnswer, PeerEntry } from './answers.ts'
import { meshAddressText } from './mesh-address.ts'
import { chosenNode } from './node-choice.ts'
import { meshAnswer, nodeIdAnswer } from './schemas/cluster-schemas.ts'
import { noCluster, type Service, type ServiceParts } from './service.ts'

export interface MeshServiceOptions extends ServiceParts {
  /** Everybody whom somebody may name, for a ban. */
  readonly known: () => readonly { readonly id: NodeId; readonly name: string }[]
}

const { banSecondsMax, documentTextLengthMax, reasonLengthMax } = nodeLimitsDefaults

const node = text({ lengthMax: documentTextLengthMax, description: 'its name, its id or the beginning of one' })
const banDocument = object(
  { node, seconds: whole({ least: 1, most: banSecondsMax }), reason: text({ lengthMax: reasonLengthMax }) },
  { examples: [{ node: 'bob', seconds: 600, reason: 'it floods us' }] },
)

/** What being in a cluster means for connections. */
export interface MeshPlace {
  readonly self: { readonly id: NodeId; readonly cluster: ClusterId }
  readonly identity: TlsIdentity
  readonly admission: Admission
  /** Where those may knock who are not in yet. */
  readonly doors: Readonly<Record<string, Door>>
}

/** Signs of life cost an idle node a fifth of what it does; half as many as by default still notice a cut in time. */
const heartbeatEveryMs = 2_000

/** Connections with other nodes, from the moment on that this one is in a cluster. */
export class MeshService implements Service {
  readonly routes: readonly AnyRoute[]
  readonly #options: MeshServiceOptions
  /** What peers have shown of late. */
  readonly #certificates: Lru<NodeId, CertificateFacts>
  readonly #gauges: readonly (readonly [Gauge<never>, (peers: readonly PeerFigures[]) => number])[]
  readonly #bans: Gauge<never>
  #transport: Transport | undefined
  #links: TlsLinks | undefined

  constructor(options: MeshServiceOptions) {
    const { metrics } = options
    this.#options = options
    this.#certificates = new Lru({ entriesMax: nodeLimitsDefaults.certificatesRememberedMax })
    const gauge = (name: string, help: string): Gauge<never> => metrics.gauge<never>({ name, help, labelNames: [] })
    this.#gauges = [
      [gauge('flotilla_mesh_peers', 'Nodes that this one is connected with.'), (peers) => peers.length],
      [
        gauge(
          'flotilla_mesh_peers_silent',
          'Connected nodes that may be cut off: nothing was heard of them for a while.',
        ),
        (peers) => peers.filter(({ partitionSuspected }) => partitionSuspected).length,
      ],
      [
        gauge('flotilla_mesh_queued_bytes', 'Bytes that wait to be sent, to all peers together.'),
        (peers) => peers.reduce((sum, { queuedBytes }) => sum + queuedBytes, 0),
      ],
      [
        gauge('flotilla_mesh_round_trip_seconds_max', 'To the connected node that answers slowest.'),
        (peers) => Math.max(0, ...peers.map(({ roundTripMs = 0 }) => roundTripMs)) / 1_000,
      ],
    ]
    this.#bans = gauge('flotilla_mesh_bans', 'Nodes that are refused here for a while.')
    this.routes = [
      asked({
        path: '/v1/mesh',
        about: { summary: 'the connections of this node with others', answer: meshAnswer },
        get: () => this.answer(),
      }),
      posted({
        path: '/v1/mesh/ban',
        about: { summary: 'refuse a node here for a while', document: banDocument, answer: nodeIdAnswer },
        post: (document) => this.#ban(document),
      }),
      posted({
        path: '/v1/mesh/unban',
        about: { summary: 'accept a banned node again', document: object({ node }), answer: nodeIdAnswer },
        post: (document) => this.#unban(document.node),
      }),
    ]
  }

  /** Listens and takes connections. At most once in the life of a node, as it never changes its cluster. */
  async begin(place: MeshPlace): Promise<Transport> {
    const { settings, given } = this.#options
    const [port, isAsked] = [settings['mesh-port'], given.has('mesh-port') || settings['mesh-port'] === 0]
    const triesMax = isAsked ? 1 : nodeLimitsDefaults.portsTriedMax + 1
    for (let offset = 0; ; offset++) {
      try {
        return await this.#listen(place, port + offset)
      } catch (error) {
        const isTaken = error instanceof FlotillaError && error.code === 'address-in-use'
        if (!isTaken || offset + 1 >= triesMax) throw error
      }
    }
  }

  /** For connections from now on, after a renewal. */
  useIdentity(identity: TlsIdentity): void {
    this.#links?.useIdentity(identity)
  }

  /** Undefined where the node is in no cluster. */
  get transport(): Transport | undefined {
    return this.#transport
  }

  peers(): readonly PeerFigures[] {
    return this.#transport?.figures().peers ?? []
  }

  certificateOf(id: NodeId): CertificateFacts | undefined {
    return this.#certificates.get(id)
  }

  /** At the other end of the connection with that node. */
  hostOf(id: NodeId): string | undefined {
    return this.peers().find((peer) => peer.id === id)?.address.host
  }

  answer(): MeshAnswer {
    const now = this.#options.clock.now()
    return {
      peers: this.peers().map((peer) => peerEntry(peer, now)),
      refusals: { ...this.#links?.refusals(), ...this.#transport?.figures().refusals },
      bans: (this.#transport?.bans() ?? []).map(({ peer, reason, until }) => ({
        id: peer,
        reason,
        secondsLeft: Math.max(0, Math.ceil((until - now) / 1_000)),
      })),
    }
  }

  measure(): void {
    const peers = this.peers()
    for (const [gauge, read] of this.#gauges) gauge.set({}, read(peers))
    this.#bans.set({}, this.#transport?.bans().length ?? 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport?.[Symbol.asyncDispose]()
  }

  async #listen({ self, identity, admission, doors }: MeshPlace, port: number): Promise<Transport> {
    const { settings, clock, entropy, metrics } = this.#options
    const logger = this.#options.logger.child({ part: 'mesh' })
    const remembered: Admission = (facts) => {
      const refusal = admission(facts)
      if (refusal === undefined) this.#certificates.set(facts.id, facts)
      return refusal
    }
    const hosts = settings['mesh-host'].length > 0 ? settings['mesh-host'] : everyHost()
    const listen = hosts.map((host): Address => ({ host, port }))
    const shared = { admission: remembered, clock, logger, metrics }
    const links = tlsLinks({ ...shared, identity, listen, doors })
    try {
      this.#transport = await createTransport({ ...shared, self, links, entropy, limits: { heartbeatEveryMs } })
    } catch (error) {
      await links[Symbol.asyncDispose]()
      throw error
    }
    this.#links = links
    logger.info({ listening: this.#transport.addresses.map(meshAddressText) }, 'listening for other nodes')
    return this.#transport
  }

  #ban({ node: wanted, seconds, reason }: ValueOf<typeof banDocument>): { readonly id: string } {
    const { id, name } = chosenNode(wanted, this.#options.known())
    this.#begun().ban(id, { reason, durationMs: seconds * 1_000 })
    this.#options.logger.warn({ id, name, seconds, reason }, 'a node is refused here for a while, as told')
    return { id }
  }

  #unban(wanted: string): { readonly id: string } {
    const transport = this.#begun()
    const banned = new Set(transport.bans().map(({ peer }) => peer))
    const candidates = [
      ...this.#options.known().filter(({ id }) => banned.has(id)),
      ...[...banned].map((id) => ({ id, name: '' })),
    ]
    const once = [...new Map(candidates.toReversed().map((candidate) => [candidate.id, candidate])).values()]
    if (once.length === 0) {
      throw new FlotillaError('no-such-node', 'nobody is banned here', { hint: 'see `flotilla mesh`' })
    }
    const { id, name } = chosenNode(wanted, once)
    transport.unban(id)
    this.#options.logger.info({ id, name }, 'a node is accepted here again, as told')
    return { id }
  }

  #begun(): Transport {
    if (this.#transport === undefined) throw noCluster()
    return this.#transport
  }
}

/** `::` takes IPv4 too; a machine without IPv6 has no such address. */
function everyHost(): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? [])
  return addresses.some(({ family }) => family === 'IPv6') ? ['::'] : ['0.0.0.0']
}

function peerEntry(peer: PeerFigures, now: number): PeerEntry {
  const { address, connectedAt, roundTripMs, ...rest } = peer
  return {
    ...rest,
    address: meshAddressText(address),
    connectedSeconds: Math.max(0, Math.round((now - connectedAt) / 1_000)),
    roundTripMs: roundTripMs ?? null,
  }
}
