import type { TLSSocket } from 'node:tls'
import type { CertificateFacts } from '@flotilla/certificates'
import { assert } from '@flotilla/core/errors'
import type { Clock } from '@flotilla/core/time'
import type { Address, Link, LinkHandlers } from './links.ts'
import { destroyAfter } from './node-tls-context.ts'

export interface TlsLinkOptions {
  /** Both ends have taken each other; it is paused. */
  readonly socket: TLSSocket
  readonly peer: CertificateFacts
  readonly address: Address
  readonly dialledHere: boolean
  readonly clock: Clock
  readonly endMsMax: number
}

/** A TLS socket as a link. It adds nothing to what goes over the wire, and as little as it can to what that costs. */
export class TlsLink implements Link {
  readonly peer: CertificateFacts
  readonly address: Address
  readonly dialledHere: boolean
  readonly #socket: TLSSocket
  readonly #clock: Clock
  readonly #endMsMax: number
  #handlers: LinkHandlers | undefined
  /** Something was written since `drained` was last called. */
  #draining = false
  /** Nothing is written any more. */
  #ended = false
  #error: Error | undefined

  constructor(options: TlsLinkOptions) {
    const { socket, peer, address, dialledHere, clock, endMsMax } = options
    this.peer = peer
    this.address = address
    this.dialledHere = dialledHere
    this.#socket = socket
    this.#clock = clock
    this.#endMsMax = endMsMax
    // Whoever made the socket destroys it at an error.
    socket.once('error', (error: Error) => {
      this.#error = error
    })
    socket.once('close', () => this.#closed())
    // The far end is done: what was written here still goes, but it does not wait for ever.
    socket.once('end', () => this.end())
  }

  start(handlers: LinkHandlers): void {
    assert(this.#handlers === undefined, 'a link is started once')
    this.#handlers = handlers
    // It may have closed since both ends took each other; the caller hears of it after this call.
    if (this.#socket.closed) return queueMicrotask(() => handlers.closed(this.#error))
    this.#socket.on('data', handlers.data)
    this.#socket.resume()
  }

  write(bytes: Uint8Array): void {
    if (this.#ended || bytes.length === 0) return
    this.#draining = true
    this.#cork()
    this.#socket.write(bytes, this.#written)
  }

  /** Writes of one turn of the event loop are encrypted and handed to the system together. */
  #cork(): void {
    if (this.#socket.writableCorked > 0) return
    this.#socket.cork()
    queueMicrotask(() => this.#socket.uncork())
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    destroyAfter(this.#clock, this.#endMsMax, this.#socket)
    this.#socket.end()
  }

  destroy(): void {
    this.#ended = true
    this.#socket.destroy()
  }

  /** One function for every write; writes that went together are told one by one, so only the last one counts. */
  readonly #written = (error: Error | null | undefined): void => {
    if (error !== null && error !== undefined) return
    if (!this.#draining || this.#socket.writableLength > 0) return
    this.#draining = false
    this.#handlers?.drained()
  }

  #closed(): void {
    this.#ended = true
    this.#handlers?.closed(this.#error)
  }
}
