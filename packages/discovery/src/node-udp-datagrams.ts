import type { RemoteInfo, Socket } from 'node:dgram'
import { assert, FlotillaError } from '@flotilla/core/errors'
import { Lru } from '@flotilla/core/machines'
import { silentLogger, type Logger } from '@flotilla/core/observe'
import { after, type Clock, type Millis } from '@flotilla/core/time'
import type { Address } from './address.ts'
import { ipFamily } from './ip-address.ts'
import { reachableHosts, readSubnets, subnetsKey, type ReadInterfaces, type Subnet } from './node-subnets.ts'
import { closeSockets, onErrors, openSockets, receive, type SocketPair } from './node-udp-sockets.ts'
import type { DatagramHandlers, Datagrams } from './ports.ts'
import { SourceRates } from './source-rates.ts'
import { validateUdpSettings, type UdpSettings } from './udp-limits.ts'

/** `FL` in ASCII. Every node of a network has the same, whatever its cluster. */
export const beaconPortDefault = 17_996
/** In the block for one's own site (RFC 2365), by the letters `FL`; its time to live of 1 keeps it on the link. */
export const multicastGroupIpv4 = '239.255.70.76'
/** Of the scope of one link, and not assigned to anybody (RFC 4291, 2.7), by the letters `FLOT`. */
export const multicastGroupIpv6 = 'ff12::464c:4f54'

export interface UdpDatagramsOptions {
  readonly clock: Clock
  readonly logger?: Logger
  /** Where announcements are heard. All nodes of a network share it, also several on one machine. */
  readonly beaconPort?: number
  /** Of this node alone, for everything else; 0, the default, takes any that is free. */
  readonly port?: number
  /** Only these interfaces, by name; all by default. */
  readonly interfaces?: readonly string[]
  /** The loopback interface too, for nodes on a machine that has no other. */
  readonly loopback?: boolean
  /** Whether other nodes on this machine hear the announcements too; they do by default. */
  readonly heardHere?: boolean
  readonly settings?: Partial<UdpSettings>
  /** For tests; those of the system by default. */
  readonly readInterfaces?: ReadInterfaces
}

export interface UdpDatagrams extends Datagrams {
  /** Counts by name: `sent`, `received`, `too-large`, `over-rate`, `queue-full`, and codes of the system's errors. */
  figures(): Readonly<Record<string, number>>
}

/** UDP over IPv4 and IPv6 on every interface of the machine. Rejects with `in-use` if one of the ports is taken. */
export async function udpDatagrams(options: UdpDatagramsOptions): Promise<UdpDatagrams> {
  const { beaconPort = beaconPortDefault, port = 0 } = options
  const own = await openSockets({ port, isShared: false })
  try {
    const shared = await openSockets({ port: beaconPort, isShared: true })
    return new NodeUdpDatagrams(own, shared, beaconPort, options)
  } catch (error) {
    await closeSockets(own)
    throw error
  }
}

/** The same failure is logged once in so long. */
const logEveryMs = 600_000
/** Failures that are told apart: kinds of error times interfaces. */
const failuresMax = 256

class NodeUdpDatagrams implements UdpDatagrams {
  readonly #own: SocketPair
  readonly #shared: SocketPair
  readonly #beaconPort: number
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #settings: UdpSettings
  readonly #read: () => readonly Subnet[]
  readonly #rates: SourceRates
  readonly #counts = new Map<string, number>()
  readonly #loggedAt = new Lru<string, Millis>({ entriesMax: failuresMax })
  #subnets: readonly Subnet[] = []
  #handlers: DatagramHandlers | undefined
  #poll: Disposable | undefined
  #isClosed = false

  constructor(own: SocketPair, shared: SocketPair, beaconPort: number, options: UdpDatagramsOptions) {
    const { clock, logger = silentLogger, interfaces, loopback = false, heardHere = true, readInterfaces } = options
    const settings = validateUdpSettings(options.settings)
    const { subnetsMax, datagramsPerSourcePerSecondMax: perSecondMax, datagramSourcesMax: sourcesMax } = settings
    this.#own = own
    this.#shared = shared
    this.#beaconPort = beaconPort
    this.#clock = clock
    this.#logger = logger
    this.#settings = settings
    this.#rates = new SourceRates({ perSecondMax, burstMax: 2 * perSecondMax, sourcesMax })
    const choice = { interfaces, loopback, subnetsMax }
    this.#read = () => readSubnets(readInterfaces === undefined ? choice : { ...choice, readInterfaces })
    for (const pair of [own, shared]) onErrors(pair, (error) => this.#failed('socket', error))
    own.ipv4?.setBroadcast(true)
    for (const socket of [own.ipv4, own.ipv6]) socket?.setMulticastLoopback(heardHere)
    this.#lookAround()
  }

  addresses(): readonly Address[] {
    return reachableHosts(this.#subnets).flatMap((host): Address[] => {
      const socket = this.#socketFor(host)
      return socket === undefined || this.#isClosed ? [] : [{ host, port: socket.address().port }]
    })
  }

  send(to: Address, bytes: Uint8Array): void {
    const socket = this.#socketFor(to.host)
    if (socket === undefined) return this.#count('no-such-family')
    this.#send(socket, to, bytes, 'send')
  }

  announce(bytes: Uint8Array): void {
    const { ipv4, ipv6 } = this.#own
    const port = this.#beaconPort
    const zones = new Set<string>()
    for (const { interfaceName, family, address, zone, broadcast, isInternal } of this.#subnets) {
      if (family === 'ipv6') {
        // Linux has no route for IPv6 groups on loopback; IPv4 reaches the nodes of one machine.
        if (ipv6 === undefined || isInternal || zones.has(zone)) continue
        zones.add(zone)
        this.#send(ipv6, { host: `${multicastGroupIpv6}%${zone}`, port }, bytes, interfaceName)
      } else if (ipv4 !== undefined) {
        this.#multicastIpv4(ipv4, address, bytes, interfaceName)
        if (broadcast !== undefined) this.#send(ipv4, { host: broadcast, port }, bytes, interfaceName)
      }
    }
  }

  start(handlers: DatagramHandlers): void {
    assert(this.#handlers === undefined, 'datagrams are started once')
    this.#handlers = handlers
    const received = (bytes: Uint8Array, from: RemoteInfo): void => this.#receive(bytes, from)
    receive(this.#own, received)
    receive(this.#shared, received)
    this.#pollLater()
  }

  figures(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#poll?.[Symbol.dispose]()
    await Promise.all([closeSockets(this.#own), closeSockets(this.#shared)])
  }

  #receive(bytes: Uint8Array, from: RemoteInfo): void {
    if (this.#isClosed) return
    if (bytes.length > this.#settings.datagramBytesMax) return this.#count('too-large')
    if (!this.#rates.take(from.address, this.#clock.now())) return this.#count('over-rate')
    this.#count('received')
    this.#handlers?.received({ host: from.address, port: from.port }, bytes)
  }

  /** The interface of a group is an option of the socket, read when the datagram is sent: it must go in this turn. */
  #multicastIpv4(socket: Socket, address: string, bytes: Uint8Array, interfaceName: string): void {
    if (socket.getSendQueueCount() > 0) return this.#count('queue-full')
    try {
      socket.setMulticastInterface(address)
    } catch (error) {
      return this.#failed(interfaceName, error)
    }
    this.#send(socket, { host: multicastGroupIpv4, port: this.#beaconPort }, bytes, interfaceName)
  }

  #send(socket: Socket, { host, port }: Address, bytes: Uint8Array, where: string): void {
    const { datagramBytesMax, sendQueueBytesMax } = this.#settings
    if (bytes.length > datagramBytesMax) {
      throw new FlotillaError('too-large', `a datagram of ${bytes.length} bytes is not sent`, {
        hint: `send at most ${datagramBytesMax} bytes (datagramBytesMax)`,
      })
    }
    if (this.#isClosed) return
    if (socket.getSendQueueSize() > sendQueueBytesMax) return this.#count('queue-full')
    try {
      socket.send(bytes, port, host, (error) => (error === null ? this.#count('sent') : this.#failed(where, error)))
    } catch (error) {
      this.#failed(where, error) // An address that is none, such as a zone that has just vanished.
    }
  }

  #socketFor(host: string): Socket | undefined {
    const family = ipFamily(host)
    return family === undefined ? undefined : this.#own[family]
  }

  #pollLater(): void {
    this.#poll = this.#clock.wakeAt(after(this.#clock.now(), this.#settings.interfacePollMs), () => {
      this.#pollLater()
      if (this.#lookAround()) this.#handlers?.addressesChanged()
    })
  }

  /** Takes in what has changed, and joins the groups everywhere; returns whether anything has changed. */
  #lookAround(): boolean {
    const subnets = this.#readOrKeep()
    const isChanged = subnetsKey(subnets) !== subnetsKey(this.#subnets)
    this.#subnets = subnets
    for (const { interfaceName, family, address, zone } of subnets) {
      if (family === 'ipv4') this.#join(this.#shared.ipv4, multicastGroupIpv4, address, interfaceName)
      else this.#join(this.#shared.ipv6, multicastGroupIpv6, `::%${zone}`, interfaceName)
    }
    return isChanged
  }

  /** Again at every look: an interface that was made anew under its old name and address has lost its groups. */
  #join(socket: Socket | undefined, group: string, on: string, interfaceName: string): void {
    try {
      socket?.addMembership(group, on)
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE') this.#failed(interfaceName, error)
    }
  }

  #readOrKeep(): readonly Subnet[] {
    try {
      return this.#read()
    } catch (error) {
      this.#failed('interfaces', error)
      return this.#subnets
    }
  }

  #failed(where: string, error: unknown): void {
    const code = codeOf(error)
    this.#count(code)
    if (this.#isClosed) return
    const key = `${where} ${code}`
    const loggedAt = this.#loggedAt.get(key)
    if (loggedAt !== undefined && this.#clock.now() < loggedAt + logEveryMs) return
    this.#loggedAt.set(key, this.#clock.now())
    const message = 'a datagram or a group failed on one interface; the others go on: look at its routes and firewall'
    this.#logger.warn({ interface: where, code, err: error }, message)
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'failed'
}
