import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FlotillaError } from '@flotilla/core/errors'
import { after, type Clock } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../limits.ts'

export interface NodeServerOptions {
  readonly host: string
  readonly port: number
  /** How the port was asked for, such as `--port`; undefined where nobody did and another will do. */
  readonly askedAs: string | undefined
  readonly clock: Clock
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
    this.port = (server.address() as AddressInfo).port
  }

  static async listen(options: NodeServerOptions): Promise<NodeServer> {
    const { host, port, askedAs } = options
    const tries = askedAs === undefined ? nodeLimitsDefaults.portsTriedMax + 1 : 1
    for (let offset = 0; offset < tries; offset++) {
      const server = boundedServer(options)
      try {
        server.listen(port + offset, host)
        await once(server, 'listening')
        return new NodeServer(server, options.clock)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw notListening(options, error)
      }
    }
    throw portTaken(options)
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

function boundedServer({ onRefused }: NodeServerOptions): Server {
  const limits = nodeLimitsDefaults
  const server = createServer({
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersTimeoutMs,
    // Each request has a deadline of its own: see `BodyDeadline`.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.timeoutsCheckedEveryMs,
  })
  server.maxConnections = limits.connectionsMax
  server.maxRequestsPerSocket = limits.requestsPerConnectionMax
  server.on('drop', onRefused)
  return server
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
  const said = cause instanceof Error ? cause.message : String(cause)
  return new FlotillaError('cannot-listen', `the node cannot listen on port ${port} of ${host} (${said})`, {
    hint: 'choose another --port or --host',
    cause,
  })
}
