import type { TLSSocket } from 'node:tls'
import type { CertificateFacts } from '@flotilla/certificates'
import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { Clock } from '@flotilla/core/time'
import type { Address } from './links.ts'
import { heardWelcome } from './node-tls-agreement.ts'
import { destroyAfter } from './node-tls-context.ts'
import { connected, dialError, inTime, secured } from './node-tls-dial.ts'
import { anonymousContext, checkedDoor } from './node-tls-identity.ts'
import { validateTlsLimits, type TlsLimits } from './node-tls-limits.ts'
import { PeerRefused } from './node-tls-refusals.ts'

export type DoorErrorCode =
  /** The far end is gone, or the time for this stream is over. */
  | 'door-closed'
  /** More bytes than a door's stream may carry (`doorBytesMax`). */
  | 'too-large'

/**
 * An encrypted stream between a node and somebody without a certificate. The node has proven who it is, the other one
 * has not: what is said here has to prove that.
 */
export interface DoorStream {
  /**
   * 32 bytes that both ends of this one connection know, and nobody else. Proofs that go through the stream contain
   * them, so that nobody can pass them on through another connection.
   */
  readonly exporter: Uint8Array
  /** What the far side says, in pieces of any size, until it ends. Throws a `FlotillaError<DoorErrorCode>`. */
  read(): AsyncIterable<Uint8Array>
  /** Resolves when the system has taken it. Rejects with a `FlotillaError<DoorErrorCode>`. */
  write(bytes: Uint8Array): Promise<void>
  /** No more from this side. The stream is gone when both sides have ended. */
  end(): void
  /** Closes at once. */
  destroy(): void
}

/** Serves whoever came through a door. The stream is destroyed when the promise settles or time is over. */
export type Door = (stream: DoorStream, from: Address) => Promise<void>

export interface OpenDoorOptions {
  /** SHA-256 of the authority's certificate in DER. */
  readonly authorityFingerprint: Uint8Array
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly limits?: Partial<TlsLimits>
}

/**
 * Knocks at a node's door: `protocol` is its name. Resolves when the node has proven that the authority with this
 * fingerprint has certified it as a node, and has let us in. Rejects with a `FlotillaError<LinkErrorCode>`, or with the
 * signal's reason.
 */
export async function openDoor(
  address: Address,
  protocol: string,
  options: OpenDoorOptions,
): Promise<DoorStream & { readonly node: CertificateFacts }> {
  const { authorityFingerprint, clock, signal } = options
  const limits = validateTlsLimits(options.limits)
  const raw = await connected(address, { clock, limits, signal, opened: () => {} })
  const outcome = await inTime(raw, { address, clock, limits, signal }, async () => {
    const socket = await secured(raw, anonymousContext(), protocol)
    const node = checkedDoor(socket, { authorityFingerprint, now: clock.wallNow() })
    const stream = doorStream(socket, { protocol, clock, limits })
    await heardWelcome(socket)
    return { ...stream, node }
  })
  if (outcome instanceof PeerRefused) throw dialError(address, outcome)
  return outcome
}

/** The stream over a socket whose handshake is over, which is destroyed after `doorMsMax`. */
export function doorStream(
  socket: TLSSocket,
  options: { readonly protocol: string; readonly clock: Clock; readonly limits: TlsLimits },
): DoorStream {
  const { protocol, clock, limits } = options
  // Each side may end before it has heard all of the other.
  socket.allowHalfOpen = true
  socket.on('error', () => socket.destroy()) // Whoever reads or writes is told.
  destroyAfter(clock, limits.doorMsMax, socket)
  let bytesWritten = 0
  return {
    exporter: socket.exportKeyingMaterial(32, 'EXPORTER-flotilla-door', Buffer.from(protocol)),
    read: () => bounded(socket, limits.doorBytesMax),
    write(bytes) {
      bytesWritten += bytes.length
      if (bytesWritten > limits.doorBytesMax) return Promise.reject(tooLarge('to write', limits.doorBytesMax))
      return new Promise((resolve, reject) => {
        socket.write(bytes, (error) => (error === null || error === undefined ? resolve() : reject(doorClosed(error))))
      })
    },
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  }
}

async function* bounded(socket: TLSSocket, bytesMax: number): AsyncGenerator<Uint8Array, void, undefined> {
  let bytesRead = 0
  try {
    for await (const bytes of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      bytesRead += bytes.length
      if (bytesRead > bytesMax) throw tooLarge('to read', bytesMax)
      yield bytes
    }
  } catch (error) {
    socket.destroy()
    throw error instanceof FlotillaError ? error : doorClosed(error)
  }
}

function tooLarge(what: string, bytesMax: number): ProtocolError<DoorErrorCode> {
  return new ProtocolError('too-large', `there is more ${what} than the ${bytesMax} bytes that a door carries`, {
    hint: 'the far side does not follow the protocol, or doorBytesMax is too small for it',
  })
}

function doorClosed(cause: unknown): FlotillaError<DoorErrorCode> {
  return new FlotillaError('door-closed', 'the far end closed the connection, or it was open for too long', {
    hint: 'try again',
    cause,
  })
}
