import type { ClusterId } from '@flotilla/certificates'
import type { NodeId } from '@flotilla/core/ids'
import { validateNetworkLimits, type NetworkLimits } from '@flotilla/core/network'
import { SessionNetwork, type HandlerFailure } from '@flotilla/core/network/sessions'
import { silentLogger, silentMetrics, type Logger, type Metrics } from '@flotilla/core/observe'
import { Prng, type Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import { setImmediate } from 'node:timers'
import type { SessionRateSettings } from './broadcast/session-rate.ts'
import type { Connection } from './connection/connection.ts'
import { frameLimits, lifeBytes } from './connection/hello.ts'
import type { Compression } from './frames/compression.ts'
import { validateTransportLimits, type TransportLimits } from './limits.ts'
import type { Admission, Links } from './links.ts'
import { MeshCore } from './mesh/mesh-core.ts'
import { MeshDriver } from './mesh-driver.ts'
import { TransportMetrics } from './transport-metrics.ts'
import type { PeerFigures, Transport, TransportFigures } from './transport.ts'

export interface TransportOptions {
  /** Who we are; the same as in the certificate that `links` shows. */
  readonly self: { readonly id: NodeId; readonly cluster: ClusterId }
  /** Disposed with the transport. */
  readonly links: Links
  readonly clock: Clock
  /** For the id of this life and the seed of the jitter. */
  readonly entropy: Entropy
  readonly limits?: Partial<TransportLimits>
  readonly networkLimits?: Partial<NetworkLimits>
  /** Whether somebody with a certificate of this cluster may be connected. Everybody may, by default. */
  readonly admission?: Admission
  /** None by default. */
  readonly compression?: Compression
  /** How fast one peer may talk, by its messages and its bytes. As fast as it can, by default. */
  readonly sessionRate?: Partial<SessionRateSettings>
  readonly logger?: Logger
  readonly metrics?: Metrics
  /** Errors of handlers that were not meant for the far side; logged as errors by default. */
  readonly onHandlerError?: (failure: HandlerFailure) => void
  /** Runs something at the end of this turn of the event loop, soon: `setImmediate` by default. */
  readonly turnEnd?: (run: () => void) => void
}

/** Listens, and resolves when it does. */
export async function createTransport(options: TransportOptions): Promise<Transport> {
  const { self, links, clock, entropy, logger = silentLogger } = options
  const limits = validateTransportLimits(options.limits)
  const networkLimits = validateNetworkLimits(options.networkLimits)
  const onHandlerError = options.onHandlerError ?? logged(logger)
  const network = new SessionNetwork({ self: self.id, limits: networkLimits, clock, onHandlerError })
  const mesh = new MeshCore<Connection>({ self: self.id, limits, prng: new Prng(seedFrom(entropy)) })
  const driver = new MeshDriver({
    greeter: {
      ...self,
      life: entropy.bytes(lifeBytes),
      compression: options.compression?.name ?? '',
      limits: frameLimits(networkLimits),
    },
    links,
    clock,
    limits,
    network,
    mesh,
    admission: options.admission ?? (() => undefined),
    compression: options.compression,
    sessionRate: options.sessionRate,
    logger,
    metrics: new TransportMetrics(options.metrics ?? silentMetrics),
    turnEnd: options.turnEnd ?? ((run) => void setImmediate(run)),
  })
  const addresses = await links.listen((link) => driver.incoming(link))
  return {
    network,
    addresses,
    setTargets(targets) {
      mesh.setTargets(clock.now(), targets)
      driver.pump()
    },
    recheck: () => driver.recheck(),
    ban(peer, { reason, durationMs }) {
      mesh.bans.add(clock.now(), peer, reason, durationMs)
      driver.cut(peer, 'banned', reason)
    },
    unban(peer) {
      mesh.bans.lift(peer)
      driver.pump()
    },
    bans: () => mesh.bans.list(clock.now()),
    figures: () => figuresOf(driver, mesh, network, clock),
    async [Symbol.asyncDispose]() {
      await driver.close()
      await links[Symbol.asyncDispose]()
    },
  }
}

function figuresOf(
  driver: MeshDriver,
  mesh: MeshCore<Connection>,
  network: SessionNetwork,
  clock: Clock,
): TransportFigures {
  const peers = network.peers().flatMap((id) => mesh.openWith(id) ?? [])
  return {
    peers: peers.map((connection) => peerFigures(connection, network)),
    bans: mesh.bans.list(clock.now()).length,
    refusals: { ...driver.refusals },
  }
}

function peerFigures(connection: Connection, network: SessionNetwork): PeerFigures {
  const { peer, address, dialledHere, begunAt, messagesIn, messagesOut, bytesIn, bytesOut } = connection
  const { roundTripMs, queuedFrames, queuedBytes, partitionSuspected } = connection
  const session = network.figures(peer.id)
  return {
    id: peer.id,
    name: peer.name,
    role: peer.role,
    address,
    dialledHere,
    connectedAt: begunAt,
    messagesIn,
    messagesOut,
    bytesIn,
    bytesOut,
    roundTripMs,
    queuedFrames: queuedFrames + (session?.publicationsWaiting ?? 0),
    queuedBytes,
    publicationsDropped: session?.publicationsDropped ?? 0,
    partitionSuspected,
  }
}

function logged(logger: Logger): (failure: HandlerFailure) => void {
  return ({ channel, handler, peer, error }) => logger.error({ err: error, channel, handler, peer }, 'a handler failed')
}

function seedFrom(entropy: Entropy): number {
  return entropy.bytes(4).reduce((seed, byte) => (seed << 8) | byte, 0)
}
