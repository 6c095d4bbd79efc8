import type { CertificateFacts } from '@flotilla/certificates'

/*
 * For whoever implements Links. Several writes come in one turn of the event loop, of up to `writeBytesMax` together:
 * cork them, so that they are encrypted and handed to the system as few large ones. `drained` and `closed` are never
 * called during `write`. Transport asks `bufferedBytes` before it writes more and waits for `drained` when too much is
 * buffered, so `drained` must come whenever something was buffered and nothing is any more. After `end` and `destroy`
 * `closed` still comes, and nothing else; a link that was closed before `start` says so after it. Dialling ourselves is
 * not an error here: transport sees it.
 */

/** Where a node can be reached: an IP address (or a name that resolves to one) and a TCP port. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** What transport asks of the machine: authenticated, encrypted, ordered pipes of bytes. TLS is one, memory another. */
export interface Links extends AsyncDisposable {
  /**
   * Begins to take links that others dial; each is handed over once its other end is authenticated and admitted. Called
   * once. Resolves with the addresses that are listened on, with their real ports.
   */
  listen(accept: (link: Link) => void): Promise<readonly Address[]>
  /** Rejects with a `FlotillaError<LinkErrorCode>`, or with the signal's reason. */
  dial(address: Address, options: { readonly signal: AbortSignal }): Promise<Link>
}

export type LinkErrorCode =
  /** Nobody answers there, or not in time, or the name does not resolve. */
  | 'peer-unreachable'
  /** Somebody answers who is not of this cluster, or is not admitted, or does not admit us. `message` says which. */
  | 'refused'
  /** A limit on connections is reached. */
  | 'overloaded'

/** One end of one connection. Nothing is delivered before `start`. */
export interface Link {
  readonly peer: CertificateFacts
  /** The far end's address as this end sees it. */
  readonly address: Address
  readonly dialledHere: boolean
  /** Called once, before anything else. */
  start(handlers: LinkHandlers): void
  /** They go in the order of the calls. Until `bufferedBytes` is 0 again they must not be changed. */
  write(bytes: Uint8Array): void
  /** Bytes written that the system has not taken yet. When there are many, wait for `drained`. */
  readonly bufferedBytes: number
  /** While paused no `data` comes, so the far end is slowed down by TCP. */
  pause(): void
  resume(): void
  /** Closes after what was written has gone, or by force after a while. */
  end(): void
  /** Closes at once; what is buffered is lost. */
  destroy(): void
}

export interface LinkHandlers {
  /** The receiver's own bytes, in order. */
  readonly data: (bytes: Uint8Array) => void
  /** All that was written has been taken by the system. */
  readonly drained: () => void
  /** Called once, the last call: the link is gone. `error` tells a break from an end. */
  readonly closed: (error: Error | undefined) => void
}

/** Whether somebody whose certificate is right may be connected; a refusal is a sentence that says why not. */
export type Admission = (peer: CertificateFacts) => string | undefined
