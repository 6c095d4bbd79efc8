import { once } from 'node:events'
import { chmod, lstat, rm } from 'node:fs/promises'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { ListenOptions } from 'node:net'
import { FlotillaError } from '@flotilla/core/errors'
import { after, type Clock } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../limits.ts'
import { localSocketPort } from './caller.ts'
import { givePlaces } from './connection-places.ts'
import { createServer, createTlsServer, TlsServer } from './plain-http.ts'

/** In PEM. */
export interface ServerCertificate {
  readonly key: string
  readonly cert: string
}

export interface NodeServerOptions {
  readonly host: string
  readonly port: number
  /** How the port was asked for, such as `--port`; undefined where nobody did and another will do. */
  readonly askedAs: string | undefined
  readonly clock: Clock
  /** Undefined for plain HTTP, which is for this machine itself. */
  readonly certificate: ServerCertificate | undefined
  /** Somebody was turned away because there are too many connections. */
  readonly onRefused: () => void
}

/** A listening server with bounds on everything a client can hold. */
export class NodeServer implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #clock: Clock
  #closing: Promise<void> | undefined

  private constructor(server: Server, clock: Clock) {
    this.#server = server
    this.#clock = clock
    const address = server.address()
    this.port = typeof address === 'object' && address !== null ? address.port : localSocketPort
  }

  static async listen(options: NodeServerOptions): Promise<NodeServer> {
    const { host, port, askedAs } = options
    const tries = askedAs === undefined ? nodeLimitsDefaults.portsTriedMax + 1 : 1
    for (let offset = 0; offset < tries; offset++) {
      try {
        return await NodeServer.#at({ port: port + offset, host }, options)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw notListening(options, error)
      }
    }
    throw portTaken(options)
  }

  /**
   * For the owner of the folder alone, whoever else is on this machine. Whoever calls this holds the folder, so a
   * socket that is there already is of a node that has crashed.
   */
  static async onSocket(path: string, options: Pick<NodeServerOptions, 'clock' | 'onRefused'>): Promise<NodeServer> {
    await removeStale(path)
    try {
      const server = await NodeServer.#at({ path }, { ...options, certificate: undefined })
      // The folder is for its owner alone too, and was before anybody could connect.
      await chmod(path, socketMode)
      return server
    } catch (error) {
      throw new FlotillaError('cannot-listen', `the node cannot listen on ${path} (${saidBy(error)})`, {
        hint: 'see whether the file system of the data folder can have sockets, or choose another --data',
        cause: error,
      })
    }
  }

  static async #at(place: ListenOptions, options: ServerOptions): Promise<NodeServer> {
    const server = boundedServer(options, place.path === undefined)
    server.listen(place)
    await once(server, 'listening')
    return new NodeServer(server, options.clock)
  }

  /** Shows another certificate from now on; connections that there are go on. */
  renew(certificate: ServerCertificate): void {
    if (this.#server instanceof TlsServer) this.#server.setSecureContext({ ...tlsSettings, ...certificate })
  }

  /** To be called in the same turn in which `listen` resolves, so that no request comes before. */
  serve(onRequest: (request: IncomingMessage, response: ServerResponse) => void): void {
    this.#server.on('request', onRequest)
  }

  /** Takes no new connection, lets what is being answered end within the grace, then cuts it off. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeIdleConnections()
    const graceEnd = after(this.#clock.now(), nodeLimitsDefaults.stopGraceMs)
    using _grace = this.#clock.wakeAt(graceEnd, () => this.#server.closeAllConnections())
    await closed
  }
}

type ServerOptions = Pick<NodeServerOptions, 'clock' | 'onRefused' | 'certificate'>

const socketMode = 0o600

/** TLS 1.2 with forward secrecy and authenticated encryption only, and TLS 1.3. */
const tlsSettings = {
  minVersion: 'TLSv1.2',
  ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20',
  ALPNProtocols: ['http/1.1'],
} as const

function boundedServer({ onRefused, certificate }: ServerOptions, isByAddress: boolean): Server {
  const limits = nodeLimitsDefaults
  const settings = {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersTimeoutMs,
    // Each request has a deadline of its own: see `BodyDeadline`.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.timeoutsCheckedEveryMs,
  }
  const tls = {
    ...tlsSettings,
    ALPNProtocols: [...tlsSettings.ALPNProtocols],
    handshakeTimeout: limits.headersTimeoutMs,
  }
  const server =
    certificate === undefined ? createServer(settings) : createTlsServer({ ...settings, ...tls, ...certificate })
  if (isByAddress) givePlaces({ server, most: limits.connectionsMax, onRefused })
  // Those that make room are gone a moment later.
  server.maxConnections = isByAddress ? 2 * limits.connectionsMax : limits.connectionsMax
  server.maxRequestsPerSocket = limits.requestsPerConnectionMax
  server.on('drop', onRefused)
  // Node would leave the connection open.
  server.on('tlsClientError', (_error: Error, socket: { destroy(): void }) => socket.destroy())
  return server
}

async function removeStale(path: string): Promise<void> {
  try {
    if (!(await lstat(path)).isSocket()) {
      throw new FlotillaError('wrong-data-folder', `${path} is there, and no socket`, { hint: 'move it away' })
    }
    await rm(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

function portTaken({ host, port, askedAs }: NodeServerOptions): FlotillaError {
  const { portsTriedMax } = nodeLimitsDefaults
  return askedAs === undefined
    ? new FlotillaError('port-taken', `all ports of ${host} from ${port} to ${port + portsTriedMax} are taken`, {
        hint: 'name a free one with --port, or --port 0 for any',
      })
    : new FlotillaError('port-taken', `${askedAs} is ${port}, but another program listens on that port of ${host}`, {
        hint: `stop that program, choose another ${askedAs}, or 0 for any free one`,
      })
}

function notListening({ host, port }: NodeServerOptions, cause: unknown): FlotillaError {
  return new FlotillaError('cannot-listen', `the node cannot listen on port ${port} of ${host} (${saidBy(cause)})`, {
    hint: 'choose another --port or --host',
    cause,
  })
}

function saidBy(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
