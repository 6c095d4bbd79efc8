import type { Crypto } from '@flotilla/core/crypto'
import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Network } from '@flotilla/core/network'
import { silentLogger, type Logger } from '@flotilla/core/observe'
import type { Entropy, Prng } from '@flotilla/core/random'
import { after, type Clock, type Millis } from '@flotilla/core/time'
import type { Address } from './address.ts'
import { runLength, type HeardBeacon } from './beacons/beacon.ts'
import { Beacons, type BeaconCounts } from './beacons/beacons.ts'
import { driveBeacons, type BeaconDriver } from './beacons/driver.ts'
import type { Moment } from './beacons/gate.ts'
import { Patience } from './dialling/patience.ts'
import { Exchange, type ExchangeCounts } from './exchange/driver.ts'
import type { PeerStore } from './peer-store/peer-store.ts'
import { PeerTable, type KnownPeer } from './peer-store/peer-table.ts'
import type { Credentials, Datagrams, FoundMember } from './ports.ts'
import { validateDiscoverySettings, type DiscoverySettings } from './settings.ts'
import { mergedTargets, targetsKey, type DiscoveryTarget } from './targets.ts'

export interface DiscoveryOptions {
  /** Undefined where no UDP can be had: then nothing is heard by air. */
  readonly datagrams: Datagrams | undefined
  readonly network: Network
  readonly credentials: Credentials
  readonly crypto: Crypto
  /** The owner disposes of it, after this. */
  readonly store: PeerStore
  readonly clock: Clock
  readonly prng: Prng
  readonly entropy: Entropy
  /** Where our transport listens; `0.0.0.0` and `::` stand for all hosts of this machine. */
  readonly listening: () => readonly Address[]
  /** Told at first and whenever they change; what `setTargets` of a transport takes. */
  readonly onTargets: (targets: readonly DiscoveryTarget[]) => void
  /** A peer was heard of, here or by exchange, for the first time or at other addresses. */
  readonly onPeer?: (peer: KnownPeer) => void
  /** A beacon of this member came by air; membership can `meet` it. */
  readonly onFound?: (member: FoundMember) => void
  /** Membership's question: told in our beacons, so that whoever hears them is known to membership at once. */
  readonly question?: number
  readonly logger?: Logger
  readonly settings?: Partial<DiscoverySettings>
}

export interface Discovery extends AsyncDisposable {
  targets(): readonly DiscoveryTarget[]
  /** Everybody we know of, without ourselves. */
  peers(): readonly KnownPeer[]
  /** Where our transport listens has changed. */
  listeningChanged(): void
  /** Takes the place of `bootstrapPeers`. Throws what names the wrong one; then nothing has changed. */
  setBootstrapPeers(addresses: readonly Address[]): void
  figures(): DiscoveryFigures
}

export interface DiscoveryFigures {
  readonly peers: number
  readonly connected: number
  /** What became of the beacons, by name. */
  readonly beacons: BeaconCounts
  readonly exchange: ExchangeCounts
}

/** The same failure of the store is logged once in so long. */
const logEveryMs = 600_000

/** Finds the members of the cluster and says whom to be connected with. */
export function createDiscovery(options: DiscoveryOptions): Discovery {
  return new RunningDiscovery(options)
}

class RunningDiscovery implements Discovery {
  readonly #options: DiscoveryOptions
  readonly #logger: Logger
  #settings: DiscoverySettings
  readonly #table: PeerTable
  readonly #core: Beacons
  readonly #beacons: BeaconDriver
  readonly #exchange: Exchange
  readonly #patience: Patience
  #storeTimer: Disposable | undefined
  #patienceTimer: Disposable | undefined
  #storeFailedAt = -Infinity as Millis
  #isTelling = false
  #isClosed = false
  #tableVersion = -1
  #toldKey: string | undefined
  #targets: readonly DiscoveryTarget[] = []

  constructor(options: DiscoveryOptions) {
    const { clock, credentials, crypto, datagrams, entropy, listening, network, prng, logger = silentLogger } = options
    this.#options = options
    this.#logger = logger
    this.#settings = validateDiscoverySettings(options.settings)
    const settings = this.#settings
    this.#table = new PeerTable(settings)
    this.#patience = new Patience({ settings, self: credentials.self, prng: prng.split('patience') })
    this.#load()
    const run = entropy.bytes(runLength)
    const beacons = { credentials, crypto, settings, run, question: options.question, prng: prng.split('beacons') }
    this.#core = new Beacons({ ...beacons, ...this.#moment() })
    this.#exchange = new Exchange({
      network,
      clock,
      prng: prng.split('exchange'),
      logger,
      settings,
      relayedAgeMsMax: settings.relayedAgeMsMax,
      ownRecord: () => this.#beacons.ownRecord(),
      openRelayed: (record) => this.#beacons.openRelayed(record),
      onFound: (beacon) => this.#heard(beacon, Math.max(0, clock.wallNow() - beacon.timestamp)),
      onPeer: ({ type, peer }) => {
        this.#table.connected(peer, type === 'up', clock.now())
        this.#patience.drop(peer)
        this.#tellSoon()
      },
    })
    this.#beacons = driveBeacons({
      core: this.#core,
      datagrams: datagrams ?? noDatagrams,
      clock,
      logger,
      listening,
      onHeard: (beacon) => this.#heardByAir(beacon),
    })
    this.#storeLater()
    this.#tellSoon()
  }

  targets(): readonly DiscoveryTarget[] {
    if (this.#tableVersion === this.#table.version) return this.#targets
    const { staticPeers, bootstrapPeers } = this.#settings
    const { self } = this.#options.network
    const peers = this.#table.list().filter(({ id }) => !this.#patience.isWaiting(id))
    this.#targets = mergedTargets({ self, staticPeers, bootstrapPeers, peers })
    this.#tableVersion = this.#table.version
    return this.#targets
  }

  peers(): readonly KnownPeer[] {
    return this.#table.list()
  }

  listeningChanged(): void {
    this.#beacons.replace()
  }

  setBootstrapPeers(bootstrapPeers: readonly Address[]): void {
    this.#settings = validateDiscoverySettings({ ...this.#settings, bootstrapPeers })
    this.#tableVersion = -1
    this.#tellSoon()
  }

  figures(): DiscoveryFigures {
    return {
      peers: this.#table.size,
      connected: this.#options.network.peers().length,
      beacons: this.#core.counts,
      exchange: this.#exchange.counts,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#storeTimer?.[Symbol.dispose]()
    this.#patienceTimer?.[Symbol.dispose]()
    this.#beacons[Symbol.dispose]()
    await this.#exchange[Symbol.asyncDispose]()
    this.#store()
  }

  #moment(): Moment {
    return { now: this.#options.clock.now(), wallNow: this.#options.clock.wallNow() }
  }

  #heardByAir(beacon: HeardBeacon): void {
    if (this.#isClosed) return
    const { member, datagramAddresses, proof, question } = beacon
    if (this.#table.get(member.id) === undefined) this.#waitFor(member.id)
    this.#heard(beacon, 0)
    this.#options.onFound?.({
      id: member.id,
      datagramAddresses,
      proof,
      ...(question === undefined ? {} : { question }),
    })
  }

  #waitFor(id: NodeId): void {
    const { clock } = this.#options
    this.#patience.heard(clock.now(), id)
    this.#patienceTimer?.[Symbol.dispose]()
    this.#patienceTimer = clock.wakeAt(this.#patience.deadline, () => this.#stopWaiting())
  }

  #stopWaiting(): void {
    const { clock } = this.#options
    if (this.#patience.due(clock.now())) this.#tableVersion = -1
    this.#patienceTimer = clock.wakeAt(this.#patience.deadline, () => this.#stopWaiting())
    this.#tellSoon()
  }

  #heard(beacon: HeardBeacon, ageMs: number): void {
    if (this.#isClosed) return
    const { member, addresses, datagramAddresses } = beacon
    const { id, name, role } = member
    const before = this.#table.version
    const at = after(this.#options.clock.now(), -ageMs)
    this.#table.heard({ id, name, roles: [role], addresses, datagramAddresses, at })
    this.#exchange.remember(beacon)
    if (this.#table.version === before) return
    const peer = this.#table.get(id)
    if (peer !== undefined) this.#options.onPeer?.(peer)
    this.#tellSoon()
  }

  /** Once for all that changes in one turn. */
  #tellSoon(): void {
    if (this.#isTelling) return
    this.#isTelling = true
    queueMicrotask(() => {
      this.#isTelling = false
      if (!this.#isClosed) this.#tell()
    })
  }

  #tell(): void {
    const targets = this.targets()
    const key = targetsKey(targets)
    if (key === this.#toldKey) return
    this.#toldKey = key
    this.#options.onTargets(targets)
  }

  #load(): void {
    try {
      const { credentials, clock, store } = this.#options
      this.#table.load(
        store.list().filter(({ id }) => id !== credentials.self),
        clock.now(),
      )
    } catch (error) {
      this.#storeFailed(error)
    }
  }

  #storeLater(): void {
    const { clock } = this.#options
    this.#storeTimer = clock.wakeAt(after(clock.now(), this.#settings.storeEveryMs), () => {
      this.#storeLater()
      this.#store()
      this.#tellSoon()
    })
  }

  #store(): void {
    const { clock, store } = this.#options
    this.#table.clean(clock.now())
    const { upsert, forget } = this.#table.unstored(this.#moment())
    for (const id of forget) {
      this.#exchange.forget(id)
      this.#patience.drop(id)
    }
    try {
      if (forget.length > 0) store.forget(forget)
      if (upsert.length > 0) store.upsert(upsert)
    } catch (error) {
      this.#storeFailed(error)
    }
  }

  /** Discovery works without its store; what was to be written is gone, and will be written when it changes again. */
  #storeFailed(error: unknown): void {
    if (!(error instanceof FlotillaError)) throw error
    const now = this.#options.clock.now()
    if (now < this.#storeFailedAt + logEveryMs) return
    this.#storeFailedAt = now
    this.#logger.warn({ err: error }, 'the peer store does not work: peers are remembered only while this node runs')
  }
}

/** Without UDP nothing is sent and nothing heard. */
const noDatagrams: Datagrams = {
  addresses: () => [],
  send: () => {},
  announce: () => {},
  start: () => {},
  [Symbol.asyncDispose]: () => Promise.resolve(),
}
