import type { Socket } from 'node:net'
import type { NodeId } from '@flotilla/core/ids'
import type { Logger } from '@flotilla/core/observe'
import { after, type Clock } from '@flotilla/core/time'
import type { Address, Admission } from './links.ts'
import type { ReadyIdentity } from './node-tls-identity.ts'
import type { TlsLimits } from './node-tls-limits.ts'
import type { PeerRefused, RefusalCounts } from './node-tls-refusals.ts'

/** The protocol, by its name in ALPN, that links speak. */
export const linkProtocol = 'flotilla/1'

/** What the parts of one node's TLS links share. */
export interface TlsContext {
  readonly clock: Clock
  readonly limits: TlsLimits
  readonly logger: Logger
  readonly refusals: RefusalCounts
  readonly sockets: OpenSockets
  readonly linksOpen: LinkCounts
  readonly admission: Admission
  /** Who we are now; it changes when the certificate is renewed. */
  readonly identity: () => ReadyIdentity
}

/** The connections of all kinds that are open, so that there are never too many and none is left behind. */
export class OpenSockets {
  readonly #open = new Set<Socket>()
  #empty: PromiseWithResolvers<void> | undefined

  get size(): number {
    return this.#open.size
  }

  add(socket: Socket): void {
    this.#open.add(socket)
    socket.once('close', () => {
      this.#open.delete(socket)
      if (this.#open.size === 0) this.#empty?.resolve()
    })
  }

  /** Resolves when the last one is closed. */
  async destroyAll(): Promise<void> {
    if (this.#open.size === 0) return
    this.#empty ??= Promise.withResolvers()
    for (const socket of this.#open) socket.destroy()
    await this.#empty.promise
  }
}

/** How many links are open with each peer, or about to be. */
export class LinkCounts {
  readonly #counts = new Map<NodeId, number>()

  of(peer: NodeId): number {
    return this.#counts.get(peer) ?? 0
  }

  /** Until the socket closes. */
  add(peer: NodeId, socket: Socket): void {
    this.#counts.set(peer, this.of(peer) + 1)
    socket.once('close', () => {
      const left = this.of(peer) - 1
      if (left > 0) this.#counts.set(peer, left)
      else this.#counts.delete(peer)
    })
  }
}

/** Counts the refusal, and says it where somebody who looks for the cause finds it. */
export function noteRefusal(context: TlsContext, address: Address, refused: PeerRefused): void {
  const { why } = refused
  context.refusals.add(why)
  context.logger.debug({ ...address, why, sentence: refused.message }, 'a connection was refused')
}

/** Destroys the socket after a while, unless it has closed by then. */
export function destroyAfter(clock: Clock, durationMs: number, socket: Socket): void {
  const timer = clock.wakeAt(after(clock.now(), durationMs), () => socket.destroy())
  socket.once('close', () => timer[Symbol.dispose]())
}

export function remoteAddressOf({ remoteAddress, remotePort }: Socket): Address | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined
  return { host: plainHost(remoteAddress), port: remotePort }
}

/** An IPv4 address stays one when it comes through a socket that takes both kinds. */
export function plainHost(host: string): string {
  return /^::ffff:(?<ipv4>\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.groups?.['ipv4'] ?? host
}

export function addressText({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
