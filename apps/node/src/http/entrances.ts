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
  readonly #options: EntrancesOptions
  readonly #byAddress: NodeServer
  readonly #bySocket: NodeServer | undefined

  private constructor(options: EntrancesOptions, byAddress: NodeServer, bySocket: NodeServer | undefined) {
    const { host, certificate, socketPath } = options
    this.#options = options
    this.#byAddress = byAddress
    this.#bySocket = bySocket
    this.port = byAddress.port
    this.url = `${certificate === undefined ? 'http' : 'https'}://${hostHere(host)}:${byAddress.port}`
    this.socketPath = bySocket === undefined ? undefined : socketPath
  }

  static async open(options: EntrancesOptions): Promise<Entrances> {
    const { metrics, clock } = options
    const refused = metrics.counter({
      name: 'flotilla_node_http_connections_refused_total',
      help: 'Connections that were turned away because there were too many.',
      labelNames: [],
    })
    const onRefused = (): void => refused.inc({})
    const byAddress = await NodeServer.listen({ ...options, onRefused })
    try {
      return new Entrances(options, byAddress, await socketOf(options, { clock, onRefused }))
    } catch (error) {
      await byAddress[Symbol.asyncDispose]()
      throw error
    }
  }

  /** To be called in the same turn in which `open` resolves, so that no request comes before. */
  serve(handle: Handler): void {
    for (const server of [this.#byAddress, this.#bySocket]) {
      server?.serve((request, response) => {
        handle(request, response, server.port).catch((error: unknown) => {
          this.#options.logger.error({ err: error }, 'an answer could not be sent')
          response.destroy()
        })
      })
    }
  }

  renew(certificate: ServerCertificate): void {
    this.#byAddress.renew(certificate)
  }

  /** Takes no new connection, lets what is being answered end, then cuts it off. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#byAddress[Symbol.asyncDispose](), this.#bySocket?.[Symbol.asyncDispose]()])
  }
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
