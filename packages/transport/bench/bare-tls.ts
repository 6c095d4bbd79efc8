/** Two bare sockets of `node:tls`, each in a process of its own: what the machine does without any code of ours. */
import { once } from 'node:events'
import { connect as connectTls, createServer, type TLSSocket } from 'node:tls'
import { serve, Tally, tallyOrders } from '@flotilla/core/testing/node'

interface Credentials {
  readonly cert: string
  readonly key: string
  readonly ca: string
}

const version = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const
const bytes = new Tally()
let socket: TLSSocket

async function listen(credentials: Credentials): Promise<number> {
  const server = createServer({ ...credentials, ...version, requestCert: true, noDelay: true }, (incoming) => {
    incoming.on('data', ({ length }: Buffer) => bytes.add(length))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as { readonly port: number }).port
}

async function connect({ port, ...credentials }: Credentials & { readonly port: number }): Promise<void> {
  socket = connectTls({ host: '127.0.0.1', port, ...credentials, ...version, checkServerIdentity: () => undefined })
  socket.setNoDelay(true)
  await once(socket, 'secureConnect')
}

/** Pieces of one length, as fast as the socket takes them. */
async function write({ byteCount, pieceBytes }: { byteCount: number; pieceBytes: number }): Promise<void> {
  const piece = Buffer.alloc(pieceBytes)
  for (let left = byteCount; left > 0; left -= piece.length) {
    if (!socket.write(piece)) await once(socket, 'drain')
  }
}

serve({ listen, connect, write, ...tallyOrders(bytes) })
