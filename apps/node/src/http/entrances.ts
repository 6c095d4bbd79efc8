import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger, Metrics } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import { FlotillaError } from '@flotilla/core/errors'
import { NodeServer, type ServerCertificate } from './node-server.ts'

export interface EntrancesOptions {
  readonly host: string
  readonly port: number
  /** How the port was asked for; undefined where nobody did. */
  readonly askedAs: string | undefined
  /** Undefined for plain HTTP. */
  readonly certificate: ServerCertificate | undefined
  /** Undefined where there can be no socket. */
  readonly socketPath: string | undefined
  readonly clock: Clock
  readonly metrics: Metrics
  readonly logger: Logger
}

export type Handler = (request: IncomingMessage, response: ServerResponse, port: number) => Promise<void>

/** Where this node is asked: by an address, and by a socket that only its owner can open. */
export class Entrances implements AsyncDisposable {
  readonly port: number
  /** For programs and browsers of this machine. */
  readonly url: string
  /** Undefined where there is none. */
  readonly socketPath: string | undefined
  /** To be called once. What was asked before waits for it. */
  readonly serve: (handle: Handler) => void
  readonly #byAddress: NodeServer
  readonly #bySocket: NodeServer | undefined

  private constructor({ host, certificate, socketPath }: EntrancesOptions, opened: Opened) {
    const { byAddress, bySocket, serve } = opened
    this.serve = serve
    this.#byAddress = byAddress
    this.#bySocket = bySocket
    this.port = byAddress.port
    this.url = `${certificate === undefined ? 'http' : 'https'}://${hostHere(host)}:${byAddress.port}`
    this.socketPath = bySocket === undefined ? undefined : socketPath
  }

  static async open(options: EntrancesOptions): Promise<Entrances> {
    const { metrics, clock, logger } = options
    const refused = metrics.counter({
      name: 'flotilla_node_http_connections_refused_total',
      help: 'Connections that were turned away because there were too many.',
      labelNames: [],
    })
    const onRefused = (): void => refused.inc({})
    const handler = Promise.withResolvers<Handler>()
    const begun = (server: NodeServer): NodeServer => {
      server.serve((request, response) => {
        const failed = (error: unknown): void => {
          logger.error({ err: error }, 'an answer could not be sent')
          response.destroy()
        }
        handler.promise.then((handle) => handle(request, response, server.port)).catch(failed)
      })
      return server
    }
    await using opened = new AsyncDisposableStack()
    const byAddress = opened.use(begun(await NodeServer.listen({ ...options, onRefused })))
    const bySocket = await socketOf(options, { clock, onRefused })
    const entrances = new Entrances(options, {
      byAddress,
      bySocket: bySocket && begun(bySocket),
      serve: handler.resolve,
    })
    opened.move()
    return entrances
  }

  renew(certificate: ServerCertificate): void {
    this.#byAddress.renew(certificate)
  }

  /** Takes no new connection, lets what is being answered end, then cuts it off. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#byAddress[Symbol.asyncDispose](), this.#bySocket?.[Symbol.asyncDispose]()])
  }
}

interface Opened {
  readonly byAddress: NodeServer
  readonly bySocket: NodeServer | undefined
  readonly serve: (handle: Handler) => void
}

/** Without one, this node is asked by its address only, as where a file system has no sockets. */
async function socketOf(
  { socketPath, logger }: EntrancesOptions,
  options: { readonly clock: Clock; readonly onRefused: () => void },
): Promise<NodeServer | undefined> {
  if (socketPath === undefined) return undefined
  try {
    return await NodeServer.onSocket(socketPath, options)
  } catch (error) {
    if (!(error instanceof FlotillaError) || error.code !== 'cannot-listen') throw error
    logger.warn({ err: error }, 'there is no socket in the data folder: programs use the address of this node')
    return undefined
  }
}

/** An address of this machine that leads to what listens on `host`. */
function hostHere(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
