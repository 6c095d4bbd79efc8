/** One end of a bare socket of `node:tls`, as a process: what the machine does without any code of ours. */
import { once } from 'node:events'
import { connect as connectTls, createServer, type TLSSocket } from 'node:tls'
import { serve, Tally, tallyOrders } from '@flotilla/core/testing/node'

export interface Credentials {
  readonly cert: string
  readonly key: string
  readonly ca: string
}

const version = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const
const pieceBytes = 256 * 2 ** 10
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

/** Other bytes each time, as a file's are: the same ones over and over would stay in the processor's cache. */
async function write(byteCount: number): Promise<void> {
  const pieces = Array.from({ length: 64 }, () => Buffer.alloc(pieceBytes, 1))
  for (let sent = 0; sent < byteCount; sent += pieceBytes) {
    if (!socket.write(pieces[(sent / pieceBytes) % pieces.length] as Buffer)) await once(socket, 'drain')
  }
}

serve({ listen, connect, write, ...tallyOrders(bytes) })
