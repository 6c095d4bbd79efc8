import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls'
import { FlotillaError } from '@flotilla/core/errors'
import { withTimeout, type Clock } from '@flotilla/core/time'
import type { Address, Link, LinkErrorCode } from './links.ts'
import { heardWelcome, sayRefusal, welcome } from './node-tls-agreement.ts'
import { addressText, destroyAfter, linkProtocol, noteRefusal, type TlsContext } from './node-tls-context.ts'
import { checkedPeer } from './node-tls-identity.ts'
import { TlsLink } from './node-tls-link.ts'
import type { TlsLimits } from './node-tls-limits.ts'
import { orRefused, PeerRefused } from './node-tls-refusals.ts'

/** Dials, and resolves when both ends have taken each other. */
export async function dialLink(context: TlsContext, address: Address, signal: AbortSignal): Promise<Link> {
  const { clock, limits, sockets, linksOpen, admission } = context
  const identity = context.identity()
  const raw = await connected(address, { clock, limits, signal, opened: (socket) => sockets.add(socket) })
  const outcome = await inTime(raw, { address, clock, limits, signal }, async () => {
    const socket = await secured(raw, identity.context, linkProtocol)
    const peer = orRefused(() => checkedPeer(socket, { identity, now: clock.wallNow(), admission }))
    if (peer instanceof PeerRefused) {
      destroyAfter(clock, limits.endMsMax, socket)
      sayRefusal(socket, peer.message)
      return peer
    }
    linksOpen.add(peer.id, raw)
    welcome(socket)
    await heardWelcome(socket)
    return new TlsLink({ socket, peer, address, dialledHere: true, clock, endMsMax: limits.endMsMax })
  })
  if (!(outcome instanceof PeerRefused)) return outcome
  noteRefusal(context, address, outcome)
  throw dialError(address, outcome)
}

interface Where {
  readonly address: Address
  readonly clock: Clock
  readonly limits: TlsLimits
  readonly signal: AbortSignal
}

/** A connection without TLS. It is handed to `opened` at once, before anybody answers. */
export function connected(
  address: Address,
  options: Omit<Where, 'address'> & { readonly opened: (socket: Socket) => void },
): Promise<Socket> {
  const { clock, limits, signal, opened } = options
  const what = `to reach ${addressText(address)}`
  return withTimeout({ clock, timeoutMs: limits.connectMsMax, what, signal }, (inner) => {
    const raw = connectTcp({ ...address, noDelay: true, keepAlive: true, keepAliveInitialDelay: limits.keepAliveMs })
    opened(raw)
    return new Promise<Socket>((resolve, reject) => {
      const give = (error: unknown): void => {
        raw.destroy()
        reject(inner.aborted ? (inner.reason as Error) : (error as Error))
      }
      inner.addEventListener('abort', give, { once: true })
      raw.on('error', give)
      raw.once('connect', () => {
        inner.removeEventListener('abort', give)
        resolve(raw)
      })
    })
  }).catch((error: unknown) => {
    throw signal.aborted ? (signal.reason as Error) : unreachable(address, error)
  })
}

/**
 * What `work` gives, if that is in time, or the refusal that it throws. After that, or after the signal's reason, the
 * connection is gone at once.
 */
export function inTime<Result>(raw: Socket, where: Where, work: () => Promise<Result>): Promise<Result | PeerRefused> {
  const { address, clock, limits, signal } = where
  const what = `the handshake with ${addressText(address)}`
  return withTimeout({ clock, timeoutMs: limits.handshakeMsMax, what, signal }, async (inner) => {
    const cancel = (): void => void raw.destroy()
    inner.addEventListener('abort', cancel, { once: true })
    try {
      return await work()
    } catch (error) {
      cancel()
      if (signal.aborted) throw signal.reason
      if (inner.aborted) return new PeerRefused('timeout', `${what} took longer than ${limits.handshakeMsMax} ms`)
      if (error instanceof PeerRefused) return error
      throw error
    } finally {
      inner.removeEventListener('abort', cancel)
    }
  })
}

/** Rejects with a `PeerRefused`. */
export function secured(raw: Socket, secureContext: SecureContext, protocol: string): Promise<TLSSocket> {
  const socket = connectTls({
    socket: raw,
    secureContext,
    ALPNProtocols: [protocol],
    // Node's own check is about names of hosts. Ours, of the certificate itself, follows before anything is sent.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  })
  return new Promise((resolve, reject) => {
    const hungUp = (): void =>
      reject(new PeerRefused('hung-up', 'the far end closed the connection during the handshake'))
    socket.once('close', hungUp)
    socket.on('error', (error: Error) => {
      reject(tlsFailure(error))
      socket.destroy()
    })
    socket.once('secureConnect', () => {
      socket.off('close', hungUp)
      if (socket.alpnProtocol === protocol) return resolve(socket)
      socket.destroy()
      reject(new PeerRefused('tls-error', `the far end does not speak ${protocol}`))
    })
  })
}

/** What went wrong while TLS was being set up. */
export function tlsFailure(error: Error & { readonly code?: string }): PeerRefused {
  if (error.code?.startsWith('ERR_SSL') === true) {
    return new PeerRefused(
      'tls-error',
      `it does not agree with us on TLS 1.3 and ${linkProtocol} (${error.code})`,
      error,
    )
  }
  return new PeerRefused('hung-up', `the connection broke during the handshake (${error.code ?? error.message})`, error)
}

/** What the caller of a dial gets for it. */
export function dialError(address: Address, refused: PeerRefused): FlotillaError<LinkErrorCode> {
  const { why, message } = refused
  const at = addressText(address)
  if (why === 'timeout') return unreachable(address, refused)
  if (why === 'hung-up') {
    return new FlotillaError('peer-unreachable', `${at}: ${message}`, {
      hint: 'it may be overloaded, or no node of a cluster at all; try again later',
      cause: refused,
    })
  }
  const sentence = why === 'refused-by-peer' ? `${at} refuses us: ${message}` : `${at} is refused: ${message}`
  return new FlotillaError('refused', sentence, { cause: refused })
}

function unreachable(address: Address, error: unknown): FlotillaError<LinkErrorCode> {
  const { code, message } = error as { readonly code?: string; readonly message: string }
  const why = error instanceof FlotillaError || error instanceof PeerRefused ? message : (code ?? message)
  return new FlotillaError('peer-unreachable', `nobody answers at ${addressText(address)}: ${why}`, {
    hint: 'see that a node runs there, that the address and port are right, and that no firewall is in between',
    cause: error,
  })
}
