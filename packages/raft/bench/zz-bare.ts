/**
 * A replicated log without a protocol: a leader, two followers and a client, each a process, over mutual TLS 1.3.
 * Commands are records of one length, so that a count of bytes says which are durable, and nothing is looked at.
 */
import { once } from 'node:events'
import { fdatasync, open, writev } from 'node:fs'
import { connect as connectTls, createServer, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { serve } from '@flotilla/core/testing/node'
import { inTurns, valueBytes } from './work.ts'

export interface Credentials {
  readonly cert: string
  readonly key: string
  readonly ca: string
}

/** What our command adds to a value is about as much. */
let w = { n: 0, s: 0 }
const recordBytes = valueBytes + 40
const countBytes = 8
const version = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const

/** Writes what came meanwhile as one batch, and syncs it, while the next gathers. */
class Log {
  readonly #file: number
  readonly #durable: (bytes: number) => void
  #waiting: Buffer[] = []
  #busy = false
  #bytes = 0

  constructor(file: number, durable: (bytes: number) => void) {
    this.#file = file
    this.#durable = durable
  }

  append(piece: Buffer): void {
    this.#waiting.push(piece)
    if (!this.#busy) void this.#write()
  }

  async #write(): Promise<void> {
    this.#busy = true
    await new Promise((resolve) => void setImmediate(resolve)) // All of this turn.
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0)
      const t0 = performance.now()
      const { bytesWritten } = await promisify(writev)(this.#file, batch, this.#bytes)
      await promisify(fdatasync)(this.#file)
      w.n++; w.s += performance.now() - t0
      this.#bytes += bytesWritten
      this.#durable(this.#bytes)
    }
    this.#busy = false
  }
}

/** Sends a turn's pieces as one. */
class Coalesced {
  readonly #socket: TLSSocket
  #pieces: Buffer[] = []

  constructor(socket: TLSSocket) {
    this.#socket = socket
  }

  send(piece: Buffer): void {
    if (this.#pieces.push(piece) > 1) return
    setImmediate(() => {
      this.#socket.write(Buffer.concat(this.#pieces))
      this.#pieces = []
    })
  }
}

/** Calls back with the latest of the counts that the far side sends. */
function counts(socket: TLSSocket, take: (bytes: number) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (piece: Buffer) => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    const whole = rest.length - (rest.length % countBytes)
    if (whole > 0) take(rest.readDoubleLE(whole - countBytes))
    rest = rest.subarray(whole)
  })
}

function countOf(bytes: number): Buffer {
  const count = Buffer.alloc(countBytes)
  count.writeDoubleLE(bytes)
  return count
}

async function connect(port: number, credentials: Credentials): Promise<TLSSocket> {
  const options = { host: '127.0.0.1', port, ...credentials, ...version, checkServerIdentity: () => undefined }
  const socket = connectTls(options).setNoDelay(true)
  await once(socket, 'secureConnect')
  return socket
}

async function listen(credentials: Credentials, taken: (socket: TLSSocket) => void): Promise<number> {
  const options = { ...credentials, ...version, requestCert: true, noDelay: true }
  const server = createServer(options, taken).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as { readonly port: number }).port
}

interface Place {
  readonly path: string
  readonly credentials: Credentials
}

async function follow({ path, credentials }: Place): Promise<number> {
  const file = await promisify(open)(path, 'w')
  return listen(credentials, (leader) => {
    const log = new Log(file, (bytes) => leader.write(countOf(bytes)))
    leader.on('data', (piece: Buffer) => log.append(piece))
  })
}

async function lead({ path, credentials, ports }: Place & { readonly ports: readonly number[] }): Promise<number> {
  const file = await promisify(open)(path, 'w')
  const sockets = await Promise.all(ports.map((port) => connect(port, credentials)))
  return listen(credentials, (client) => {
    const durable = [0, ...sockets.map(() => 0)]
    let decided = 0
    const noteDurable = (member: number, bytes: number): void => {
      durable[member] = bytes
      const [, median = 0] = durable.toSorted((one, other) => one - other)
      if (median > decided) client.write(countOf((decided = median)))
    }
    const log = new Log(file, (bytes) => noteDurable(0, bytes))
    for (const [index, socket] of sockets.entries()) counts(socket, (bytes) => noteDurable(index + 1, bytes))
    const followers = sockets.map((socket) => new Coalesced(socket))
    client.on('data', (piece: Buffer) => {
      for (const follower of followers) follower.send(piece)
      log.append(piece)
    })
  })
}

let put: () => Promise<void>

async function use({ port, credentials }: { readonly port: number; readonly credentials: Credentials }): Promise<void> {
  const socket = await connect(port, credentials)
  const leader = new Coalesced(socket)
  const waiting: (() => void)[] = []
  let [sent, decided] = [0, 0]
  counts(socket, (bytes) => {
    const answered = waiting.splice(0, Math.floor(bytes / recordBytes) - decided)
    decided += answered.length
    for (const resolve of answered) resolve()
  })
  put = () => {
    const record = Buffer.alloc(recordBytes)
    record.writeUInt32LE(sent++)
    leader.send(record)
    return new Promise((resolve) => void waiting.push(resolve))
  }
}

serve({
  writes: () => { const r = w; w = { n: 0, s: 0 }; return r },
  follow,
  lead,
  use,
  puts: ({ count, atOnce }: { count: number; atOnce: number }) => inTurns(count, atOnce, () => put()),
})
