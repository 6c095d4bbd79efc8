import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { FlotillaError } from '@flotilla/core/errors'

/** Where a port has to be free: for connections, and for datagrams too where `datagrams` says so. */
export interface PortUse {
  readonly host: string
  readonly datagrams: boolean
}

/** The first so many free ones of a range of ports. Another program may still be quicker to take one. */
export async function freePorts(
  { from, tried, count }: { readonly from: number; readonly tried: number; readonly count: number },
  isFree: (port: number) => Promise<boolean>,
): Promise<readonly number[]> {
  const found: number[] = []
  for (let port = from; port < from + tried && found.length < count; port++) {
    if (await isFree(port)) found.push(port)
  }
  if (found.length === count) return found
  throw new FlotillaError('ports-taken', `of the ports ${from} to ${from + tried - 1} fewer than ${count} are free`, {
    hint: 'end what uses them: `ss -tlnp` lists who does',
  })
}

/** Whether this process could listen there right now. */
export async function isPortFree(port: number, { host, datagrams }: PortUse): Promise<boolean> {
  return (await canListen(port, host)) && (!datagrams || (await canBind(port, host)))
}

async function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer()
  try {
    server.listen({ port, host, exclusive: true })
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    // One that never listened says so here, which is no news.
    await new Promise((closed) => server.close(closed))
  }
}

async function canBind(port: number, host: string): Promise<boolean> {
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' })
  try {
    socket.bind({ port, address: host, exclusive: true })
    await once(socket, 'listening')
    return true
  } catch {
    return false
  } finally {
    await new Promise<void>((closed) => socket.close(closed))
  }
}
