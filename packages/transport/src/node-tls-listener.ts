import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from 'node:tls'
import { FlotillaError } from '@flotilla/core/errors'
import { after } from '@flotilla/core/time'
import type { Address, Link } from './links.ts'
import { heardWelcome, sayRefusal, welcome } from './node-tls-agreement.ts'
import {
  addressText,
  linkProtocol,
  noteRefusal,
  plainHost,
  remoteAddressOf,
  type TlsContext,
} from './node-tls-context.ts'
import { tlsFailure } from './node-tls-dial.ts'
import { doorStream, type Door } from './node-tls-door.ts'
import { HandshakeGate } from './node-tls-gate.ts'
import { checkedPeer, type ReadyIdentity } from './node-tls-identity.ts'
import { TlsLink } from './node-tls-link.ts'
import { orRefused, PeerRefused } from './node-tls-refusals.ts'

export type ListenErrorCode =
  /** Another program listens there. */
  | 'address-in-use'
  /** No interface of this machine has that address. */
  | 'no-such-address'
  /** This user may not listen there, or something else that the system does not allow. */
  | 'not-allowed'

/** A connection whose handshake is not over. */
interface Attempt {
  readonly raw: Socket
  readonly address: Address
  /** Counts it once and for the first reason that is given. The connection may still be saying good-bye. */
  readonly refuse: (refused: PeerRefused) => void
  /** The handshake is over, and it became something. */
  readonly succeed: () => void
}

/** Takes connections, lets few of them begin a handshake at once, and makes links and doors of those that may. */
export class TlsListener {
  readonly #context: TlsContext
  readonly #doors: ReadonlyMap<string, Door>
  readonly #accept: (link: Link) => void
  readonly #gate: HandshakeGate
  readonly #servers: Server[] = []
  /** It listens nowhere: the connections come from `#servers`, through the gate. */
  readonly #tls: TlsServer
  /** By both ends' addresses, as `keyOf` gives them; from the connection to the end of the handshake. */
  readonly #attempts = new Map<string, Attempt>()
  #doorsOpen = 0

  constructor(context: TlsContext, doors: ReadonlyMap<string, Door>, accept: (link: Link) => void) {
    this.#context = context
    this.#doors = doors
    this.#accept = accept
    this.#gate = new HandshakeGate(context.limits)
    this.#tls = createTlsServer({
      ALPNProtocols: [linkProtocol, ...doors.keys()],
      requestCert: true,
      // Nobody is turned away by TLS itself, so that everybody is counted and told by us; and nothing that anybody
      // sends is looked at before.
      rejectUnauthorized: false,
    })
    this.#tls.on('secureConnection', (socket) => this.#secured(socket))
    this.#tls.on('tlsClientError', (error, socket) => this.#failed(error, socket))
  }

  /** For connections that come from now on. */
  useIdentity({ secureContextOptions }: ReadyIdentity): void {
    this.#tls.setSecureContext(secureContextOptions)
  }

  async listen(addresses: readonly Address[]): Promise<readonly Address[]> {
    const bound: Address[] = []
    for (const address of addresses) bound.push(await this.#listenOn(address, wildcardTwin(address, addresses)))
    return bound
  }

  /** Takes no more connections. Those that there are have to be destroyed by somebody else. */
  close(): readonly Promise<void>[] {
    return this.#servers.map((server) => new Promise((resolve) => server.close(() => resolve())))
  }

  #listenOn(address: Address, ipv6Only: boolean): Promise<Address> {
    const { keepAliveMs } = this.#context.limits
    const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs })
    server.on('connection', (raw) => this.#connected(raw))
    this.#servers.push(server)
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(listenError(address, error)))
      server.listen({ ...address, ipv6Only }, () => {
        // Such as having no file descriptor for one more connection: the others go on.
        server.on('error', (err) => this.#context.logger.warn({ ...address, err }, 'a connection could not be taken'))
        const { address: host, port } = server.address() as { readonly address: string; readonly port: number }
        resolve({ host, port })
      })
    })
  }

  #connected(raw: Socket): void {
    raw.on('error', () => {}) // It closes, and that is what is looked at.
    const address = remoteAddressOf(raw)
    const key = keyOf(raw)
    if (address === undefined || key === undefined) return void raw.destroy() // It is gone already.
    const attempt = this.#attempt(raw, address, key)
    if (attempt === undefined) {
      noteRefusal(this.#context, address, new PeerRefused('limit', 'too many connections at once'))
      return void raw.destroy()
    }
    this.#tls.emit('connection', raw)
  }

  /** Undefined when it may not begin. */
  #attempt(raw: Socket, address: Address, key: string): Attempt | undefined {
    const { clock, limits, sockets } = this.#context
    if (sockets.size >= limits.socketsMax) return undefined
    const fail = (refused: PeerRefused): void => {
      attempt.refuse(refused)
      raw.destroy()
    }
    const ticket = this.#gate.enter(clock.now(), address.host, () =>
      fail(new PeerRefused('limit', 'its handshake gave way to another one')),
    )
    if (ticket === undefined) return undefined
    sockets.add(raw)
    const deadline = clock.wakeAt(after(clock.now(), limits.handshakeMsMax), () =>
      fail(new PeerRefused('timeout', `the handshake took longer than ${limits.handshakeMsMax} ms`)),
    )
    let decided = false
    const attempt: Attempt = {
      raw,
      address,
      refuse: (refused) => {
        if (!decided) noteRefusal(this.#context, address, refused)
        decided = true
      },
      succeed: () => {
        decided = true
        release()
      },
    }
    const release = (): void => {
      deadline[Symbol.dispose]()
      this.#gate.leave(ticket)
      this.#attempts.delete(key)
    }
    this.#attempts.set(key, attempt)
    raw.once('close', () => {
      attempt.refuse(new PeerRefused('hung-up', 'the far end closed the connection during the handshake'))
      if (this.#attempts.get(key) === attempt) release()
    })
    return attempt
  }

  #failed(error: Error, socket: TLSSocket): void {
    const key = keyOf(socket)
    if (key !== undefined) this.#attempts.get(key)?.refuse(tlsFailure(error))
    socket.destroy()
  }

  #secured(socket: TLSSocket): void {
    // After an error of TLS itself, such as a forged record, Node leaves it open.
    socket.on('error', () => socket.destroy())
    const key = keyOf(socket)
    const attempt = key === undefined ? undefined : this.#attempts.get(key)
    if (attempt === undefined) return void socket.destroy() // It is gone already.
    const door = this.#doors.get(socket.alpnProtocol || '')
    if (door !== undefined) return this.#knocked(socket, attempt, door)
    void this.#met(socket, attempt)
  }

  async #met(socket: TLSSocket, attempt: Attempt): Promise<void> {
    const { clock, limits, linksOpen } = this.#context
    const peer = orRefused(() => this.#judged(socket))
    if (peer instanceof PeerRefused) return refuseAloud(socket, attempt, peer)
    const { raw, address } = attempt
    linksOpen.add(peer.id, raw)
    welcome(socket)
    try {
      await heardWelcome(socket)
    } catch (error) {
      if (!(error instanceof PeerRefused)) throw error
      attempt.refuse(error)
      return void socket.destroy()
    }
    attempt.succeed()
    this.#accept(new TlsLink({ socket, peer, address, dialledHere: false, clock, endMsMax: limits.endMsMax }))
  }

  #judged(socket: TLSSocket): ReturnType<typeof checkedPeer> {
    const { clock, limits, linksOpen, admission, identity } = this.#context
    if (socket.alpnProtocol !== linkProtocol) throw new PeerRefused('tls-error', `this port speaks ${linkProtocol}`)
    const peer = checkedPeer(socket, { identity: identity(), now: clock.wallNow(), admission })
    if (linksOpen.of(peer.id) < limits.linksPerPeerMax) return peer
    throw new PeerRefused('limit', `${limits.linksPerPeerMax} links with ${peer.id} are open already (linksPerPeerMax)`)
  }

  #knocked(socket: TLSSocket, attempt: Attempt, door: Door): void {
    const { clock, limits, logger } = this.#context
    if (this.#doorsOpen >= limits.doorsOpenMax) {
      const sentence = `${limits.doorsOpenMax} others are at the door (doorsOpenMax): try again in a moment`
      return refuseAloud(socket, attempt, new PeerRefused('limit', sentence))
    }
    this.#doorsOpen++
    socket.once('close', () => this.#doorsOpen--)
    const stream = doorStream(socket, { protocol: socket.alpnProtocol || '', clock, limits })
    welcome(socket)
    attempt.succeed()
    void door(stream, attempt.address)
      .catch((error: unknown) => logger.warn({ ...attempt.address, err: error }, 'a door failed'))
      .finally(() => socket.destroySoon())
  }
}

function refuseAloud(socket: TLSSocket, attempt: Attempt, refused: PeerRefused): void {
  attempt.refuse(refused)
  sayRefusal(socket, refused.message)
}

/** Tells connections apart that are open at the same time; undefined when this one is not open any more. */
function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined
  return `${plainHost(remoteAddress)} ${remotePort} ${localAddress ?? ''} ${localPort ?? 0}`
}

/** `::` takes IPv4 too, unless `0.0.0.0` is listened on beside it. */
function wildcardTwin({ host, port }: Address, all: readonly Address[]): boolean {
  return host === '::' && all.some((other) => other.host === '0.0.0.0' && other.port === port && port !== 0)
}

function listenError(address: Address, error: Error & { readonly code?: string }): FlotillaError<ListenErrorCode> {
  const { host, port } = address
  switch (error.code) {
    case 'EADDRINUSE':
      return new FlotillaError('address-in-use', `TCP port ${port} of ${host} is in use by another program`, {
        hint: 'stop that program, if it is another node of this machine, or choose another port',
        cause: error,
      })
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new FlotillaError('no-such-address', `this machine has no address ${host}`, {
        hint: 'listen on 0.0.0.0 and :: for all addresses of all interfaces, or on one that the machine has',
        cause: error,
      })
    case undefined:
    default:
      return new FlotillaError('not-allowed', `cannot listen on ${addressText(address)}: ${error.message}`, {
        hint: 'choose a port above 1023, or allow this user to listen there',
        cause: error,
      })
  }
}
