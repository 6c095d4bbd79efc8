import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { FlotillaError } from '@flotilla/core/errors'

export type UdpErrorCode = 'in-use' | 'network-failed'

export interface SocketPair {
  readonly ipv4: Socket | undefined
  readonly ipv6: Socket | undefined
}

interface OpenOptions {
  readonly port: number
  /** Whether other processes may have the same port: each of them gets what is sent to a group or to everybody. */
  readonly isShared: boolean
}

/** How often a port of our own is drawn until it is free for both families. */
const portDrawsMax = 8
/** What a burst of a hundred answers needs while the process is busy. */
const receiveBufferBytes = 1_048_576

/** A socket for IPv4 and one for IPv6, on the same port of all interfaces. What the system lacks is left out. */
export async function openSockets(options: OpenOptions): Promise<SocketPair> {
  const draws = options.port === 0 ? portDrawsMax : 1
  for (let draw = 1; ; draw++) {
    const ipv4 = await bound('udp4', options)
    const port = ipv4 instanceof Error ? options.port : ipv4.address().port
    const ipv6 = await bound('udp6', { ...options, port })
    if (!(ipv4 instanceof Error) && ipv6 instanceof Error && isTaken(ipv6) && draw < draws) {
      ipv4.close()
      continue
    }
    if (ipv4 instanceof Error && ipv6 instanceof Error) throw failure(options, ipv4)
    if (ipv4 instanceof Error && isTaken(ipv4)) return refuse(options, ipv4, ipv6)
    if (ipv6 instanceof Error && isTaken(ipv6)) return refuse(options, ipv6, ipv4)
    return { ipv4: orNone(ipv4), ipv6: orNone(ipv6) }
  }
}

export function receive(pair: SocketPair, received: (bytes: Uint8Array, from: RemoteInfo) => void): void {
  pair.ipv4?.on('message', received)
  pair.ipv6?.on('message', received)
}

export function onErrors(pair: SocketPair, failed: (error: Error) => void): void {
  pair.ipv4?.on('error', failed)
  pair.ipv6?.on('error', failed)
}

export async function closeSockets(pair: SocketPair): Promise<void> {
  await Promise.all([pair.ipv4, pair.ipv6].filter((socket) => socket !== undefined).map(closed))
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()))
}

/** The socket, or why there is none. */
async function bound(type: 'udp4' | 'udp6', { port, isShared }: OpenOptions): Promise<Socket | NodeJS.ErrnoException> {
  const socket = createSocket({
    type,
    reuseAddr: isShared,
    ipv6Only: type === 'udp6',
    // Only addresses are sent to, never names; answering at once keeps a send in the turn of its call.
    lookup: (host, _options, found) => found(null, host, type === 'udp4' ? 4 : 6),
  })
  const { promise, resolve } = Promise.withResolvers<Socket | NodeJS.ErrnoException>()
  socket.once('error', resolve)
  socket.bind({ port, address: type === 'udp4' ? '0.0.0.0' : '::', exclusive: true }, () => resolve(socket))
  const outcome = await promise
  socket.removeAllListeners('error')
  if (outcome instanceof Error) {
    socket.close()
    return outcome
  }
  try {
    socket.setRecvBufferSize(receiveBufferBytes)
  } catch {
    // The system's own size will do.
  }
  return socket
}

function orNone(outcome: Socket | Error): Socket | undefined {
  return outcome instanceof Error ? undefined : outcome
}

function isTaken(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EADDRINUSE' || error.code === 'EACCES'
}

function refuse(options: OpenOptions, error: Error, other: Socket | Error): never {
  orNone(other)?.close()
  throw failure(options, error)
}

function failure({ port, isShared }: OpenOptions, error: NodeJS.ErrnoException): Error {
  const code = isTaken(error) ? 'in-use' : 'network-failed'
  const purpose = isShared ? 'for beacons' : 'of our own'
  return new FlotillaError<UdpErrorCode>(code, `UDP port ${port} ${purpose} cannot be had (${error.message})`, {
    hint: 'stop the program that has it, or choose another port',
    cause: error,
  })
}
